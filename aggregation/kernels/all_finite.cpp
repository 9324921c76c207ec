#include <algorithm>
#include <bit>

#include "aggregation/kernels/targets.hpp"
#include "aggregation/plan.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "aggregation/kernels/all_finite.cpp"
#include "hwy/foreach_target.h"
//
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace zenops::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// The largest of the bit patterns without their signs, which are in the order of the absolute values, infinities and NaN last.
int32_t largest_pattern(const float* values, size_t size) {
  const hn::ScalableTag<int32_t> d;
  const hn::Rebind<float, decltype(d)> floats;
  constexpr int32_t no_sign = 0x7fffffff;
  auto most = hn::Zero(d);
  size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d))
    most = hn::Max(most, hn::And(hn::BitCast(d, hn::LoadU(floats, values + i)), hn::Set(d, no_sign)));
  HWY_ALIGN int32_t lanes[hn::MaxLanes(d)];
  hn::Store(most, d, lanes);
  int32_t result = *std::max_element(lanes, lanes + hn::Lanes(d));
  for (; i < size; ++i) result = std::max(result, std::bit_cast<int32_t>(values[i]) & no_sign);
  return result;
}

}  // namespace zenops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zenops {

HWY_EXPORT(largest_pattern);

bool all_finite(std::span<const float> values) {
  constexpr int32_t infinity = 0x7f800000;
  return HWY_DYNAMIC_DISPATCH(largest_pattern)(values.data(), values.size()) < infinity;
}

}  // namespace zenops
#endif
