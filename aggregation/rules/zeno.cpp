#include <algorithm>
#include <cassert>

#include "aggregation/rule.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// With v the trusted row, the mean of the rows u for which ⟨u, v⟩ > η ‖v‖² and ‖u‖² < (1 + ρ) ‖v‖² (Zeno-PS's
/// ZenoValidator, which takes means over the elements instead of sums: both inequalities are ratios). v itself is not
/// averaged in. One read to measure, one of the accepted rows to average: O(n d).
///
/// This is not the score of the Zeno paper (Xie, Koyejo, Gupta 2019), which needs the loss. A row of zeros, which is
/// what a worker that skips the block sends, is accepted and counted when η < 0; when v is zero nothing is accepted.
/// Both as in Zeno-PS, but a block that accepts nothing is noted.
class Zeno final : public Rule {
 public:
  explicit Zeno(const Parameters& parameters) : eta_(parameters.at("eta")), rho_(parameters.at("rho")) {}
  Needs needs() const override { return {.trusted = Trust::validator}; }

  Plan decide(const Geometry& geometry) const override {
    return each_block_by_verdict(geometry, [&](const Products& products) { return decide(products, geometry.rows); });
  }

 private:
  BlockPlan decide(const Products& products, size_t rows) const {
    assert(products.squared_norms.size() == rows && products.dots.size() == rows);
    BlockPlan plan;
    for (size_t k = 0; k < rows; ++k) plan.verdicts.push_back(judge(products, k));
    const auto accepted = std::ranges::count(plan.verdicts, Verdict::accepted);
    for (const Verdict verdict : plan.verdicts)
      plan.weights.push_back(verdict == Verdict::accepted ? 1 / static_cast<float>(accepted) : 0);
    return plan;
  }

  Verdict judge(const Products& products, size_t k) const {
    const double trusted = products.trusted_squared_norm;
    // Written so that a NaN is refused.
    if (!(products.dots[k] > eta_ * trusted)) return Verdict::opposes;
    if (!(products.squared_norms[k] < (1 + rho_) * trusted)) return Verdict::too_long;
    return Verdict::accepted;
  }

  double eta_, rho_;
};

}  // namespace

RuleEntry zeno_entry() {
  return {
      {.name = "zeno",
       .sentence = "the mean of the rows that agree with a trusted row and are not much longer",
       .source = "Zeno-PS ZenoValidator; after Xie, Koyejo, Gupta 2019 (Zeno)",
       .parameters = {{.name = "eta",
                       .default_value = -0.001,
                       .min = -1,
                       .max = 1,
                       .sentence =
                           "a row counts if its dot product with the trusted row exceeds eta times that row's square"},
                      {.name = "rho",
                       .default_value = 0.6,
                       .min = 0,
                       .max = 1000,
                       .sentence = "a row counts if its square is below 1 + rho times the trusted row's"}}},
      "any f < n, as long as the trusted row is honest",
      "where the server has samples of its own and each row is to be judged by itself",
      2,
      {.trusted = Trust::validator},
      [](const Parameters&, size_t) { return std::nullopt; },
      [](const Parameters& values) { return std::make_unique<const Zeno>(values); }};
}

}  // namespace zenops
