#include <algorithm>
#include <cassert>

#include "aggregation/kernels/coordinatewise.hpp"
#include "aggregation/kernels/weighted_sum.hpp"
#include "aggregation/plan.hpp"

namespace zenops {

void combine(const BlockPlan& plan, std::span<const float* const> rows, size_t size, float* out) {
  if (rows.empty()) {
    std::fill_n(out, size, 0.0f);
    return;
  }
  assert(plan.combine == Combine::weighted_sum || 2 * size_t{plan.trim} < rows.size());
  switch (plan.combine) {
    case Combine::weighted_sum:
      return weighted_sum(rows, plan.weights, size, out);
    case Combine::trimmed_mean:
      return trimmed_mean(rows, plan.trim, size, out);
    case Combine::phocas:
      return phocas(rows, plan.trim, size, out);
  }
}

}  // namespace zenops
