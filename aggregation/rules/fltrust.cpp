#include <algorithm>
#include <cmath>
#include <limits>

#include "aggregation/rule.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// Σ_k TS_k (‖v‖ / ‖u_k‖) u_k / Σ_k TS_k, with the trust score TS_k = max(0, cos(u_k, v)) and v the trusted row (Cao,
/// Fang, Liu, Gong 2021, equation 4). v itself is not averaged in. A row of zeros has no direction and no trust, nor
/// has one so short that no float makes it as long as v: a liar's denormal numbers would come back as Inf. Where no row
/// is trusted there is no update. Two reads, O(n d).
class FlTrust final : public Rule {
 public:
  Needs needs() const override { return {.trusted = Trust::validator}; }
  Plan decide(const Geometry& geometry) const override {
    return each_block_by_verdict(geometry, [](const Products& products) {
      const size_t n = products.rows();
      std::vector<double> trust(n), weights(n);
      double sum = 0;
      for (size_t k = 0; k < n; ++k) {
        const double length = std::sqrt(products.squared_norms[k]), trusted = std::sqrt(products.trusted_squared_norm);
        if (!(length > 0 && trusted > 0 && trusted / length <= std::numeric_limits<float>::max())) continue;
        trust[k] = std::clamp(products.dots[k] / length / trusted, 0.0, 1.0);
        weights[k] = trust[k] * trusted / length;
        sum += trust[k];
      }
      for (double& w : weights) w = sum > 0 ? w / sum : 0;
      BlockPlan block = weighted(weights);
      for (Verdict& verdict : block.verdicts)
        if (verdict != Verdict::accepted) verdict = Verdict::opposes;
      return block;
    });
  }
};

}  // namespace

RuleEntry fltrust_entry() {
  return {
      {.name = "fltrust",
       .sentence = "the mean of the rows, cut to the trusted row's length and weighted by how well they agree with it",
       .source = "Cao, Fang, Liu, Gong 2021 (FLTrust), equation 4",
       .parameters = {}},
      "any f < n, as long as the trusted row is honest",
      "where the server has samples of its own and liars may be the majority",
      2,
      {.trusted = Trust::validator},
      [](const Parameters&, size_t) { return std::nullopt; },
      [](const Parameters&) { return std::make_unique<const FlTrust>(); }};
}

}  // namespace zenops
