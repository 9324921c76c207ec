#include "aggregation/kernels/few_rows.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "aggregation/kernels/targets.hpp"
#include "aggregation/network.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "aggregation/kernels/few_rows.cpp"
#include "hwy/foreach_target.h"
//
#include "aggregation/kernels/exchange-inl.hpp"
#include "aggregation/kernels/fused-inl.hpp"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace zenops::HWY_NAMESPACE {

template <Leaf kind, size_t n, size_t... e, size_t... r>
HWY_INLINE void in_order(V (&v)[n], std::index_sequence<e...>, std::index_sequence<r...>) {
  constexpr const auto& network = leaf_network<kind, n>.first;
  constexpr const auto& order = leaf_network<kind, n>.second;
  (exchange(v[network[e].low], v[network[e].high]), ...);
  const V ranks[n] = {v[order[r]]...};
  ((v[r] = ranks[r]), ...);
}

/// Brings the wires in order; of `lowest` and `highest` those ranks alone are to be read.
template <Leaf kind, size_t n>
HWY_INLINE void in_order(V (&v)[n]) {
  in_order<kind, n>(v, std::make_index_sequence<leaf_size(kind, n)>(), std::make_index_sequence<n>());
}

/// Value i of those that a mean trimmed by `trim` chooses from (selection.hpp), of the halves a and b in order.
template <size_t trim, size_t p, size_t q>
HWY_INLINE V candidate(const V (&a)[p], const V (&b)[q], size_t i) {
  constexpr size_t alone = q - trim;
  if (i < alone) return b[q - 1 - i];
  return i - alone < trim ? hn::Max(a[i - alone], b[trim - 1 - (i - alone)]) : a[i - alone];
}

/// sum + weight × each value that a mean trimmed by `trim` keeps.
template <size_t trim, size_t p, size_t q>
HWY_INLINE V add_kept(const V (&a)[p], const V (&b)[q], V weight, V sum) {
  constexpr size_t n = p + q, width = n - 2 * trim;
#pragma GCC unroll 16
  for (size_t c = 0; c < width; ++c) {
    V kept = candidate<trim>(a, b, c);
#pragma GCC unroll 16
    for (size_t i = c + width; i < n - trim; i += width) kept = hn::Min(kept, candidate<trim>(a, b, i));
    sum = fused(Lanes(), kept, weight, sum);
  }
  return sum;
}

/// The mean of the nearest where more than half are dropped: all in order, and each place of the window taken by the
/// nearest of those that may stand there.
template <size_t n, size_t trim, size_t drop>
HWY_INLINE V mean_of_sorted(const float* const* rows, size_t at) {
  constexpr size_t near = n - drop;
  const Lanes d;
  V v[n];
#pragma GCC unroll 16
  for (size_t k = 0; k < n; ++k) v[k] = hn::LoadU(d, rows[k] + at);
  in_order<Leaf::sort>(v);
  V centre = hn::Zero(d), sum = hn::Zero(d);
  const V weight = hn::Set(d, 1.0f / (n - 2 * trim)), near_weight = hn::Set(d, 1.0f / near);
#pragma GCC unroll 16
  for (size_t r = trim; r < n - trim; ++r) centre = fused(d, v[r], weight, centre);
#pragma GCC unroll 16
  for (size_t r = 0; r < near; ++r) {
    V value = v[r];
#pragma GCC unroll 16
    for (size_t left = r; left < drop; left += near) value = nearer(value, v[left + near], centre);
    sum = fused(d, value, near_weight, sum);
  }
  return sum;
}

