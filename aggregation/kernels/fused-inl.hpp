// Included once per instruction set, so the guard toggles (hwy/foreach_target.h).
#if defined(ZENOPS_FUSED_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ZENOPS_FUSED_INL
#undef ZENOPS_FUSED_INL
#else
#define ZENOPS_FUSED_INL
#endif

#include <cmath>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace zenops::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// a · b + c with one rounding. Highway's MulAdd rounds twice where the instruction set has no fused one, which would give every
/// machine its own bits.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V fused(D d, V a, V b, V c) {
#if HWY_NATIVE_FMA
  (void)d;
  return hn::MulAdd(a, b, c);
#else
  HWY_ALIGN float x[hn::MaxLanes(D())], y[hn::MaxLanes(D())], z[hn::MaxLanes(D())];
  hn::Store(a, d, x);
  hn::Store(b, d, y);
  hn::Store(c, d, z);
  for (size_t i = 0; i < hn::Lanes(d); ++i) z[i] = std::fma(x[i], y[i], z[i]);
  return hn::Load(d, z);
#endif
}

}  // namespace zenops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
