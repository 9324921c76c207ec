#include "aggregation/kernels/coordinatewise.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "aggregation/kernels/targets.hpp"
#include "aggregation/network.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "aggregation/kernels/coordinatewise.cpp"
#include "hwy/foreach_target.h"
//
#include "aggregation/kernels/fused-inl.hpp"
#include "hwy/aligned_allocator.h"
#include "hwy/cache_control.h"
#include "hwy/highway.h"

#ifndef ZENOPS_COORDINATEWISE_ONCE
#define ZENOPS_COORDINATEWISE_ONCE
namespace zenops {

/// Coordinates that go through the network together: `kTile` floats of every row stay in the first-level cache.
inline constexpr size_t kTile = 64;

/// What one call shares between its tiles.
struct Coordinatewise {
  size_t trim, drop;
  std::vector<Comparator> merges;  // what follows the sorted groups
};

}  // namespace zenops
#endif

HWY_BEFORE_NAMESPACE();
namespace zenops::HWY_NAMESPACE {

using Lanes = hn::CappedTag<float, kTile>;
using V = hn::Vec<Lanes>;

HWY_INLINE void exchange(V& low, V& high) {
  const V smaller = hn::Min(low, high);
  high = hn::Max(low, high);
  low = smaller;
}

template <size_t n, size_t... k, size_t... e>
HWY_INLINE void sort_vectors(const float* const* rows, size_t stride, size_t lane, float* tile, std::index_sequence<k...>,
                             std::index_sequence<e...>) {
  // Far enough ahead for the memory, near enough to be in the cache still; past a row's end it does no harm.
  constexpr size_t ahead = 128;
  const Lanes d;
  V v[n] = {hn::LoadU(d, rows[k * stride] + lane)...};
  (hwy::Prefetch(rows[k * stride] + lane + ahead), ...);
  (exchange(v[sorting_network<n>[e].low], v[sorting_network<n>[e].high]), ...);
  (hn::Store(v[k], d, tile + k * stride * kTile + lane), ...);
}

/// Sorts the n rows rows[0], rows[stride], … into the same rows of the tile.
template <size_t n>
void sort_group(const float* const* rows, size_t stride, float* tile) {
  for (size_t lane = 0; lane < kTile; lane += hn::Lanes(Lanes()))
    sort_vectors<n>(rows, stride, lane, tile, std::make_index_sequence<n>(), std::make_index_sequence<sorting_size(n)>());
}

template <size_t... n>
constexpr auto group_sorters(std::index_sequence<n...>) {
  return std::array{&sort_group<n + 1>...};
}

/// tile: (n, kTile), sorted as far as its sums need; out: (kTile).
HWY_INLINE void reduce(const Coordinatewise& plan, const float* HWY_RESTRICT tile, size_t n, float* HWY_RESTRICT out) {
  const Lanes d;
  const size_t trim = plan.trim, drop = plan.drop, kept = n - 2 * trim, near = n - drop;
  // Weighted before it is added, so that no sum of finite values overflows.
  const V weight = hn::Set(d, 1 / static_cast<float>(kept)), near_weight = hn::Set(d, 1 / static_cast<float>(near));
  const V kept_share = hn::Set(d, static_cast<float>(kept) / static_cast<float>(near));
  for (size_t lane = 0; lane < kTile; lane += hn::Lanes(d)) {
    V mean = hn::Zero(d);
    for (size_t r = trim; r < n - trim; ++r) mean = fused(d, hn::Load(d, tile + r * kTile + lane), weight, mean);
    if (drop > 0) {
      // In sorted order the nearest values are a window, and value r competes with value r + near only: the distance on the
      // left falls with r and the one on the right rises. A window shorter than what it slides over takes each place several times.
      const bool same = drop == trim;  // the values between the competitors are those of the trimmed mean
      V sum = same ? hn::Mul(mean, kept_share) : hn::Zero(d);
      for (size_t r = 0; r < near; ++r) {
        V value = hn::Load(d, tile + r * kTile + lane);
        if (r >= drop && same) break;
        for (size_t left = r; left < drop; left += near) {
          const V right = hn::Load(d, tile + (left + near) * kTile + lane);
          const auto right_is_nearer = hn::Gt(hn::Sub(mean, value), hn::Sub(right, mean));
          value = hn::IfThenElse(right_is_nearer, right, value);
        }
        sum = fused(d, value, near_weight, sum);
      }
      mean = sum;
    }
    // Which of two equal zeros a minimum returns differs between machines: adding +0 makes both the same.
    hn::StoreU(hn::Add(mean, hn::Zero(d)), d, out + lane);
  }
}

void run_tile(const Coordinatewise& plan, const float* const* rows, size_t n, float* HWY_RESTRICT tile, float* out) {
  constexpr auto sorters = group_sorters(std::make_index_sequence<kGroup>());
  const size_t stride = group_stride(n);
  for (size_t group = 0; group < stride; ++group)
    sorters[(n - group + stride - 1) / stride - 1](rows + group, stride, tile + group * kTile);
  const Lanes d;
  for (const auto& [low, high] : plan.merges)
    for (size_t lane = 0; lane < kTile; lane += hn::Lanes(d)) {
      V smaller = hn::Load(d, tile + low * kTile + lane), larger = hn::Load(d, tile + high * kTile + lane);
      exchange(smaller, larger);
      hn::Store(smaller, d, tile + low * kTile + lane);
      hn::Store(larger, d, tile + high * kTile + lane);
    }
  reduce(plan, tile, n, out);
}

void coordinatewise(const Coordinatewise& plan, const float* const* rows, size_t n, size_t size, float* out) {
  HWY_ALIGN static constexpr float zeros[kTile] = {};
  const auto tile = hwy::AllocateAligned<float>(n * kTile);
  std::vector<const float*> at(n);
  std::vector<size_t> step(n);
  for (size_t k = 0; k < n; ++k) {
    at[k] = rows[k] ? rows[k] : zeros;
    step[k] = rows[k] ? kTile : 0;
  }
  size_t i = 0;
  for (; i + kTile <= size; i += kTile) {
    run_tile(plan, at.data(), n, tile.get(), out + i);
    for (size_t k = 0; k < n; ++k) at[k] += step[k];
  }
  if (i == size) return;
  for (size_t k = 0; k < n; ++k) {
    float* padded = tile.get() + k * kTile;
    std::fill(std::copy_n(at[k], size - i, padded), padded + kTile, 0.0f);
    at[k] = padded;  // a group is loaded before it is stored
  }
  HWY_ALIGN float last[kTile];
  run_tile(plan, at.data(), n, tile.get(), last);
  std::copy_n(last, size - i, out + i);
}

}  // namespace zenops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zenops {

