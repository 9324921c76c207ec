#pragma once
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

}  // namespace zenops
