#include <algorithm>

#include "aggregation/rule.hpp"
#include "aggregation/rules/lengths.hpp"
#include "aggregation/rules/mean.hpp"
#include "aggregation/rules/mean_shift.hpp"

namespace zenops {
namespace {

/// With M the median length, two filters (Xu, Huang, Song, Lan 2022, SignGuard, Algorithm 2):
///   S1  L M ≤ ‖u_k‖ ≤ R M;
///   S2  the largest cluster of the rows' sign statistics, the shares of their numbers above, equal to and below zero;
/// then the mean over S1 ∩ S2 of u_k min(1, M / ‖u_k‖). Clusters are found by mean shift, as in the paper; others cut the rows in two
/// by k-means, which leaves out honest ones even where nobody lies. The paper takes the signs of a tenth of the coordinates, drawn anew
/// each round; ours are counted in all, in the read that measures the lengths. Their code divides each of the three shares by its largest
/// among the rows; ours stay as they are: zeros are so rare in dense rows that their few would weigh as much as all other signs, and a liar
/// who sends many would set the scale. How mean shift differs from theirs: mean_shift.hpp. Where the two filters have no row in common there is no
/// update. Two reads; O(n d).
class SignGuard final : public Rule {
 public:
  explicit SignGuard(const Parameters& values) : lower_(values.at("lower")), upper_(values.at("upper")) {}
  Needs needs() const override { return {.norms = true, .signs = true}; }
  Plan decide(const Geometry& geometry) const override {
    return each_block_by_verdict(geometry, [&](const Products& products) {
      const size_t n = geometry.rows;
      const auto norms = lengths(products);
      const double median = median_of(norms);
      std::vector<bool> usual(n), similar(n);
      for (size_t k = 0; k < n; ++k) usual[k] = norms[k] >= lower_ * median && norms[k] <= upper_ * median;
      for (const size_t k : similar_in_signs(products)) similar[k] = true;
      double count = 0;
      for (size_t k = 0; k < n; ++k) count += usual[k] && similar[k];
      std::vector<double> weights(n);
      for (size_t k = 0; k < n; ++k)
        if (usual[k] && similar[k]) weights[k] = cut(norms[k], median) / count;
      BlockPlan plan = weighted(weights);
      for (size_t k = 0; k < n; ++k)
        if (norms[k] > upper_ * median) plan.verdicts[k] = Verdict::too_long;
      return plan;
    });
  }

 private:
  static std::vector<size_t> similar_in_signs(const Products& products) {
    const size_t n = products.positives.size();
    // Where there are no numbers there are no shares, and all rows are alike.
    double numbers = 1;
    for (size_t k = 0; k < n; ++k) numbers = std::max(numbers, products.positives[k] + products.negatives[k]);
    std::vector<std::array<double, 3>> shares;
    for (size_t k = 0; k < n; ++k) {
      const double above = products.positives[k] / numbers, below = products.negatives[k] / numbers;
      shares.push_back({above, 1 - above - below, below});
    }
    return largest_cluster(shares);
  }
  double lower_, upper_;
};

}  // namespace

RuleEntry signguard_entry() {
  return {{.name = "signguard",
           .sentence = "the mean of the rows of usual length whose signs are spread like most rows', each cut to the median length",
           .source = "Xu, Huang, Song, Lan 2022 (SignGuard), Algorithm 2",
           .parameters = {{.name = "lower",
                           .default_value = 0.1,
                           .min = 0,
                           .max = 1,
                           .sentence = "the shortest row that counts, in median lengths"},
                          {.name = "upper",
                           .default_value = 3,
                           .min = 1,
                           .max = 1e30,
                           .sentence = "the longest row that counts, in median lengths"}}},
          "f < n / 2, each moving the mean by at most a median length over the number of rows that are left",
          "where liars turn their rows round and keep them as long as an honest one",
          2,
          {.norms = true, .signs = true},
          [](const Parameters&, size_t) { return std::nullopt; },
          [](const Parameters& values) { return std::make_unique<const SignGuard>(values); }};
}

}  // namespace zenops
