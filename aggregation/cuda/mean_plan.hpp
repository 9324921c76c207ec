#pragma once
#include "aggregation/cuda/column.hpp"

namespace zenops::cuda {

/// What a kernel does for such a mean, as selection() says (kernels/selection.hpp). rows ≥ 1, 2 trim < rows, drop <
/// rows; drop = 0 is a trimmed mean. Throws Error where rows > kMostRows.
MeanPlan mean_plan(size_t rows, size_t trim, size_t drop);

}  // namespace zenops::cuda
