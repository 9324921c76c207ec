#include <algorithm>
#include <cmath>

#include "aggregation/rule.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// v ← v + (1/n) Σ_k (u_k − v) min(1, τ / ‖u_k − v‖) over the updates that came, of n workers, from v = what came out the last time, at
/// first zero; v is what is added (Karimireddy, He, Jaggi 2021, Algorithm 2 with one iteration, over those present as their
/// AsyncCenteredClipping does it). Each update moves v by τ / n at most. O(d).
class AsyncCenteredClipping final : public Rule {
 public:
  explicit AsyncCenteredClipping(const Parameters& values) : tau_(values.at("tau")) {}
  Needs needs() const override { return {.trusted = Trust::previous, .table = true}; }
  Plan decide(const Geometry& geometry) const override {
    return each_block(geometry, [&](const Products& products) {
      const size_t n = products.rows();
      const auto members = static_cast<double>(std::max(geometry.members, n));
      std::vector<double> pull;
      double kept = 1;
      for (size_t k = 0; k < n; ++k) {
        const double distance = std::sqrt(products.squared_distance(k, n));
        pull.push_back((distance > tau_ ? tau_ / distance : 1) / members);
        kept -= pull.back();
      }
      BlockPlan plan = weighted(pull);
      plan.trusted_weight = static_cast<float>(kept);
      return plan;
    });
  }

 private:
  double tau_;
};

}  // namespace

RuleEntry async_centered_clipping_entry() {
  return {{.name = "async_centered_clipping",
           .sentence = "a running mean of the updates, moved by each no further than a length",
           .source = "Karimireddy, He, Jaggi 2021 (Learning from History), Algorithm 2, over those present",
           .parameters = {{.name = "tau",
                           .default_value = 10,
                           .min = 1e-30,
                           .max = 1e30,
                           .sentence = "the length to which differences are cut"}}},
          "f < n / 2, each update moving the result by at most tau / n",
          "in asynchronous training where nobody has samples to judge by and no single update may do much",
          2,
          {.trusted = Trust::previous, .table = true},
          {},
          [](const Parameters& values) { return std::make_unique<const AsyncCenteredClipping>(values); },
          true};
}

}  // namespace zenops
