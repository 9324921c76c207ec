#include <cassert>
#include <cmath>

#include "aggregation/kernels/targets.hpp"
#include "aggregation/plan.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "aggregation/kernels/add_scaled.cpp"
#include "hwy/foreach_target.h"
//
#include "aggregation/kernels/fused-inl.hpp"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace zenops::HWY_NAMESPACE {

void add_scaled_floats(float* y, float a, const float* x, size_t size) {
  const hn::ScalableTag<float> d;
  const auto scale = hn::Set(d, a);
  size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d))
    hn::StoreU(fused(d, scale, hn::LoadU(d, x + i), hn::LoadU(d, y + i)), d, y + i);
  for (; i < size; ++i) y[i] = std::fma(a, x[i], y[i]);
}

}  // namespace zenops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zenops {

HWY_EXPORT(add_scaled_floats);

void add_scaled(std::span<float> y, float a, std::span<const float> x) {
  assert(y.size() == x.size());
  HWY_DYNAMIC_DISPATCH(add_scaled_floats)(y.data(), a, x.data(), x.size());
}

}  // namespace zenops
#endif
