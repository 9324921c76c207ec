#pragma once
#include <cstddef>

#include "aggregation/geometry.hpp"

namespace zenops {

/// 1 − cos(u_i, u_j), in the form that costs fewer digits: of rows that lie near each other from their distance, (‖u_i − u_j‖² − (‖u_i‖ −
/// ‖u_j‖)²) / (2 ‖u_i‖ ‖u_j‖), of others from their inner product. What may be rounding alone, or is below 1e-12, is 0, so that rows of
/// one direction are as near as rows can be, whatever their lengths. A row of zeros has no direction, and is 1 away from every other.
/// Requires the table. O(1).
double cosine_distance(const Products& products, size_t i, size_t j);

}  // namespace zenops
