#pragma once
#include <vector>

#include "aggregation/cuda/mix_plan.hpp"

namespace zenops::cuda {

/// The rows that a plan makes as one product of matrices.
struct DenseMix {
  std::vector<const float*> rows = {};  // those that any mixed row has
  std::vector<float> weights = {};      // (made, rows), row by row
};
/// O(made · rows).
DenseMix dense_mix(const MixPlan& plan);

}  // namespace zenops::cuda
