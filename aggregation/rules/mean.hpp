#pragma once
#include <algorithm>
#include <span>
#include <string>

#include "aggregation/geometry.hpp"
#include "aggregation/plan.hpp"

namespace zenops {

inline constexpr const char* kNoRows = "no rows: no update";

/// The mean of `rows` rows, all of them accepted; of none, zeros.
inline BlockPlan plain_mean(size_t rows) {
  return {.combine = Combine::weighted_sum,
          .trim = 0,
          .weights = std::vector<float>(rows, 1 / static_cast<float>(rows)),
          .verdicts = std::vector<Verdict>(rows, Verdict::accepted)};
}

/// Per coordinate the mean without the `trim` smallest and largest values or, with a `drop`, of those nearest to it;
/// every row counts.
inline BlockPlan coordinatewise(size_t rows, size_t trim, size_t drop = 0) {
  return {.combine = drop > 0 ? Combine::nearest_mean : Combine::trimmed_mean,
          .trim = static_cast<uint32_t>(trim),
          .weights = {},
          .verdicts = std::vector<Verdict>(rows, Verdict::accepted),
          .drop = static_cast<uint32_t>(drop)};
}

/// A weighted sum in which rows of no weight are outliers.
inline BlockPlan weighted(std::span<const double> weights) {
  BlockPlan plan;
  for (const double w : weights) {
    plan.weights.push_back(static_cast<float>(w));
    plan.verdicts.push_back(plan.weights.back() != 0 ? Verdict::accepted : Verdict::outlier);
  }
  return plan;
}

/// Divides by their sum, which is not 0.
inline void normalise(std::span<double> weights) {
  double sum = 0;
  for (const double w : weights) sum += w;
  for (double& w : weights) w /= sum;
}

/// The mean of the `chosen` of `rows` rows.
inline BlockPlan mean_of(std::span<const size_t> chosen, size_t rows) {
  std::vector<double> weights(rows);
  for (const size_t k : chosen) weights[k] = 1 / static_cast<double>(chosen.size());
  return weighted(weights);
}

/// `decide(products)` for every block; no rows, no update.
template <class Decide>
Plan each_block(const Geometry& geometry, Decide decide) {
  Plan plan;
  if (geometry.rows == 0) return {std::vector<BlockPlan>(geometry.blocks.size()), kNoRows};
  for (const Products& products : geometry.blocks) plan.blocks.push_back(decide(products));
  return plan;
}

/// The same for rules that may accept nothing: the note says in how many blocks that was so.
template <class Decide>
Plan each_block_by_verdict(const Geometry& geometry, Decide decide) {
  Plan plan = each_block(geometry, decide);
  if (geometry.rows == 0) return plan;
  const auto without = std::ranges::count_if(
      plan.blocks, [](const BlockPlan& block) { return std::ranges::count(block.verdicts, Verdict::accepted) == 0; });
  if (without > 0)
    plan.note =
        "no row accepted in " + std::to_string(without) + " of " + std::to_string(plan.blocks.size()) + " blocks";
  return plan;
}

}  // namespace zenops
