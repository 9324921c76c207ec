#pragma once
#include <cstddef>
#include <vector>

#include "aggregation/geometry.hpp"

namespace zenops {

/// The rows, ascending, that HDBSCAN (Campello, Moulavi, Sander 2013; in scikit-learn-contrib's hdbscan) puts in its one cluster for
/// cosine distances, min_cluster_size = m = ⌊n / 2⌋ + 1, min_samples = 1 and allow_single_cluster. All others are noise to it.
///
/// With min_samples = 1 a row's core distance is that to its nearest other, so that the mutual reachability of two rows is their
/// distance, and the hierarchy is that of single linkage. Of the two parts into which a component falls as the threshold shrinks
/// one at most has m rows: nothing ever is two clusters, the condensed tree is the root alone, and rows leave it until a component falls
/// into parts that are both too small. The root being the only cluster, those rows get its label that left it last: this component, and
/// with it what is joined to it by distances that are no larger. So it is the component that has m rows first as the threshold t
/// grows, of the graph in which rows at a distance of at most t are joined. O(n² log n). Requires the table.
std::vector<size_t> majority_cluster(const Products& products);

}  // namespace zenops
