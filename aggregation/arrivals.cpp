#include "aggregation/arrivals.hpp"

#include <algorithm>
#include <cfloat>
#include <numeric>

namespace zenops {

bool well_scaled(double sum_of_squares, size_t size) {
  return sum_of_squares <= DBL_MAX && sum_of_squares >= static_cast<double>(size) * FLT_MIN;
}

Products arranged(const Arrivals& arrivals, std::span<const size_t> rows, std::optional<size_t> trusted,
                  const DotsOf& dots_of) {
  const size_t n = rows.size();
  std::vector<size_t> order(rows.begin(), rows.end());
  if (trusted) order.push_back(*trusted);
  Products out;
  for (const size_t k : rows) out.squared_norms.push_back(arrivals.squared_norms[k]);
  if (trusted) out.trusted_squared_norm = arrivals.squared_norms[*trusted];
  for (size_t i = 0; i < order.size(); ++i) {
    // Inner products follow from the distances; but not between rows of very different length, where the longer would
    // cost the shorter its digits.
    std::vector<double>& dots = i < n ? out.inner : out.dots;
    std::vector<size_t> unlike;  // where among `dots` what is yet to be measured belongs
    std::vector<const float*> others;
    for (size_t j = 0; j < i; ++j) {
      const double a = arrivals.squared_norms[order[i]], b = arrivals.squared_norms[order[j]];
      const double distance = arrivals.distances[triangle(std::max(order[i], order[j]), std::min(order[i], order[j]))];
      constexpr double alike = 64;
      const bool zero = a == 0 || b == 0, exact_enough = a <= alike * b && b <= alike * a;
      if (!zero && !exact_enough) {
        unlike.push_back(dots.size());
        others.push_back(arrivals.points[order[j]]);
      }
      out.distances.push_back(distance);
      dots.push_back(zero ? 0 : (a + b - distance) / 2);
    }
    if (unlike.empty()) continue;
    const auto measured = dots_of(others, arrivals.points[order[i]]);
    for (size_t k = 0; k < unlike.size(); ++k) dots[unlike[k]] = measured[k];
  }
  return out;
}

Products arranged(const Arrivals& arrivals, bool trusted, const DotsOf& dots_of) {
  std::vector<size_t> rows(arrivals.points.size() - trusted);
  std::iota(rows.begin(), rows.end(), size_t{0});
  return arranged(arrivals, rows, trusted ? std::optional(rows.size()) : std::nullopt, dots_of);
}

}  // namespace zenops
