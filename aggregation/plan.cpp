#include "aggregation/plan.hpp"

#include <algorithm>
#include <cassert>
#include <cfloat>

namespace zenops {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::accepted:
      return "accepted";
    case Verdict::opposes:
      return "opposes";
    case Verdict::too_long:
      return "too long";
    case Verdict::outlier:
      return "outlier";
  }
  return "?";
}

size_t rows_read(const BlockPlan& plan) {
  if (plan.combine == Combine::weighted_sum)
    return plan.weights.size() - static_cast<size_t>(std::ranges::count(plan.weights, 0.0f));
  return static_cast<size_t>(std::ranges::count(plan.verdicts, Verdict::accepted));
}

void add_saturated(std::span<float> y, std::span<const float> x) {
  assert(y.size() == x.size());
  for (size_t i = 0; i < y.size(); ++i) y[i] = std::max(-FLT_MAX, std::min(FLT_MAX, y[i] + x[i]));
}

}  // namespace zenops
