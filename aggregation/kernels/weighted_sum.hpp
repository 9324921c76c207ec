#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "aggregation/kernels/ask.hpp"
#include "aggregation/plan.hpp"

namespace zenops {

/// A row in a sum.
struct WeightedRow {
  const float* row;
  float weight;
};

/// out (size) = Σ weight · row[at …), fused, in their order. No row is null.
void weighted_sum(std::span<const WeightedRow> rows, size_t at, size_t size, float* out);

/// One of several sums of the same rows.
struct CachedSum {
  std::span<const WeightedRow> rows;
  float* out;
};

/// Each out (size) = Σ weight · row[at …), to the bit what weighted_sum() gives, and quicker where those elements are
/// in the second cache. Meanwhile as many of `ahead` are asked for.
void cached_weighted_sums(std::span<const CachedSum> sums, size_t at, size_t size, Ahead ahead);

/// Those of the rows that are to be read: neither null nor of no weight.
std::vector<WeightedRow> weighted(std::span<const float* const> rows, std::span<const float> weights);
/// The same of a plan's weighted sum, with the trusted row, which may be null.
std::vector<WeightedRow> weighted(const BlockPlan& plan, std::span<const float* const> rows, const float* trusted);

}  // namespace zenops
