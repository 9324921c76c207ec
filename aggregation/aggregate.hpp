#pragma once
#include <span>
#include <string>
#include <vector>

#include "aggregation/pipeline.hpp"
#include "base/expected.hpp"
#include "base/pool.hpp"

namespace zenops {

/// How rows are aggregated without a training around them.
struct AggregateOptions {
  uint32_t shards = 1;   // the rows are cut as that many server shards would; the bits do not depend on it
  Pool* pool = nullptr;  // null: this thread alone; the bits do not depend on it
  std::span<const float> trusted =
      {};  // (d): the row that is believed: the validator's, or the last aggregate (empty: zeros)
  std::span<const double> counts = {};    // (n): samples behind each row; empty: the same for all
  std::span<const double> descents = {};  // (n): how much each row lowers the loss, for rules that judge by it
  uint64_t seed = 1;                      // of random buckets
};

/// One row made of many.
struct Aggregate {
  std::vector<float> row;         // (d)
  std::vector<uint32_t> entered;  // indices of the rows that were judged; the others held NaN or Inf
  BlockPlan plan;                 // over the rows that entered
  std::string note;               // as the plan's
  size_t bytes_read = 0;          // of rows, all passes together
};

/// Aggregates rows (n spans of the same d floats) as if they were one block of a model. A row with a NaN or Inf is
/// refused: n and the declared f shrink by one. Fails with the reason when the rows are too few or of different sizes,
/// or when a trusted row is needed and missing. Names in `choice` are in the catalogue. O(passes · n d) reads; nothing
/// n × d is made.
Expected<Aggregate> aggregate(const Rules& rules, const RuleChoice& choice,
                              std::span<const std::span<const float>> rows, const AggregateOptions& options = {});

}  // namespace zenops
