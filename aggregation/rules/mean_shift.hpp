#pragma once
#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace zenops {

/// The largest cluster of n points, by index, as mean shift finds it (Comaniciu, Meer 2002). From every point on, the mean of all
/// points within the bandwidth is taken until it stays where it is; of peaks within a bandwidth of each other the one with the most
/// points around it stands for all; a point belongs to the nearest peak. The bandwidth is the mean distance of a point to the ⌊n / 2⌋-th
/// nearest other. Of clusters of the same size the one whose peak is more crowded. Nothing is random. O(n² · iterations).
///
/// scikit-learn's MeanShift, as SignGuard's code calls it, differs: its estimate_bandwidth counts the point itself among the ⌊n / 2⌋
/// (ours reaches a majority, the point included), of 50 points where there are more; it begins on a grid (bin_seeding) instead of at
/// every point; and points farther than a bandwidth from every peak belong to none (cluster_all=False; ours lose no honest row that
/// stopped short of the crowd).
std::vector<size_t> largest_cluster(std::span<const std::array<double, 3>> points);

}  // namespace zenops
