#pragma once
#include <span>

#include "aggregation/geometry.hpp"
#include "aggregation/plan.hpp"

namespace zenops {

/// The mix of n rows that leaves them as they are.
Mix identity(size_t rows);

/// What is known of the mixed rows, from what is known of the rows: nothing is read again. The trusted row stays what
/// it is. O(m² k²) for m mixed rows of up to k terms.
Products mixed(const Products& products, const Mix& mix);

/// The mix that does `first` and then `then`.
Mix composed(const Mix& first, const Mix& then);

/// Weights of the rows (`rows` of them) that do what `weights` do to the mixed rows.
std::vector<float> unmixed(const Mix& mix, std::span<const float> weights, size_t rows);

}  // namespace zenops
