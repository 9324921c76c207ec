#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "aggregation/geometry.hpp"

namespace zenops {

/// The median of the values, with an even number of them the mean of the two in the middle; 0 of none.
inline double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const size_t n = values.size();
  return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

/// How long each row is.
inline std::vector<double> lengths(const Products& products) {
  std::vector<double> out;
  for (const double square : products.squared_norms) out.push_back(std::sqrt(square));
  return out;
}

/// What a row of that length is multiplied by so that it is no longer than `radius`.
inline double cut(double length, double radius) { return length > radius ? radius / length : 1; }

/// 1 − cos(u_i, u_j), in the form that costs fewer digits: of rows that lie near each other from their distance, (‖u_i − u_j‖² − (‖u_i‖ −
/// ‖u_j‖)²) / (2 ‖u_i‖ ‖u_j‖), of others from their inner product. What may be rounding alone, or is below 1e-12, is 0, so that rows of one direction
/// are as near as rows can be, whatever their lengths. A row of zeros has no direction, and is 1 away from every other. Requires the
/// table.
inline double cosine_distance(const Products& products, size_t i, size_t j) {
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
