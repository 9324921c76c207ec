// Included once per instruction set, so the guard toggles (hwy/foreach_target.h).
#if defined(ZENOPS_EXCHANGE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ZENOPS_EXCHANGE_INL
#undef ZENOPS_EXCHANGE_INL
#else
#define ZENOPS_EXCHANGE_INL
#endif

#include "aggregation/kernels/coordinatewise.hpp"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace zenops::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Coordinates that a selection handles at once.
using Lanes = hn::CappedTag<float, 16>;
using V = hn::Vec<Lanes>;

template <class W>
HWY_INLINE void exchange(W& low, W& high) {
  const W smaller = hn::Min(low, high);
  high = hn::Max(low, high);
  low = smaller;
}

/// Numbers that are sorted as they are.
struct AsFloats {
  using W = V;
  static HWY_INLINE W of(V x) { return x; }
  static HWY_INLINE V value(W x) { return x; }
  static HWY_INLINE W load(const float* from) { return hn::Load(Lanes(), from); }
  static HWY_INLINE void store(W x, float* to) { hn::Store(x, Lanes(), to); }
};

#if HWY_TARGET == HWY_AVX3
/// Numbers that are sorted as integers, whose order is theirs once the digits of negative ones are flipped; −0 comes
/// before +0.
struct AsIntegers {
  using D = hn::Rebind<int32_t, Lanes>;
  using W = hn::Vec<D>;
  static HWY_INLINE W of(V x) { return flipped(hn::BitCast(D(), x)); }
  static HWY_INLINE V value(W x) { return hn::BitCast(Lanes(), flipped(x)); }
  static HWY_INLINE W load(const float* from) { return hn::BitCast(D(), hn::Load(Lanes(), from)); }
  static HWY_INLINE void store(W x, float* to) { hn::Store(hn::BitCast(Lanes(), x), Lanes(), to); }

 private:
  static HWY_INLINE W flipped(W x) {
    const W sign = hn::ShiftRight<31>(x), digits = hn::Set(D(), 0x7fffffff);
    return W{_mm512_ternarylogic_epi32(sign.raw, x.raw, digits.raw, 0x6c)};  // into the register that is free: no copy
  }
};
#endif

/// What `run` makes of numbers that are sorted in that way, as far as there are two.
template <class Run>
HWY_INLINE auto as(Sorted sorted, Run run) {
#if HWY_TARGET == HWY_AVX3
  if (sorted == Sorted::as_integers) return run(AsIntegers());
#endif
  (void)sorted;
  return run(AsFloats());
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
