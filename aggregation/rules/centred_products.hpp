#pragma once
#include <span>
#include <vector>

#include "aggregation/geometry.hpp"

namespace zenops {

/// (m, m): ⟨u_i − μ, u_j − μ⟩ of the m `rows`, μ being their mean: −½ J D J with D their squared distances and J what subtracts the mean.
/// Requires the table. O(m²).
std::vector<double> centred_products(const Products& products, std::span<const size_t> rows);

}  // namespace zenops
