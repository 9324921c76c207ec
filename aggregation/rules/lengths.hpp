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

}  // namespace zenops
