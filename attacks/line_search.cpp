#include "attacks/line_search.hpp"

#include "attacks/sums.hpp"

namespace zenops {

std::vector<Parameter> line_search_parameters() {
  return {{.name = "evals", .default_value = 20, .min = 1, .max = 10'000, .integer = true, .sentence = "how many lies it tries on the rule each round"},
          {.name = "start", .default_value = 0, .min = -1e6, .max = 1e6, .sentence = "the factor that it tries first"},
          {.name = "delta", .default_value = 10, .min = -1e6, .max = 1e6, .sentence = "its first step from there; below 0 it looks to the other side, 0: nothing but start is tried"},
          {.name = "ratio", .default_value = 0.8, .min = 0.5, .max = 1, .sentence = "what the step shrinks by once a larger one does less harm"}};
}

double search_line(const Knowledge& known, const Parameters& parameters, const std::function<void(double, std::span<float>)>& at,
                   std::span<float> lie) {
  const std::vector<std::span<const float>> lies(known.liars, lie);
  const auto harm = [&](double t) {
    at(t, lie);
    const std::vector<float> made = known.aggregate(lies);
    return made.size() == known.mean.size() ? squared_distance(made, known.mean) : 0;
  };
  auto left = static_cast<size_t>(parameters.at("evals"));
  double best = parameters.at("start"), most = harm(best), delta = parameters.at("delta");
  bool expands = true;
  while (delta != 0 && --left > 0) {
    const double t = best + delta, found = harm(t);
    const bool better = found > most;
    if (better) {
      best = t;
      most = found;
    }
    expands = expands && better;
    delta *= expands ? 2 : parameters.at("ratio");
  }
  at(best, lie);
  return best;
}

}  // namespace zenops
