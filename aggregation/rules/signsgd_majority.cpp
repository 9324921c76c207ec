#include "aggregation/rule.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// [y]_i = η sign(Σ_k sign([u_k]_i)) (Bernstein, Wang, Azizzadenesheli, Anandkumar 2018, Algorithm 3; Bernstein, Zhao,
/// Azizzadenesheli, Anandkumar 2019, Algorithm 1). A zero does not vote and a tie moves nothing: the paper's signs are never zero, and
/// implementations that send one bit make −1 or +1 of it. The rows' lengths do not count, their learning rate and local steps neither:
/// η is how far every parameter moves in a round. One read; O(n d).
class SignSgdMajority final : public Rule {
 public:
  explicit SignSgdMajority(const Parameters& values) : step_(static_cast<float>(values.at("step"))) {}
  Needs needs() const override { return {}; }
  Plan decide(const Geometry& geometry) const override {
    return each_block(geometry, [&](const Products&) {
      BlockPlan plan{.combine = Combine::majority, .verdicts = std::vector<Verdict>(geometry.rows, Verdict::accepted)};
      plan.step = step_;
      return plan;
    });
  }

 private:
  float step_;
};

}  // namespace

RuleEntry signsgd_majority_entry() {
  return {{.name = "signsgd_majority",
           .sentence = "moves every parameter by one step to the side to which most rows move it",
           .source = "Bernstein, Wang, Azizzadenesheli, Anandkumar 2018 (signSGD), Algorithm 3; Bernstein, Zhao, Azizzadenesheli, "
                     "Anandkumar 2019 (signSGD with Majority Vote), Algorithm 1",
           .parameters = {{.name = "step",
                           .default_value = 0.001,
                           .min = 0,
                           .max = 1e30,
                           .sentence = "how far a parameter moves in a round, in its own unit; the rows' lengths do not count"}}},
          "f < n / 2 per coordinate, as far as the honest rows agree on the sign",
          "where workers send signs, or rows of any length must count the same",
          1,
          {},
          [](const Parameters&, size_t) { return std::nullopt; },
          [](const Parameters& values) { return std::make_unique<const SignSgdMajority>(values); }};
}

}  // namespace zenops
