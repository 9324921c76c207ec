#include "aggregation/cuda/dense_mix.hpp"

#include <map>

namespace zenops::cuda {

DenseMix dense_mix(const MixPlan& plan) {
  DenseMix out;
  std::map<const float*, size_t> at;
  for (const MixStep& step : plan.steps)
    if (at.try_emplace(step.row, out.rows.size()).second) out.rows.push_back(step.row);
  const size_t n = out.rows.size();
  out.weights.resize(plan.made * n);
  for (uint32_t group = 0; group < plan.groups(); ++group)
    for (uint32_t k = plan.begins[group]; k < plan.begins[group + 1]; ++k)
      for (uint32_t r = 0; r < kMixed && group * kMixed + r < plan.made; ++r)
        out.weights[(group * kMixed + r) * n + at.at(plan.steps[k].row)] += plan.steps[k].weights[r];
  return out;
}

}  // namespace zenops::cuda
