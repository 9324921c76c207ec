#include "aggregation/rules/mean_shift.hpp"

#include <algorithm>
#include <cmath>

namespace zenops {
namespace {

using Point = std::array<double, 3>;

double distance(const Point& a, const Point& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

double bandwidth_of(std::span<const Point> points) {
  const size_t n = points.size();
  double sum = 0;
  for (const Point& p : points) {
    std::vector<double> distances;
    for (const Point& q : points) distances.push_back(distance(p, q));
    std::ranges::nth_element(distances, distances.begin() + static_cast<ptrdiff_t>(n / 2));  // its own 0 is the first
    sum += distances[n / 2];
  }
  // A distance that equals the bandwidth lies within it, however the sum was rounded.
  return sum / static_cast<double>(n) * (1 + 1e-9);
}

struct Peak {
  Point at;
  size_t around = 0;  // points within the bandwidth
};

Peak climb(Point from, std::span<const Point> points, double bandwidth) {
  constexpr int most = 300;
  Peak peak{from};
  for (int i = 0; i < most; ++i) {
    Point mean{};
    peak.around = 0;
    for (const Point& p : points) {
      if (distance(p, peak.at) > bandwidth) continue;
      ++peak.around;
      for (size_t k = 0; k < mean.size(); ++k) mean[k] += p[k];
    }
    if (peak.around == 0) return peak;
    for (double& x : mean) x /= static_cast<double>(peak.around);
    const double moved = distance(mean, peak.at);
    peak.at = mean;
    if (moved <= 1e-3 * bandwidth) break;
  }
  return peak;
}

}  // namespace

std::vector<size_t> largest_cluster(std::span<const Point> points) {
  if (points.empty()) return {};
  const double bandwidth = bandwidth_of(points);
  std::vector<Peak> all, peaks;
  for (const Point& p : points) all.push_back(climb(p, points, bandwidth));
  std::ranges::sort(all, [](const Peak& a, const Peak& b) { return a.around != b.around ? a.around > b.around : a.at > b.at; });
  for (const Peak& peak : all)
    if (std::ranges::none_of(peaks, [&](const Peak& p) { return distance(p.at, peak.at) <= bandwidth; })) peaks.push_back(peak);
  std::vector<std::vector<size_t>> clusters(peaks.size());
  for (size_t k = 0; k < points.size(); ++k) {
    const auto nearest = std::ranges::min_element(peaks, {}, [&](const Peak& p) { return distance(p.at, points[k]); });
    clusters[static_cast<size_t>(nearest - peaks.begin())].push_back(k);
  }
  return *std::ranges::max_element(clusters, {}, &std::vector<size_t>::size);
}

}  // namespace zenops
