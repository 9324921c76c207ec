#pragma once
#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace zenops {

/// The largest cluster of n points, by index, as mean shift finds it (Comaniciu, Meer 2002; in scikit-learn's order of steps). From
/// every point on, the mean of all points within the bandwidth is taken until it stays where it is; of peaks within a bandwidth of
/// each other the one with the most points around it stands for all; a point belongs to the nearest peak. The bandwidth is the mean
/// distance of a point to the ⌊n / 2⌋-th nearest other. Of clusters of the same size the one whose peak is more crowded. Nothing is
/// random. O(n² · iterations).
std::vector<size_t> largest_cluster(std::span<const std::array<double, 3>> points);

}  // namespace zenops
