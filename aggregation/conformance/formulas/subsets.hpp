#pragma once
#include "aggregation/conformance/formulas/vectors.hpp"

/// Rules that try every subset of n − f rows. Time grows with their number.
namespace zenops::formulas {

/// The one whose pairs, from the farthest, are the shortest.
std::vector<size_t> smallest_diameter(const Matrix& rows, size_t f);
/// The one whose covariance has the smallest largest eigenvalue.
std::vector<size_t> smallest_eigenvalue(const Matrix& rows, size_t f);

}  // namespace zenops::formulas
