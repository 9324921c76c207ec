#include "attacks/collusion.hpp"
#include "attacks/line_search.hpp"
#include "attacks/room.hpp"

namespace zenops {
namespace {

/// factor · mean.
void along(const Knowledge& known, double factor, std::span<float> lie) {
  for (size_t i = 0; i < lie.size(); ++i) lie[i] = with_room(factor * known.mean[i]);
}

/// −ε mean: inner product manipulation (Xie, Koyejo, Gupta 2019, Fall of Empires). Small, it hides among rows that disagree; large, it
/// outweighs them. The same on gradients. O(d).
void ipm(const Knowledge& known, const Parameters& parameters, AttackMemory&, Stream&, std::span<float> lie) {
  along(known, -parameters.at("epsilon"), lie);
}

/// −scale · mean: what ByzFL calls sign flipping (Allen-Zhu, Ebrahimianghazani, Li, Alistarh 2020), for scale 1. Unlike `negative` it
/// turns round what the honest workers made, not the liar's own. O(d).
void sign_flip(const Knowledge& known, const Parameters& parameters, AttackMemory&, Stream&, std::span<float> lie) {
  along(known, -parameters.at("scale"), lie);
}

/// ipm with the ε that moves this very rule furthest (ByzFL, Optimal_InnerProductManipulation). O(d), and `evals` aggregations.
void opt_ipm(const Knowledge& known, const Parameters& parameters, AttackMemory&, Stream&, std::span<float> lie) {
  search_line(known, parameters, [&](double epsilon, std::span<float> out) { along(known, -epsilon, out); }, lie);
}

constexpr const char* source = "Xie, Koyejo, Gupta 2019 (Fall of Empires)";

}  // namespace

AttackEntry sign_flip_entry() {
  return collusion({.name = "sign_flip",
                    .sentence = "sends -scale times the honest mean",
                    .source = "Allen-Zhu, Ebrahimianghazani, Li, Alistarh 2020; ByzFL, SignFlipping",
                    .parameters = {{.name = "scale", .default_value = 1, .min = 0, .max = 1e12, .sentence = "how strongly it lies"}}},
                   Sight::statistics, sign_flip);
}

AttackEntry ipm_entry() {
  return collusion({.name = "ipm",
                    .sentence = "sends -epsilon times the honest mean, so that the inner product of mean and result becomes small or negative",
                    .source = source,
                    .parameters = {{.name = "epsilon", .default_value = 2, .min = -1e12, .max = 1e12, .sentence = "how strongly it lies"}}},
                   Sight::statistics, ipm);
}

AttackEntry opt_ipm_entry() {
  return collusion({.name = "opt_ipm",
                    .sentence = "as ipm, with the epsilon that moves what the rule makes furthest from the honest mean",
                    .source = std::string(source) + "; ByzFL, Optimal_InnerProductManipulation",
                    .parameters = line_search_parameters()},
                   Sight::rule, opt_ipm);
}

}  // namespace zenops
