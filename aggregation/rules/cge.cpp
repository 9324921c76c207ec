#include <algorithm>

#include "aggregation/liars.hpp"
#include "aggregation/rule.hpp"
#include "aggregation/rules/krum_scores.hpp"
#include "aggregation/rules/mean.hpp"
#include "aggregation/rules/shares.hpp"

namespace zenops {
namespace {

/// The mean of the n − f shortest rows (comparative gradient elimination: Gupta, Liu, Vaidya 2021; they add
/// where we take the mean). Of rows of the same length the earlier. Two reads; O(n d).
///
/// It measures how long a lie is, not where it points: f rows of an honest length that point backwards all stay.
class Cge final : public Rule {
 public:
  explicit Cge(const Parameters& values) : liars_(values), shares_(values) {}
  Needs needs() const override { return {.norms = true}; }
  Plan decide(const Geometry& geometry) const override {
    const auto shares = shares_.of(geometry);
    return each_block(geometry, [&](const Products& products) {
      const size_t n = geometry.rows, f = liars_.among(geometry, (n - 1) / 2);
      auto order = all_rows(n);
      std::ranges::stable_sort(order, {}, [&](size_t k) { return products.squared_norms[k]; });
      return weighted(among(std::span(order).first(n - f), shares));
    });
  }

 private:
  Liars liars_;
  Shares shares_;
};

}  // namespace

RuleEntry cge_entry() {
  return {{.name = "cge",
           .sentence = "the mean of the n − f shortest rows",
           .source = "Gupta, Liu, Vaidya 2021 (Byzantine Fault-Tolerant Distributed Machine Learning using Norm-Based "
                     "Comparative Gradient Elimination)",
           .parameters = Shares::parameters({Liars::parameter()})},
          "f < n / 2 whose lies are long",
          "where liars are known to exaggerate and the work must be little",
          2,
          {.norms = true},
          [](const Parameters& values, size_t rows) { return too_few_rows("cge", values, rows, 2, 1); },
          [](const Parameters& values) { return std::make_unique<const Cge>(values); }};
}

}  // namespace zenops
