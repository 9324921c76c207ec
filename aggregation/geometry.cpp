#include "aggregation/geometry.hpp"

#include <cassert>

namespace zenops {

void Products::add(const Products& next) {
  assert(squared_norms.size() == next.squared_norms.size() && dots.size() == next.dots.size());
  for (size_t k = 0; k < squared_norms.size(); ++k) squared_norms[k] += next.squared_norms[k];
  for (size_t k = 0; k < dots.size(); ++k) dots[k] += next.dots[k];
  trusted_squared_norm += next.trusted_squared_norm;
}

}  // namespace zenops
