#pragma once
#include <cmath>

#include "aggregation/geometry.hpp"
#include "aggregation/plan.hpp"

namespace zenops {

/// Each row for which `clipped(k)` holds shortened to `radius`, unless it is shorter.
template <class Clipped>
Mix cut_to(double radius, const Products& products, Clipped clipped) {
  Mix mix;
  for (uint32_t k = 0; k < products.rows(); ++k) {
    const double length = std::sqrt(products.squared_norms[k]);
    mix.push_back({{k, clipped(k) && length > radius ? static_cast<float>(radius / length) : 1.0f}});
  }
  return mix;
}

}  // namespace zenops