HWY_EXPORT(coordinatewise);

namespace {

void run(std::span<const float* const> rows, size_t trim, size_t drop, size_t size, float* out) {
  const size_t n = rows.size();
  std::vector<Use> uses(n, Use::exact);
  if (drop == 0) {
    std::fill(uses.begin(), uses.end(), Use::dropped);
    std::fill(uses.begin() + trim, uses.end() - trim, Use::summed);
  } else if (2 * drop < n) {
    std::fill(uses.begin() + drop, uses.end() - drop, Use::summed);
    if (trim > drop) std::fill(uses.begin() + trim, uses.end() - trim, Use::exact);
    if (trim < drop) std::fill(uses.begin(), uses.end(), Use::exact);
  }
  std::vector<Comparator> merges;
  merge_exchange(n, group_stride(n), [&](uint32_t low, uint32_t high) { merges.push_back({low, high}); });
  const Coordinatewise plan{trim, drop, pruned(merges, std::move(uses))};
  HWY_DYNAMIC_DISPATCH(coordinatewise)(plan, rows.data(), n, size, out);
}

}  // namespace

void trimmed_mean(std::span<const float* const> rows, size_t trim, size_t size, float* out) {
  run(rows, trim, 0, size, out);
}

void nearest_mean(std::span<const float* const> rows, size_t trim, size_t drop, size_t size, float* out) {
  run(rows, trim, drop, size, out);
}

}  // namespace zenops
#endif
