#include "attacks/alie.hpp"

#include <cmath>

#include "attacks/collusion.hpp"
#include "attacks/line_search.hpp"
#include "attacks/room.hpp"

namespace zenops {
namespace {

/// mean − τ σ.
void aside(const Knowledge& known, double tau, std::span<float> lie) {
  for (size_t i = 0; i < lie.size(); ++i) lie[i] = with_room(known.mean[i] - tau * known.deviation[i]);
}

/// "A little is enough": beside the honest mean, by so little that enough honest rows lie further out (Baruch, Baruch, Goldberg 2019,
/// Algorithm 3), as mean − sign · τ σ with σ of a sample (n − 1). On gradients, which are steps turned round, that is ByzFL's
/// mean + τ σ; with sign = −1 it is the other side. Which one does harm is not known beforehand. O(d).
void alie(const Knowledge& known, const Parameters& parameters, AttackMemory&, Stream&, std::span<float> lie) {
  const auto tau = parameters.find("tau");
  aside(known, (parameters.at("sign") < 0 ? -1 : 1) * (tau == parameters.end() ? alie_z(known.honest, known.liars) : tau->second), lie);
}

/// alie with the τ that moves this very rule furthest (ByzFL, Optimal_ALittleIsEnough; after the bounded line search of
/// ByzantineMomentum). O(d), and `evals` aggregations.
void opt_alie(const Knowledge& known, const Parameters& parameters, AttackMemory&, Stream&, std::span<float> lie) {
  search_line(known, parameters, [&](double tau, std::span<float> out) { aside(known, tau, out); }, lie);
}

constexpr const char* source = "Baruch, Baruch, Goldberg 2019 (A little is enough), Algorithm 3";

}  // namespace

double alie_z(size_t honest, size_t liars) {
  const size_t n = honest + liars, majority = n / 2 + 1;
  if (majority <= liars) return 8;
  if (honest + liars <= majority) return 0;
  const double share = static_cast<double>(n - majority) / static_cast<double>(honest);
  double low = -40, high = 8;
  for (int halvings = 0; halvings < 100; ++halvings) {
    const double z = (low + high) / 2;
    (0.5 * std::erfc(-z / std::sqrt(2.0)) < share ? low : high) = z;
  }
  return low;
}

AttackEntry alie_entry() {
  return collusion({.name = "alie",
                    .sentence = "sends the honest mean less tau standard deviations: near enough to be taken for honest",
                    .source = source,
                    .parameters = {{.name = "tau",
                                    .default_value = 1.5,
                                    .min = -1e6,
                                    .max = 1e6,
                                    .optional = true,
                                    .sentence = "how many; without it the paper's z, which depends on how many are honest and how many lie"},
                                   {.name = "sign",
                                    .default_value = 1,
                                    .min = -1,
                                    .max = 1,
                                    .integer = true,
                                    .sentence = "below 0: the honest mean and tau standard deviations more"}}},
                   Sight::statistics, alie);
}

AttackEntry opt_alie_entry() {
  return collusion({.name = "opt_alie",
                    .sentence = "as alie, with the tau that moves what the rule makes furthest from the honest mean",
                    .source = std::string(source) + "; ByzFL, Optimal_ALittleIsEnough",
                    .parameters = line_search_parameters()},
                   Sight::rule, opt_alie);
}

}  // namespace zenops
