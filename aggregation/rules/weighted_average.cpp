#include "aggregation/rule.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// Σ_k c_k u_k / Σ_k c_k, where c_k is the number of samples behind row k (FedAvg: McMahan et al. 2017, Algorithm 1).
/// The counts are the operator's, never the worker's word; where they are not known it is the average. O(n d), one
/// read.
class WeightedAverage final : public Rule {
 public:
  Needs needs() const override { return {}; }
  Plan decide(const Geometry& geometry) const override {
    double sum = 0;
    for (const double c : geometry.counts) sum += c;
    return each_block(geometry, [&](const Products&) {
      if (!(sum > 0)) return plain_mean(geometry.rows);
      std::vector<double> weights;
      for (const double c : geometry.counts) weights.push_back(c / sum);
      return weighted(weights);
    });
  }
};

}  // namespace

RuleEntry weighted_average_entry() {
  return {{.name = "weighted_average",
           .sentence = "the mean of all rows, weighted by the number of samples behind each",
           .source = "McMahan et al. 2017 (FedAvg), Algorithm 1",
           .parameters = {}},
          "no liar",
          "where nobody lies and workers hold different numbers of samples",
          1,
          {},
          [](const Parameters&, size_t) { return std::nullopt; },
          [](const Parameters&) { return std::make_unique<const WeightedAverage>(); }};
}

}  // namespace zenops
