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

}  // namespace zenops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zenops {

HWY_EXPORT(sum_rows);

void weighted_sum(std::span<const WeightedRow> rows, size_t at, size_t size, float* out) {
  HWY_DYNAMIC_DISPATCH(sum_rows)(rows.data(), rows.size(), at, size, out);
}

std::vector<WeightedRow> weighted(std::span<const float* const> rows, std::span<const float> weights) {
  assert(rows.size() == weights.size());
  std::vector<WeightedRow> out;
  out.reserve(rows.size());
  for (size_t k = 0; k < rows.size(); ++k)
    if (rows[k] && weights[k] != 0) out.push_back({rows[k], weights[k]});
  return out;
}

}  // namespace zenops
#endif
