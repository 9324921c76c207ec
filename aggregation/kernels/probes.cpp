#include "aggregation/probes.hpp"

#include <utility>

#include "aggregation/kernels/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "aggregation/kernels/probes.cpp"
#include "hwy/foreach_target.h"
//
#include "aggregation/kernels/exchange-inl.hpp"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace zenops::HWY_NAMESPACE {

inline constexpr size_t kParts = 16 / hn::MaxLanes(Lanes());

/// `group` rows side by side from their beginning to their end, with nothing asked for in advance: the machine's own
/// foresight, which follows a few streams at a time, is the quickest there is. What their bits come to is written.
template <size_t group, bool with_write>
uint64_t read_group(const float* const* rows, size_t size, float* HWY_RESTRICT out) {
  const hn::Rebind<uint32_t, Lanes> d;
  const Lanes floats;
  auto all = hn::Zero(d);
  for (size_t i = 0; i + hn::Lanes(floats) <= size; i += hn::Lanes(floats)) {
    auto bits = hn::Zero(d);
    for (size_t k = 0; k < group; ++k) bits = hn::Or(bits, hn::BitCast(d, hn::LoadU(floats, rows[k] + i)));
    if constexpr (with_write) hn::StoreU(hn::BitCast(floats, bits), floats, out + i);
    all = hn::Or(all, bits);
  }
  HWY_ALIGN uint32_t lanes[hn::MaxLanes(d)];
  hn::Store(all, d, lanes);
  uint64_t sum = 0;
  for (size_t k = 0; k < hn::Lanes(d); ++k) sum |= lanes[k];
  return sum;
}

/// Whole groups, then the rest one at a time, of which the last is what is written.
template <bool with_write>
uint64_t read_rows(const float* const* rows, size_t n, size_t size, float* out) {
  constexpr size_t group = 5;
  uint64_t all = 0;
  size_t k = 0;
  for (; k + group < n; k += group) all |= read_group<group, false>(rows + k, size, nullptr);
  for (; k + 1 < n; ++k) all |= read_group<1, false>(rows + k, size, nullptr);
  return k < n ? all | read_group<1, with_write>(rows + k, size, out) : all;
}

uint64_t read_only(const float* const* rows, size_t n, size_t size) { return read_rows<false>(rows, n, size, nullptr); }
uint64_t read_and_write_one(const float* const* rows, size_t n, size_t size, float* out) {
  return read_rows<true>(rows, n, size, out);
}

/// Keeps the compiler from thinking about a register.
template <class W>
HWY_INLINE void keep(W& v) {
#if HWY_COMPILER_GCC && HWY_ARCH_X86
  asm volatile("" : "+v"(v.raw));
#else
  volatile auto lane = hn::GetLane(v);
  (void)lane;
#endif
}

template <class As, size_t... k, class Step>
uint64_t chained(std::index_sequence<k...>, uint64_t count, Step step) {
  constexpr size_t chains = sizeof...(k);
  using W = typename As::W;
  const Lanes d;
  W v[chains] = {As::of(hn::Set(d, static_cast<float>(k)))...};
  W a = As::of(hn::Set(d, 0.5f)), b = As::of(hn::Set(d, 1.5f));
  const uint64_t rounds = count * kParts / (2 * chains) + 1;
  for (uint64_t round = 0; round < rounds; ++round) {
    keep(a);
    keep(b);
    (step(v[k], a, b), ...);
  }
  W sum = As::of(hn::Zero(d));
  ((sum = hn::Add(sum, v[k])), ...);
  keep(sum);
  return rounds * 2 * chains / kParts;
}

/// Enough chains to hide an operation's latency behind the others, and no more than there are registers.
using Chains = std::make_index_sequence<12>;

template <class As>
uint64_t minmax_as(uint64_t count) {
  using W = typename As::W;
  return chained<As>(Chains(), count, [](W& v, W& a, W& b) { v = hn::Min(hn::Max(v, a), b); });
}

uint64_t minmax(Sorted sorted, uint64_t count) {
  return as(sorted, [=]<class As>(As) { return minmax_as<As>(count); });
}

/// A difference and its square added to a sum, as distances need them: only the sums wait for each other.
uint64_t fma(uint64_t count) {
  return chained<AsFloats>(Chains(), count, [](V& v, V& a, V& b) {
    keep(a);
    const V difference = hn::Sub(a, b);
    v = hn::MulAdd(difference, difference, v);
  });
}

}  // namespace zenops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zenops {

HWY_EXPORT(read_only);
HWY_EXPORT(read_and_write_one);
HWY_EXPORT(minmax);
HWY_EXPORT(fma);

uint64_t read_once(std::span<const float* const> rows, size_t size) {
  return HWY_DYNAMIC_DISPATCH(read_only)(rows.data(), rows.size(), size);
}
uint64_t read_and_write(std::span<const float* const> rows, size_t size, float* out) {
  return HWY_DYNAMIC_DISPATCH(read_and_write_one)(rows.data(), rows.size(), size, out);
}
uint64_t minmax_operations(uint64_t count) { return HWY_DYNAMIC_DISPATCH(minmax)(quicker_sorted(), count); }
uint64_t fma_operations(uint64_t count) { return HWY_DYNAMIC_DISPATCH(fma)(count); }

}  // namespace zenops
#endif
