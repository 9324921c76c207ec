// Included once per instruction set, so the guard toggles (hwy/foreach_target.h).
#if defined(ZENOPS_EXCHANGE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ZENOPS_EXCHANGE_INL
#undef ZENOPS_EXCHANGE_INL
#else
#define ZENOPS_EXCHANGE_INL
#endif

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace zenops::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Coordinates that a selection handles at once.
using Lanes = hn::CappedTag<float, 16>;
using V = hn::Vec<Lanes>;

HWY_INLINE void exchange(V& low, V& high) {
  const V smaller = hn::Min(low, high);
  high = hn::Max(low, high);
  low = smaller;
}

/// Of two competitors the one that is nearer to the centre, of equally near ones the smaller.
HWY_INLINE V nearer(V left, V right, V centre) {
  return hn::IfThenElse(hn::Gt(hn::Sub(centre, left), hn::Sub(right, centre)), right, left);
}

/// The same with +0 for −0: which of two equal zeros a minimum returns differs between machines.
HWY_INLINE V positive_zero(V x) { return hn::Add(x, hn::Zero(Lanes())); }

}  // namespace zenops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
