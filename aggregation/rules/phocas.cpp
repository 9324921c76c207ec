#include <algorithm>

#include "aggregation/rule.hpp"
#include "aggregation/rules/trim.hpp"

namespace zenops {
namespace {

/// Per coordinate, the mean of the n − b values nearest to the b-trimmed mean (Phocas_b: Xie, Koyejo, Gupta 2018,
/// arXiv:1805.09682, Definition 8). One read; O(log² n) compare-exchanges per value.
///
/// b = f when f is given; otherwise Zeno-PS's max(1, ⌊ratio n⌋), which trims one value even where the ratio is 0. It is
/// kept below n / 2, which Zeno-PS does not need for its ratio of 0.2. For n ≤ 2 we take the plain mean and say so;
/// Zeno-PS silently updates nothing.
class Phocas final : public Rule {
 public:
  explicit Phocas(const Parameters& parameters) : trim_(parameters) {}
  Needs needs() const override { return {}; }
  Plan decide(const Geometry& geometry) const override {
    const size_t by_ratio = std::max<size_t>(1, trim_.share(geometry.rows));
    return trimmed_plan(geometry, Combine::nearest_mean, trim_, trim_.liars(geometry).value_or(by_ratio));
  }

 private:
  Trim trim_;
};

}  // namespace

RuleEntry phocas_entry() {
  return {{.name = "phocas",
           .sentence = "per coordinate, the mean of the values nearest to the trimmed mean",
           .source = "Xie, Koyejo, Gupta 2018 (arXiv:1805.09682), Definition 8; Zeno-PS PhocasValidator",
           .parameters = Trim::parameters()},
          "f < n / 2 (without f: a trim_ratio of the rows, at least one)",
          "where trimmed_mean would be the mean of too few: it averages n − f values of n, not n − 2f",
          1,
          {},
          [](const Parameters& values, size_t rows) { return Trim::objection("phocas", values, rows); },
          [](const Parameters& values) { return std::make_unique<const Phocas>(values); }};
}

}  // namespace zenops
