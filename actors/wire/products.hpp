#pragma once
#include <span>
#include <vector>

#include "aggregation/geometry.hpp"

namespace zenops::wire {

/// How many numbers say what a rule with these needs is told of n rows and one segment: ‖u‖² of each; with a trusted row ⟨u, v⟩ of each and
/// ‖v‖²; with a table the lower triangles of the distances and the inner products; with rates the
/// changes and moves of each; with signs how many numbers of each are positive and negative; with gaps that of each; then tables with their norms, of the
/// senders' sums and of every set of drawn coordinates.
size_t products_size(const Needs& needs, size_t n);

/// The same numbers, put at the end.
void append(const Products& products, const Needs& needs, std::vector<double>& numbers);

/// numbers: products_size(needs, n) of them.
Products products_from(std::span<const double> numbers, const Needs& needs, size_t n);

}  // namespace zenops::wire