/// The other means, of two halves in order.
template <size_t n, size_t trim, size_t drop>
HWY_INLINE V mean_of_halves(const float* const* rows, size_t at) {
  constexpr size_t p = (n + 1) / 2, q = n / 2;
  const Lanes d;
  V a[p], b[q];
#pragma GCC unroll 16
  for (size_t k = 0; k < p; ++k) a[k] = hn::LoadU(d, rows[k] + at);
#pragma GCC unroll 16
  for (size_t k = 0; k < q; ++k) b[k] = hn::LoadU(d, rows[p + k] + at);
  in_order<Leaf::sort>(a);
  in_order<Leaf::sort>(b);
  constexpr float kept = n - 2 * trim, near = n - drop;
  const V centre = add_kept<trim>(a, b, hn::Set(d, 1 / kept), hn::Zero(d));
  if constexpr (drop == 0) {
    return centre;
  } else {
    const V weight = hn::Set(d, 1 / near);
    V sum;
    if constexpr (drop == trim)
      sum = hn::Mul(centre, hn::Set(d, kept / near));
    else if constexpr (2 * drop == n)
      sum = hn::Zero(d);
    else
      sum = add_kept<drop>(a, b, weight, hn::Zero(d));
    V lowest[2 * drop], highest[2 * drop];
#pragma GCC unroll 16
    for (size_t r = 0; r < drop; ++r) {
      lowest[r] = a[r];
      lowest[drop + r] = b[r];
      highest[r] = a[p - drop + r];
      highest[drop + r] = b[q - drop + r];
    }
    in_order<Leaf::lowest>(lowest);
    in_order<Leaf::highest>(highest);
#pragma GCC unroll 16
    for (size_t r = 0; r < drop; ++r) sum = fused(d, nearer(lowest[r], highest[drop + r], centre), weight, sum);
    return sum;
  }
}

/// The mean of one vector of each row.
template <size_t n, size_t trim, size_t drop>
HWY_INLINE V mean_of(const float* const* rows, size_t at) {
  if constexpr (2 * drop > n)
    return mean_of_sorted<n, trim, drop>(rows, at);
  else
    return mean_of_halves<n, trim, drop>(rows, at);
}

template <size_t n, size_t trim, size_t drop>
void few_rows(const float* const* rows, size_t size, float* out) {
  const Lanes d;
  size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d))
    hn::StoreU(positive_zero(mean_of<n, trim, drop>(rows, i)), d, out + i);
  if (i == size) return;
  HWY_ALIGN float padded[n][16] = {}, last[16];
  const float* at[n];
  for (size_t k = 0; k < n; ++k) {
    std::copy_n(rows[k] + i, size - i, padded[k]);
    at[k] = padded[k];
  }
  hn::Store(positive_zero(mean_of<n, trim, drop>(at, 0)), d, last);
  std::copy_n(last, size - i, out + i);
}

using Kernel = void (*)(const float* const*, size_t, float*);

/// Trimmed means, means of the nearest to such a mean that drop as many, and means of the nearest to the median.
enum class Usual { trimmed, phocas, meamed };

template <Usual usual, size_t n, size_t f>
constexpr Kernel kernel() {
  if constexpr (n < 2 || (usual == Usual::meamed ? f >= n : 2 * f >= n) || (usual != Usual::trimmed && f == 0))
    return nullptr;
  else if constexpr (usual == Usual::trimmed)
    return few_rows<n, f, 0>;
  else if constexpr (usual == Usual::phocas)
    return few_rows<n, f, f>;
  else
    return few_rows<n, (n - 1) / 2, f>;
}

inline constexpr size_t kMost = kFewRows;  // that are trimmed or dropped, and one more

template <Usual usual, size_t... i>
constexpr auto kernels(std::index_sequence<i...>) {
  return std::array{kernel<usual, i / kMost, i % kMost>()...};
}

bool run_few_rows(const float* const* rows, size_t n, size_t trim, size_t drop, size_t size, float* out) {
  constexpr auto all = std::make_index_sequence<(kFewRows + 1) * kMost>();
  static constexpr std::array table = {kernels<Usual::trimmed>(all), kernels<Usual::phocas>(all),
                                       kernels<Usual::meamed>(all)};
  const Usual usual = drop == 0 ? Usual::trimmed : drop == trim ? Usual::phocas : Usual::meamed;
  const size_t f = usual == Usual::meamed ? drop : trim;
  if (n > kFewRows || f >= kMost || (usual == Usual::meamed && trim != (n - 1) / 2)) return false;
  const Kernel kernel = table[static_cast<size_t>(usual)][n * kMost + f];
  if (kernel) kernel(rows, size, out);
  return kernel != nullptr;
}

}  // namespace zenops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zenops {

HWY_EXPORT(run_few_rows);

bool few_rows_mean(const float* const* rows, size_t n, size_t trim, size_t drop, size_t size, float* out) {
  return HWY_DYNAMIC_DISPATCH(run_few_rows)(rows, n, trim, drop, size, out);
}

}  // namespace zenops
#endif
