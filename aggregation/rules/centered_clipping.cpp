#include <algorithm>
#include <cmath>

#include "aggregation/liars.hpp"
#include "aggregation/rule.hpp"
#include "aggregation/rules/lengths.hpp"
#include "aggregation/rules/mean.hpp"
#include "aggregation/rules/shares.hpp"

namespace zenops {
namespace {

/// L times v ← v + (1/n) Σ_k (u_k − v) min(1, τ / ‖u_k − v‖), from v = what came out the last time, at first zero
/// (Karimireddy, He, Jaggi 2021, Algorithm 2). Every iterate is a combination of the rows and the first v: two reads
/// whatever L is; O(n² d + L n²).
class CenteredClipping final : public Rule {
 public:
  explicit CenteredClipping(const Parameters& values)
      : shares_(values), tau_(values.at("tau")), iterations_(static_cast<size_t>(values.at("iterations"))) {}
  Needs needs() const override { return {.trusted = Trust::previous, .table = true}; }
  Plan decide(const Geometry& geometry) const override {
    const auto shares = shares_.of(geometry);
    double sum = 0;
    for (const double share : shares) sum += share;
    return each_block(geometry, [&](const Products& products) {
      const size_t n = products.rows();
      std::vector<double> v(n + 1);
      v[n] = 1;
      for (size_t l = 0; l < iterations_; ++l) {
        const auto distances = products.squared_distances_to(v);
        double kept = 1;
        std::vector<double> pull(n);
        for (size_t k = 0; k < n; ++k) {
          pull[k] = cut(std::sqrt(distances[k]), tau_) * shares[k] / sum;
          kept -= pull[k];
        }
        for (double& w : v) w *= kept;
        for (size_t k = 0; k < n; ++k) v[k] += pull[k];
      }
      BlockPlan plan = weighted(std::span(v).first(n));
      plan.trusted_weight = static_cast<float>(v[n]);
      return plan;
    });
  }

 private:
  Shares shares_;
  double tau_;
  size_t iterations_;
};

}  // namespace

RuleEntry centered_clipping_entry() {
  return {{.name = "centered_clipping",
           .sentence =
               "the last aggregate, moved by the mean of what the rows differ from it, each difference cut to a length",
           .source = "Karimireddy, He, Jaggi 2021 (Learning from History), Algorithm 2",
           .parameters = Shares::parameters({{.name = "tau",
                                              .default_value = 10,
                                              .min = 1e-30,
                                              .max = 1e30,
                                              .sentence = "the length to which differences are cut"},
                                             {.name = "iterations",
                                              .default_value = 1,
                                              .min = 1,
                                              .max = 100000,
                                              .integer = true,
                                              .sentence = "how often; they read no row"},
                                             Liars::checked()})},
          "f < n / 2, each moving the result by at most tau / n",
          "where small lies could add up over the rounds: with momentum at the workers",
          2,
          {.trusted = Trust::previous, .table = true},
          [](const Parameters& values, size_t rows) { return too_few_rows("centered_clipping", values, rows, 2, 1); },
          [](const Parameters& values) { return std::make_unique<const CenteredClipping>(values); }};
}

}  // namespace zenops
