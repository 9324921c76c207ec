#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace zenops {

/// A row in a sum.
struct WeightedRow {
  const float* row;
  float weight;
};

/// out (size) = Σ weight · row[at …), fused, in their order. No row is null.
void weighted_sum(std::span<const WeightedRow> rows, size_t at, size_t size, float* out);

/// Those of the rows that are to be read: neither null nor of no weight.
std::vector<WeightedRow> weighted(std::span<const float* const> rows, std::span<const float> weights);

}  // namespace zenops
