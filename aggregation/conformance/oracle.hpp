#pragma once
#include <span>
#include <vector>

#include "aggregation/pipeline.hpp"

namespace zenops {

/// What a rule's formula says, written out in double, a vector operation at a time: slow, and what the library is held
/// to.
struct Oracle {
  std::vector<std::vector<double>> rows = {};  // (n, d), finite
  std::vector<double> trusted = {};            // (d): the validator's row, or the last aggregate
  std::vector<double> counts = {};             // (n), or empty
  std::vector<double> descents = {};           // (n), or empty
  size_t caught = 0;                           // as Geometry's
  uint64_t draw = 0;                           // as Geometry's

  /// (d): the choice applied to the rows. Every default is filled in; n is large enough for the choice.
  std::vector<double> aggregate(const RuleChoice& choice) const;
};

/// How much a row u lowers the loss ½ ‖w − v‖² from w = 0, for rules that judge by a loss: ⟨u, v⟩ − ½ ‖u‖².
double descent(std::span<const float> u, std::span<const float> v);
std::vector<double> descents(std::span<const std::vector<float>> rows, std::span<const float> v);

}  // namespace zenops
