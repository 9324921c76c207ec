#pragma once
#include <cstddef>
#include <cstdint>

#include "aggregation/cuda/column.hpp"

/// The sums that rows are measured by, in the order of kernels/measure.cpp, so that the processor's bits come out:
/// number i of a row belongs to lane i mod 16, whose sum is in float over a chunk; chunks are added in double, in their
/// order.
namespace zenops::cuda {

inline constexpr uint32_t kLanes = 16, kChunk = 4096;

/// Σ (x − y)², one number on.
ZENOPS_BOTH float add_distance(float x, float y, float sum) {
  const float difference = x - y;
  return fused(difference, difference, sum);
}

/// 1 for a number above zero, below it; denormal numbers are what they are. A lane's count of a chunk is exact in
/// float, and those of all chunks are in double.
ZENOPS_BOTH float is_above(float x) { return x > 0 ? 1.0f : 0.0f; }
ZENOPS_BOTH float is_below(float x) { return x < 0 ? 1.0f : 0.0f; }

/// What a lane adds up of one row over a chunk.
template <bool gaps, bool signs>
struct Beside {
  float squares = 0, products = 0, gap = 0, above = 0, below = 0;
  /// y: the trusted row's number, of any value without one.
  ZENOPS_BOTH void add(float x, float y) {
    squares = fused(x, x, squares);
    products = fused(x, y, products);
    if (gaps) gap = add_distance(x, y, gap);
    if (!signs) return;
    above += is_above(x);
    below += is_below(x);
  }
};

/// In pairs. `lanes` (kLanes) are left as they were.
template <class T>
ZENOPS_BOTH double sum_lanes(const T* lanes) {
  double sums[kLanes];
  for (uint32_t lane = 0; lane < kLanes; ++lane) sums[lane] = lanes[lane];
  for (uint32_t half = kLanes / 2; half > 0; half /= 2)
    for (uint32_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  return sums[0];
}

/// What a lane's three sums are, in double, where the square of any float is exact.
struct InDouble {
  double squares = 0, products = 0, distance = 0;
  /// One number of two rows on.
  ZENOPS_BOTH void add(float x, float y) {
    squares += double{x} * x;
    products += double{x} * y;
    const double difference = double{x} - y;
    distance += difference * difference;
  }
};

}  // namespace zenops::cuda
