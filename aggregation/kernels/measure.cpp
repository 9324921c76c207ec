#include <cfloat>
#include <cmath>

#include "aggregation/geometry.hpp"
#include "aggregation/kernels/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "aggregation/kernels/measure.cpp"
#include "hwy/foreach_target.h"
//
#include "aggregation/kernels/fused-inl.hpp"
#include "hwy/highway.h"

#ifndef ZENOPS_MEASURE_ONCE
#define ZENOPS_MEASURE_ONCE
namespace zenops {

/// Element i of a row is added to lane i mod kLanes, whatever the machine's vectors are.
inline constexpr size_t kLanes = 16;
/// Lanes are emptied into doubles this often: 64 additions in float cost a sum no digit that a rule looks at.
inline constexpr size_t kFlush = 1024;

/// ‖u‖² and ⟨u, v⟩.
struct NormAndDot {
  double squared_norm = 0, dot = 0;
};

template <class T>
double sum_lanes(const T* lanes) {
  double sum = 0;
  for (size_t lane = 0; lane < kLanes; ++lane) sum += lanes[lane];
  return sum;
}

}  // namespace zenops
#endif

HWY_BEFORE_NAMESPACE();
namespace zenops::HWY_NAMESPACE {

using Lanes = hn::CappedTag<float, kLanes>;
using V = hn::Vec<Lanes>;
inline constexpr size_t kVectors = kLanes / hn::MaxLanes(Lanes());

/// The sums of up to kFlush elements. u and v hold `size` floats each.
NormAndDot measure_chunk(const float* u, const float* v, size_t size) {
  const Lanes d;
  V squares[kVectors], products[kVectors];
  for (size_t k = 0; k < kVectors; ++k) squares[k] = products[k] = hn::Zero(d);
  const auto add = [&](const float* x, const float* y) {
    for (size_t k = 0; k < kVectors; ++k) {
      const V a = hn::LoadU(d, x + k * hn::Lanes(d));
      squares[k] = fused(d, a, a, squares[k]);
      products[k] = fused(d, a, hn::LoadU(d, y + k * hn::Lanes(d)), products[k]);
    }
  };
  size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) add(u + i, v + i);
  if (i < size) {
    float x[kLanes] = {}, y[kLanes] = {};
    for (size_t k = 0; i + k < size; ++k) {
      x[k] = u[i + k];
      y[k] = v[i + k];
    }
    add(x, y);
  }
  HWY_ALIGN float a[kLanes], b[kLanes];
  for (size_t k = 0; k < kVectors; ++k) {
    hn::Store(squares[k], d, a + k * hn::Lanes(d));
    hn::Store(products[k], d, b + k * hn::Lanes(d));
  }
  return {sum_lanes(a), sum_lanes(b)};
}

/// sums: (n + 1), the trusted row's last.
void measure_rows(const float* const* rows, size_t n, const float* trusted, size_t size, NormAndDot* sums) {
  for (size_t i = 0; i < size; i += kFlush) {
    const size_t length = size - i < kFlush ? size - i : kFlush;
    for (size_t k = 0; k <= n; ++k) {
      const float* row = k < n ? rows[k] : trusted;
      if (!row) continue;
      const auto [squared_norm, dot] = measure_chunk(row + i, trusted + i, length);
      sums[k].squared_norm += squared_norm;
      sums[k].dot += dot;
    }
  }
}

}  // namespace zenops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zenops {

HWY_EXPORT(measure_rows);

namespace {

/// The same lanes in double, where the square of any float is exact.
NormAndDot measure_in_double(const float* u, const float* v, size_t size) {
  double squares[kLanes] = {}, products[kLanes] = {};
  for (size_t i = 0; i < size; ++i) {
    squares[i % kLanes] += double{u[i]} * u[i];
    products[i % kLanes] += double{u[i]} * v[i];
  }
  return {sum_lanes(squares), sum_lanes(products)};
}

/// Whether float squares neither overflowed nor lost their digits to underflow.
bool well_scaled(double squared_norm, size_t size) {
  return squared_norm <= DBL_MAX && squared_norm >= static_cast<double>(size) * FLT_MIN;
}

}  // namespace

Products measure(std::span<const float* const> rows, const float* trusted, size_t size) {
  const size_t n = rows.size();
  std::vector<NormAndDot> sums(n + 1);
  HWY_DYNAMIC_DISPATCH(measure_rows)(rows.data(), n, trusted, size, sums.data());
  const bool trust_floats = well_scaled(sums[n].squared_norm, size);
  if (!trust_floats) sums[n] = measure_in_double(trusted, trusted, size);
  Products products;
  products.trusted_squared_norm = sums[n].squared_norm;
  for (size_t k = 0; k < n; ++k) {
    const bool exact_enough = trust_floats && well_scaled(sums[k].squared_norm, size) && std::isfinite(sums[k].dot);
    if (rows[k] && !exact_enough) sums[k] = measure_in_double(rows[k], trusted, size);
    products.squared_norms.push_back(sums[k].squared_norm);
    products.dots.push_back(sums[k].dot);
  }
  return products;
}

}  // namespace zenops
#endif
