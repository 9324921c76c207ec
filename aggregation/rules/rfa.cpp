#include <algorithm>
#include <cmath>

#include "aggregation/rule.hpp"
#include "aggregation/rules/mean.hpp"
#include "aggregation/rules/shares.hpp"

namespace zenops {
namespace {

/// argmin_z Σ_k a_k ‖u_k − z‖ with a_k the samples behind row k, from z = Σ a_k u_k / Σ a_k by z ← Σ_k β_k u_k / Σ_k
/// β_k, β_k = a_k / max(ν, ‖u_k − z‖) (RFA: Pillutla, Kakade, Harchaoui 2022, Algorithms 1 and 2). Every iterate is a
/// combination of the rows: two reads whatever their number; O(n² d + T n²).
///
/// Theirs ends after 4 iterations, or as soon as the objective changes by less than 1e-6 of itself. Neither withstands
/// a long lie: from a mean that it owns an iteration leaves s / (1 − s) of its pull, s being the liars' share, and what remains is 1e-6 of an objective that is the lie's length. Iterations read no row, so ours go on
/// until no weight changes by more than 1e-12 of itself; `iterations: 4` is theirs. Their a_k are what workers say;
/// ours are the operator's, and capped (Shares).
class Rfa final : public Rule {
 public:
  explicit Rfa(const Parameters& values)
      : shares_(values), nu_(values.at("nu")), iterations_(static_cast<size_t>(values.at("iterations"))) {}
  Needs needs() const override { return {.table = true}; }
  Plan decide(const Geometry& geometry) const override {
    const auto shares = shares_.of(geometry);
    return each_block(geometry, [&](const Products& products) { return weighted(weights(products, shares)); });
  }

 private:
  std::vector<double> weights(const Products& products, const std::vector<double>& shares) const {
    auto z = shares;
    normalise(z);
    for (size_t t = 0; t < iterations_; ++t) {
      const auto distances = products.squared_distances_to(z);
      std::vector<double> next(z.size());
      for (size_t k = 0; k < z.size(); ++k) next[k] = shares[k] / std::max(nu_, std::sqrt(distances[k]));
      normalise(next);
      double change = 0;
      for (size_t k = 0; k < z.size(); ++k)
        if (shares[k] > 0) change = std::max(change, std::abs(next[k] - z[k]) / next[k]);
      z = std::move(next);
      if (change <= 1e-12) break;
    }
    return z;
  }

  Shares shares_;
  double nu_;
  size_t iterations_;
};

}  // namespace

RuleEntry rfa_entry() {
  return {{.name = "rfa",
           .sentence = "the point with the smallest sum of distances to the rows, each times the samples behind it",
           .source = "Pillutla, Kakade, Harchaoui 2022 (RFA), Algorithms 1 and 2",
           .parameters = {{.name = "nu",
                           .default_value = 1e-5,
                           .min = 1e-30,
                           .max = 1e30,
                           .sentence = "the distance below which a row pulls no harder"},
                          {.name = "iterations",
                           .default_value = 1000,
                           .min = 1,
                           .max = 100000,
                           .integer = true,
                           .sentence = "at most so many steps; they read no row"},
                          Shares::cap()}},
          "liars with less than half of the samples, none counting for more than count_cap times the median row's",
          "like geometric_median, where workers hold different numbers of samples",
          2,
          {.table = true},
          [](const Parameters&, size_t) { return std::nullopt; },
          [](const Parameters& values) { return std::make_unique<const Rfa>(values); }};
}

}  // namespace zenops
