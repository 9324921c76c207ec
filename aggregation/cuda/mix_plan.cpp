#include "aggregation/cuda/mix_plan.hpp"

#include <algorithm>
#include <map>

namespace zenops::cuda {

MixPlan mix_plan(const Mix& mix, std::span<const float* const> rows) {
  MixPlan out;
  std::vector<const std::vector<Term>*> made;
  for (const auto& terms : mix) {
    MixPlan::Source source;
    if (terms.size() == 1 && terms[0].weight == 1) {
      source.row = rows[terms[0].row];
    } else {
      const auto same = std::ranges::find_if(made, [&](const auto* other) { return *other == terms; });
      source.made = static_cast<uint32_t>(same - made.begin());
      if (same == made.end()) made.push_back(&terms);
    }
    out.sources.push_back(source);
  }
  out.made = static_cast<uint32_t>(made.size());
  out.begins.push_back(0);
  for (uint32_t first = 0; first < out.made; first += kMixed) {
    std::map<uint32_t, MixStep> steps;
    for (uint32_t r = 0; r < kMixed && first + r < out.made; ++r)
      for (const auto& [row, weight] : *made[first + r]) {
        if (!rows[row] || weight == 0) continue;
        MixStep& step = steps.try_emplace(row, MixStep{.row = rows[row], .weights = {}}).first->second;
        step.weights[r] = weight;
      }
    for (const auto& [row, step] : steps) out.steps.push_back(step);
    out.begins.push_back(static_cast<uint32_t>(out.steps.size()));
  }
  return out;
}

}  // namespace zenops::cuda
