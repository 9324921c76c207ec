#include <algorithm>
#include <cmath>

#include "aggregation/rule.hpp"
#include "aggregation/rules/lengths.hpp"
#include "aggregation/rules/mean.hpp"
#include "aggregation/rules/shares.hpp"

namespace zenops {
namespace {

/// (1/n) Σ_k u_k min(1, τ / ‖u_k‖) (Sun, Kairouz, Suresh, McMahan 2019, norm thresholding). They fix τ;
/// unless it is given we take the ⌈q n⌉-th shortest row's length, q = 1/2 for the median, which is never longer than
/// the longest honest row while f ≤ n − ⌈q n⌉. No length is interpolated: a liar beside the median would pull it. Two
/// reads; O(n d).
class NormClipping final : public Rule {
 public:
  explicit NormClipping(const Parameters& values) : shares_(values), quantile_(values.at("quantile")) {
    if (const auto tau = values.find("tau"); tau != values.end()) tau_ = tau->second;
  }
  Needs needs() const override { return {.norms = true}; }
  Plan decide(const Geometry& geometry) const override {
    const auto shares = shares_.of(geometry);
    double sum = 0;
    for (const double share : shares) sum += share;
    return each_block(geometry, [&](const Products& products) {
      const auto norms = lengths(products);
      const double tau = tau_.value_or(length_of_quantile(norms));
      std::vector<double> weights;
      for (size_t k = 0; k < geometry.rows; ++k) weights.push_back(cut(norms[k], tau) * shares[k] / sum);
      return weighted(weights);
    });
  }

 private:
  double length_of_quantile(std::vector<double> norms) const {
    const auto rank = static_cast<size_t>(std::ceil(quantile_ * static_cast<double>(norms.size())));
    const auto at = norms.begin() + static_cast<ptrdiff_t>(std::clamp<size_t>(rank, 1, norms.size()) - 1);
    std::ranges::nth_element(norms, at);
    return *at;
  }

  Shares shares_;
  double quantile_;
  std::optional<double> tau_;
};

}  // namespace

RuleEntry norm_clipping_entry() {
  return {
      {.name = "norm_clipping",
       .sentence = "the mean of the rows, those cut that are longer than a length that is set, or than the median row",
       .source = "Sun, Kairouz, Suresh, McMahan 2019 (Can You Really Backdoor Federated Learning?): norm thresholding",
       .parameters =
           Shares::parameters({{.name = "quantile",
                                .default_value = 0.5,
                                .min = 0,
                                .max = 1,
                                .sentence = "rows are cut to the length that this share of them does not exceed"},
                               {.name = "tau",
                                .default_value = 1,
                                .min = 1e-30,
                                .max = 1e30,
                                .optional = true,
                                .sentence = "the length to which rows are cut; replaces quantile"}})},
      "f < n / 2, each moving the result by at most the length that is set, or the median row's, over n",
      "where every row is to count but none for more than an honest one, as against updates that were scaled up",
      2,
      {.norms = true},
      [](const Parameters&, size_t) { return std::nullopt; },
      [](const Parameters& values) { return std::make_unique<const NormClipping>(values); }};
}

}  // namespace zenops
