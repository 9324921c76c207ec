#pragma once
#include <optional>
#include <string>
#include <vector>

#include "aggregation/pipeline.hpp"

namespace zenops {

/// What became of one choice on one input.
struct ConformanceCell {
  std::string rule, input;
  std::optional<double>
      error;           // largest difference from the formula in double, over the largest honest value; empty: refused
  std::string reason;  // of a refusal
  std::string fault;   // what is not as it must be; empty: nothing
};

/// Every rule, and chains of pre-aggregators before some, on every input that a liar may send or that an honest worker
/// may: each has a finite result that agrees with the formula, the same bits for any number of shards and threads, or a
/// refusal with a reason. Takes about a second. The rules are the standard ones: others have no oracle.
std::vector<ConformanceCell> conformance();

/// Errors up to this are rounding.
inline constexpr double kConformanceTolerance = 1e-5;

}  // namespace zenops
