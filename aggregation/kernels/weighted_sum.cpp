#include "aggregation/kernels/weighted_sum.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>
#include <vector>

#include "aggregation/kernels/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "aggregation/kernels/weighted_sum.cpp"
#include "hwy/foreach_target.h"
//
#include "aggregation/kernels/fused-inl.hpp"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace zenops::HWY_NAMESPACE {

using Lanes = hn::ScalableTag<float>;

/// Rows that are read side by side: the machine's own foresight follows a few streams at a time.
inline constexpr size_t kGroup = 5;
/// Sums that stay in the second cache while one group of rows after the other is added.
inline constexpr size_t kStretch = 16384;

/// out += Σ weight · row of `group` rows, from their element `at` on; with `first` nothing was there before.
template <size_t group, bool first>
HWY_INLINE void add_group(const WeightedRow* rows, size_t at, size_t size, float* HWY_RESTRICT out) {
  const Lanes d;
  const float* x[group];
  hn::Vec<Lanes> weights[group];
#pragma GCC unroll 8
  for (size_t k = 0; k < group; ++k) {
    x[k] = rows[k].row + at;
    weights[k] = hn::Set(d, rows[k].weight);
  }
  size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d)) {
    auto sum = first ? hn::Zero(d) : hn::LoadU(d, out + i);
#pragma GCC unroll 8
    for (size_t k = 0; k < group; ++k) sum = fused(d, weights[k], hn::LoadU(d, x[k] + i), sum);
    hn::StoreU(sum, d, out + i);
  }
  for (; i < size; ++i) {
    float sum = first ? 0 : out[i];
    for (size_t k = 0; k < group; ++k) sum = std::fma(rows[k].weight, x[k][i], sum);
    out[i] = sum;
  }
}

template <bool first, size_t... size>
void add_rest(const WeightedRow* rows, size_t n, size_t at, size_t length, float* out, std::index_sequence<size...>) {
  (void)((n == size + 1 && (add_group<size + 1, first>(rows, at, length, out), true)) || ...);
}

/// The sums of what begins at the rows' element `at`.
void sum_rows(const WeightedRow* rows, size_t n, size_t at, size_t size, float* out) {
  if (n == 0) std::fill_n(out, size, 0.0f);
  for (size_t i = 0; n > 0 && i < size; i += kStretch) {
    const size_t length = std::min(kStretch, size - i);
    const size_t together = std::min(n, kGroup);
    add_rest<true>(rows, together, at + i, length, out + i, std::make_index_sequence<kGroup>());
    for (size_t k = together; k < n; k += kGroup)
      add_rest<false>(rows + k, std::min(n - k, kGroup), at + i, length, out + i, std::make_index_sequence<kGroup>());
  }
}

/// out (vectors) = the sums of what begins at the rows' element `at`, in registers.
template <size_t vectors>
HWY_INLINE void sum_vectors(const WeightedRow* rows, size_t n, size_t at, float* HWY_RESTRICT out) {
  const Lanes d;
  hn::Vec<Lanes> sums[vectors];
  for (size_t v = 0; v < vectors; ++v) sums[v] = hn::Zero(d);
  for (size_t k = 0; k < n; ++k) {
    const auto weight = hn::Set(d, rows[k].weight);
    const float* const x = rows[k].row + at;
#pragma GCC unroll 8
    for (size_t v = 0; v < vectors; ++v) sums[v] = fused(d, weight, hn::LoadU(d, x + v * hn::Lanes(d)), sums[v]);
  }
  for (size_t v = 0; v < vectors; ++v) hn::StoreU(sums[v], d, out + v * hn::Lanes(d));
}

/// All sums of a short stretch after each other, so that the rows' share of it stays in the nearest cache.
template <size_t vectors>
HWY_INLINE void sum_stretch(std::span<const CachedSum> sums, size_t from, size_t at, Ahead& ahead) {
  constexpr size_t lines = (vectors * hn::MaxLanes(Lanes()) + kLine - 1) / kLine;
  size_t asked = 0;
  for (size_t i = 0; i < sums.size(); ++i) {
    const size_t until = ahead.rows() * lines * (i + 1) / sums.size();
    ahead.ask(until - asked);
    asked = until;
    sum_vectors<vectors>(sums[i].rows.data(), sums[i].rows.size(), from + at, sums[i].out + at);
  }
}

template <size_t vectors>
void sum_stretches(std::span<const CachedSum> sums, size_t from, size_t size, Ahead ahead) {
  const size_t lanes = hn::Lanes(Lanes());
  size_t i = 0;
  for (; i + vectors * lanes <= size; i += vectors * lanes) sum_stretch<vectors>(sums, from, i, ahead);
  for (; i + lanes <= size; i += lanes) sum_stretch<1>(sums, from, i, ahead);
  for (; i < size; ++i)
    for (const auto& [rows, out] : sums) {
      out[i] = 0;
      for (const auto& [row, weight] : rows) out[i] = std::fma(weight, row[from + i], out[i]);
    }
}

/// Stretches of half the nearest cache, at 64-byte vectors.
void sum_cached_rows(std::span<const CachedSum> sums, size_t from, size_t size, Ahead ahead) {
  (ahead.rows() <= 64 ? sum_stretches<8> : sum_stretches<4>)(sums, from, size, ahead);
}

}  // namespace zenops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zenops {

HWY_EXPORT(sum_rows);
HWY_EXPORT(sum_cached_rows);

void weighted_sum(std::span<const WeightedRow> rows, size_t at, size_t size, float* out) {
  HWY_DYNAMIC_DISPATCH(sum_rows)(rows.data(), rows.size(), at, size, out);
}

void cached_weighted_sums(std::span<const CachedSum> sums, size_t at, size_t size, Ahead ahead) {
  HWY_DYNAMIC_DISPATCH(sum_cached_rows)(sums, at, size, ahead);
}

std::vector<WeightedRow> weighted(std::span<const float* const> rows, std::span<const float> weights) {
  assert(rows.size() == weights.size());
  std::vector<WeightedRow> out;
  out.reserve(rows.size());
  for (size_t k = 0; k < rows.size(); ++k)
    if (rows[k] && weights[k] != 0) out.push_back({rows[k], weights[k]});
  return out;
}

std::vector<WeightedRow> weighted(const BlockPlan& plan, std::span<const float* const> rows, const float* trusted) {
  const size_t n = std::min(rows.size(), plan.weights.size());
  std::vector<WeightedRow> out = weighted(rows.first(n), std::span(plan.weights).first(n));
  if (trusted && plan.trusted_weight != 0) out.push_back({trusted, plan.trusted_weight});
  return out;
}

}  // namespace zenops
#endif
