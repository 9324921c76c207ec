#include "aggregation/kernels/weighted_sum.hpp"

#include <cassert>
#include <cmath>
#include <vector>

#include "aggregation/kernels/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "aggregation/kernels/weighted_sum.cpp"
#include "hwy/foreach_target.h"
//
#include "aggregation/kernels/fused-inl.hpp"
#include "hwy/cache_control.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace zenops::HWY_NAMESPACE {

using Lanes = hn::ScalableTag<float>;

/// Half of the registers: long stretches of a row after that of another, which the memory likes.
inline constexpr size_t kTogether = hn::MaxLanes(Lanes()) >= 16 ? 16 : 8;

template <bool from_afar>
HWY_INLINE void sum_rows(const WeightedRow* rows, size_t n, size_t at, size_t size, float* HWY_RESTRICT out) {
  const Lanes d;
  const size_t lanes = hn::Lanes(d), stretch = kTogether * lanes;
  constexpr size_t ahead = 256;  // floats: hides the memory's latency; past a row's end it does no harm
  size_t i = 0;
  for (; i + stretch <= size; i += stretch) {
    hn::Vec<Lanes> sums[kTogether];
#pragma GCC unroll 16
    for (size_t v = 0; v < kTogether; ++v) sums[v] = hn::Zero(d);
    for (size_t k = 0; k < n; ++k) {
      const float* x = rows[k].row + at + i;
      const auto weight = hn::Set(d, rows[k].weight);
#pragma GCC unroll 16
      for (size_t v = 0; v < kTogether; ++v) {
        if (from_afar && v * lanes % 16 == 0) hwy::Prefetch(x + v * lanes + ahead);
        sums[v] = fused(d, weight, hn::LoadU(d, x + v * lanes), sums[v]);
      }
    }
#pragma GCC unroll 16
    for (size_t v = 0; v < kTogether; ++v) hn::StoreU(sums[v], d, out + i + v * lanes);
  }
  for (; i + lanes <= size; i += lanes) {
    auto sum = hn::Zero(d);
    for (size_t k = 0; k < n; ++k)
      sum = fused(d, hn::Set(d, rows[k].weight), hn::LoadU(d, rows[k].row + at + i), sum);
    hn::StoreU(sum, d, out + i);
  }
  for (; i < size; ++i) {
    float sum = 0;
    for (size_t k = 0; k < n; ++k) sum = std::fma(rows[k].weight, rows[k].row[at + i], sum);
    out[i] = sum;
  }
}

void sum_far_rows(const WeightedRow* rows, size_t n, size_t at, size_t size, float* out) {
  sum_rows<true>(rows, n, at, size, out);
}
void sum_near_rows(const WeightedRow* rows, size_t n, size_t at, size_t size, float* out) {
  sum_rows<false>(rows, n, at, size, out);
}

}  // namespace zenops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zenops {

HWY_EXPORT(sum_far_rows);
HWY_EXPORT(sum_near_rows);

void weighted_sum(std::span<const WeightedRow> rows, size_t at, size_t size, float* out, From from) {
  if (from == From::memory)
    HWY_DYNAMIC_DISPATCH(sum_far_rows)(rows.data(), rows.size(), at, size, out);
  else
    HWY_DYNAMIC_DISPATCH(sum_near_rows)(rows.data(), rows.size(), at, size, out);
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
