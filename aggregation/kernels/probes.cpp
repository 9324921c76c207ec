#include "aggregation/probes.hpp"

#include <cstring>

#include "aggregation/kernels/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "aggregation/kernels/probes.cpp"
#include "hwy/foreach_target.h"
//
#include "hwy/cache_control.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace zenops::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Lanes = hn::CappedTag<float, 16>;
using V = hn::Vec<Lanes>;
/// Enough to hide an operation's latency behind the others.
inline constexpr size_t kChains = 12;
inline constexpr size_t kParts = 16 / hn::MaxLanes(Lanes());

uint64_t read_rows(const float* const* rows, size_t n, size_t size) {
  constexpr size_t tile = 64, ahead = 256;
  const hn::Rebind<uint32_t, Lanes> d;
  const Lanes floats;
  auto bits = hn::Zero(d);
  for (size_t i = 0; i + tile <= size; i += tile)
    for (size_t k = 0; k < n; ++k)
      for (size_t at = i; at < i + tile; at += hn::Lanes(floats)) {
        if (at % 16 == 0) hwy::Prefetch(rows[k] + at + ahead);
        bits = hn::Or(bits, hn::BitCast(d, hn::LoadU(floats, rows[k] + at)));
      }
  HWY_ALIGN uint32_t lanes[hn::MaxLanes(d)];
  hn::Store(bits, d, lanes);
  uint64_t all = 0;
  for (size_t k = 0; k < hn::Lanes(d); ++k) all |= lanes[k];
  return all;
}

/// Keeps the compiler from thinking about a register.
HWY_INLINE void keep(V& v) {
#if HWY_COMPILER_GCC && HWY_ARCH_X86
  asm volatile("" : "+x"(v.raw));
#else
  HWY_ALIGN volatile float lane = hn::GetLane(v);
  (void)lane;
#endif
}

template <class Step>
uint64_t chained(uint64_t count, Step step) {
  const Lanes d;
  V v[kChains];
  for (size_t k = 0; k < kChains; ++k) v[k] = hn::Set(d, static_cast<float>(k));
  V a = hn::Set(d, 0.5f), b = hn::Set(d, 1.5f);
  const uint64_t rounds = count * kParts / (2 * kChains) + 1;
  for (uint64_t round = 0; round < rounds; ++round) {
    keep(a);
    keep(b);
#pragma GCC unroll 12
    for (size_t k = 0; k < kChains; ++k) step(v[k], a, b);
#pragma GCC unroll 12
    for (size_t k = 0; k < kChains; ++k) keep(v[k]);
  }
  return rounds * 2 * kChains / kParts;
}

uint64_t minmax(uint64_t count) {
  return chained(count, [](V& v, const V& a, const V& b) { v = hn::Min(hn::Max(v, a), b); });
}

uint64_t fma(uint64_t count) {
  return chained(count, [](V& v, const V& a, const V& b) { v = hn::MulAdd(hn::Sub(v, a), b, a); });
}

}  // namespace zenops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zenops {

HWY_EXPORT(read_rows);
HWY_EXPORT(minmax);
HWY_EXPORT(fma);

uint64_t read_once(std::span<const float* const> rows, size_t size) {
  return HWY_DYNAMIC_DISPATCH(read_rows)(rows.data(), rows.size(), size);
}
uint64_t minmax_operations(uint64_t count) { return HWY_DYNAMIC_DISPATCH(minmax)(count); }
uint64_t fma_operations(uint64_t count) { return HWY_DYNAMIC_DISPATCH(fma)(count); }

}  // namespace zenops
#endif
