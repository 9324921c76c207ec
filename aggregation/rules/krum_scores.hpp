#pragma once
#include <span>
#include <vector>

#include "aggregation/geometry.hpp"

namespace zenops {

/// Krum's score of each of the `left` rows among themselves: the sum of the squared distances to its |left| − f − 2
/// nearest others, at least one (Blanchard et al. 2017, section 4: squared distances, of n − f − 2 neighbours). O(m²
/// log m) for m rows left.
std::vector<double> krum_scores(const Products& products, std::span<const size_t> left, size_t f);

/// The `m` of the `left` rows with the lowest scores, best first; of two that score the same the earlier.
std::vector<size_t> best_by_krum(const Products& products, std::span<const size_t> left, size_t f, size_t m);

/// 0 … n − 1.
std::vector<size_t> all_rows(size_t n);

}  // namespace zenops
