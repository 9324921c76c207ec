#include <algorithm>
#include <cmath>

#include "attacks/collusion.hpp"
#include "attacks/room.hpp"
#include "attacks/sums.hpp"

namespace zenops {
namespace {

/// Against zeno, which accepts u if ⟨u, v⟩ > η ‖v‖² and ‖u‖² < (1 + ρ) ‖v‖²: with the honest mean for the validator's row v, the longest
/// u with the smallest ⟨u, v⟩ that is just inside both, and so cancels as much of the others' progress as can be. With m = `margin`:
/// u = η' v − λ w, η' = η + m, w = σ − (⟨σ, v⟩ / ‖v‖²) v (the deviation without what it has of v; where that is nothing, normal numbers
/// instead of σ), and λ ≥ 0 such that ‖u‖² = (1 + ρ) (1 − m) ‖v‖²; λ = 0 where η' v alone is longer, and one dimension has no w. The margin
/// is for what v differs from the mean. Ours; the formulae are on steps as zeno's are. O(d).
void adaptive_zeno(const Knowledge& known, const Parameters& parameters, AttackMemory&, Stream& stream, std::span<float> lie) {
  const auto v = known.mean;
  const size_t d = lie.size();
  const double margin = parameters.at("margin"), along = parameters.at("eta") + margin, square = dot(v, v);
  std::ranges::fill(lie, 0.0f);
  if (!(square > 0)) return;

  std::vector<double> w(known.deviation.begin(), known.deviation.end());
  const auto length = [&] { return sum_of(d, [&](size_t i) { return w[i] * w[i]; }); };
  const auto leave_v_out = [&] {
    const double part = sum_of(d, [&](size_t i) { return w[i] * v[i]; }) / square;
    for (size_t i = 0; i < d; ++i) w[i] -= part * v[i];
  };
  double before = length();
  leave_v_out();
  // What rounding leaves of a direction that was v's own is no direction.
  constexpr double nothing = 1e-12;
  if (!(length() > nothing * before)) {
    for (double& x : w) x = stream.normal();
    before = length();
    leave_v_out();
  }
  const double rest = std::max(0.0, (1 + parameters.at("rho")) * (1 - margin) - along * along) * square, other = length();
  const double lambda = other > nothing * before ? std::sqrt(rest / other) : 0;
  for (size_t i = 0; i < d; ++i) lie[i] = with_room(along * v[i] - lambda * w[i]);
}

}  // namespace

AttackEntry adaptive_zeno_entry() {
  return collusion(
      {.name = "adaptive_zeno",
       .sentence = "sends the longest step with the least progress that zeno still accepts, if its trusted row is the honest mean",
       .source = "ours, against Zeno-PS ZenoValidator",
       .parameters = {{.name = "eta", .default_value = -0.001, .min = -1, .max = 1, .sentence = "zeno's"},
                      {.name = "rho", .default_value = 0.6, .min = 0, .max = 1000, .sentence = "zeno's"},
                      {.name = "margin", .default_value = 0.01, .min = 0, .max = 1, .sentence = "how far it stays inside both of zeno's bounds, in parts of the mean's square and of the largest length's"}}},
      Sight::statistics, adaptive_zeno);
}

}  // namespace zenops
