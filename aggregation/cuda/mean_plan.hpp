#pragma once
#include "aggregation/cuda/column.hpp"

namespace zenops::cuda {

/// What such a mean is of, as selection() says (kernels/selection.hpp). rows ≥ 1, 2 trim < rows, drop < rows; drop = 0
/// is a trimmed mean. rows ≤ kManyRows (many.hpp): objection() has refused more. O(rows log² rows).
MeanShape mean_shape(size_t rows, size_t trim, size_t drop);

/// The same with what a kernel picks from a column in registers. rows ≤ kMostRows.
MeanPlan mean_plan(size_t rows, size_t trim, size_t drop);

}  // namespace zenops::cuda
