#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "aggregation/cuda/column.hpp"
#include "aggregation/plan.hpp"

/// How a card makes mixed rows. Those that differ are made sixteen at a time: a thread has their sums for two
/// coordinates in registers, and a row is loaded once for all sixteen, by those groups only that have it in a sum. So
/// mixes of many rows each, as nearest neighbours are, cost arithmetic, and mixes of one row each, as clipped rows are,
/// cost the reading alone.
namespace zenops::cuda {

/// Mixed rows of a group, and coordinates of a thread.
inline constexpr uint32_t kMixed = 16, kMixedCoordinates = 2;

/// A row that a group of mixed rows has, and its weight in each of them; 0 where it has none.
struct alignas(16) MixStep {
  const float* row;
  float weights[kMixed];
};

/// A group's sums at one coordinate. Terms come by ascending row, as the processor adds them. That a row of no weight
/// is added, where the processor leaves it out, may turn a sum that underflowed to −0 into +0, which no mean and no
/// majority tells apart, and changes nothing else of finite rows.
struct MixSums {
  float sums[kMixed] = {};
  ZENOPS_BOTH void add(const MixStep& step, float x) {
#ifdef __CUDA_ARCH__
#pragma unroll
#endif
    for (uint32_t r = 0; r < kMixed; ++r) sums[r] = fused(step.weights[r], x, sums[r]);
  }
};

struct MixPlan {
  /// Where a mixed row is found: among those that are made, or as the row that it was.
  struct Source {
    std::optional<uint32_t> made = {};
    const float* row = nullptr;  // if it is not made; null: a row of zeros
  };
  uint32_t made = 0;                  // how many rows are
  std::vector<MixStep> steps = {};    // of one group after the other, by ascending row
  std::vector<uint32_t> begins = {};  // (groups + 1): where a group's steps begin
  std::vector<Source> sources = {};   // (mixed rows)
  uint32_t groups() const { return (made + kMixed - 1) / kMixed; }
};

/// rows: pointers to the rows, null for one of zeros. Rows of the same terms are made once, rows as they were not at
/// all. O(terms + steps · kMixed), and the square of the mixed rows.
MixPlan mix_plan(const Mix& mix, std::span<const float* const> rows);

}  // namespace zenops::cuda
