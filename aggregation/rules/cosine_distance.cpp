#include "aggregation/rules/cosine_distance.hpp"

#include <algorithm>
#include <cmath>

namespace zenops {

double cosine_distance(const Products& products, size_t i, size_t j) {
  if (i == j) return 0;
  const double a = std::sqrt(products.squared_norms[i]), b = std::sqrt(products.squared_norms[j]);
  if (!(a > 0 && b > 0)) return 1;
  constexpr double rounding = 1e-6;
  const double distance = products.squared_distance(i, j), difference = a - b, shorter = std::min(a, b);
  if (distance > a * b) {
    const double cosine = products.dot(i, j) / a / b, blur = rounding * std::min(8.0, std::max(a, b) / shorter);
    return 1 - cosine <= blur ? 0 : std::min(1 - cosine, 2.0);
  }
  const double value = (distance - difference * difference) / (2 * a * b);
  const double blur = rounding * ((distance + difference * difference) / (2 * a * b) + std::abs(difference) / shorter);
  return value <= std::max(blur, 1e-12) ? 0 : value;
}

}  // namespace zenops
