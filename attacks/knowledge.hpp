#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace zenops {

/// What liars that collude know, each level with all that the one before it has: the threat model of a run, and what an attack needs
/// of it.
enum class Sight : uint8_t {
  nothing,     // each knows its own row
  statistics,  // mean and standard deviation of the honest rows, per coordinate
  rows,        // the honest rows
  rule,        // what the rule makes of the honest rows and of any lies
};
std::string_view to_string(Sight);

/// What the liars of one round see of what is judged at once: a block, or the whole model, of d numbers. It holds what its attack
/// needs and nothing beyond.
struct Knowledge {
  size_t honest = 0;                                // rows of those who are, at least 1
  size_t liars = 0;                                 // the same of liars; together n
  uint32_t round = 1;                               // of the run
  std::span<const float> mean = {};                 // (d), from `statistics` on
  std::span<const float> deviation = {};            // (d), likewise: √(Σ (x − mean)² / (honest − 1)), of one honest row 0
  std::vector<std::span<const float>> rows = {};    // (honest) rows of (d), by worker, finite; from `rows` on
  /// With `rule`: what the rule makes of the honest rows and of `lies` (liars rows of (d)): (d). With the rule's own f. In
  /// training it is the rule over all rows at once, also where several validators judge a group each; no liar knows the update of a
  /// validator, so that for rules which want a trusted row the honest mean stands in, and for those that try rows on a model the mean of
  /// all rows does.
  std::function<std::vector<float>(std::span<const std::span<const float>> lies)> aggregate = {};
};

/// What an attack carries from one round to the next, of what is judged at once; empty at first. Part of a snapshot.
using AttackMemory = std::vector<float>;

}  // namespace zenops
