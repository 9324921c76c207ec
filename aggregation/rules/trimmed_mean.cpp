#include <algorithm>

#include "aggregation/rule.hpp"
#include "aggregation/rules/trim.hpp"

namespace zenops {
namespace {

/// Per coordinate, the mean of the n − 2b values that are left when the b smallest and the b largest are dropped (Yin,
/// Chen, Ramchandran, Bartlett 2018, Definition 2). One read; O(log² n) compare-exchanges per value.
///
/// b = f when f is given; otherwise Zeno-PS's min(⌊(n − 2) / 2⌋, ⌊ratio n⌋). Where b is 0 we take the plain mean and
/// say so; Zeno-PS does the same silently for n = 3 and 4, and for n ≤ 2 silently updates nothing.
class TrimmedMean final : public Rule {
 public:
  explicit TrimmedMean(const Parameters& parameters) : trim_(parameters) {}
  Needs needs() const override { return {}; }
  Plan decide(const Geometry& geometry) const override {
    const size_t n = geometry.rows;
    const size_t by_ratio = n < 3 ? 0 : std::min((n - 2) / 2, trim_.share(n));
    return trimmed_plan(geometry, Combine::trimmed_mean, trim_, trim_.liars(geometry).value_or(by_ratio));
  }

 private:
  Trim trim_;
};

}  // namespace

RuleEntry trimmed_mean_entry() {
  return {{.name = "trimmed_mean",
           .sentence = "per coordinate, the mean without the smallest and the largest values",
           .source = "Yin et al. 2018, Definition 2; Zeno-PS TrimmedMeanValidator",
           .parameters = Trim::parameters()},
          "f < n / 2 (without f: a trim_ratio of the rows)",
          "where f is known and one pass must do; with nnm before it also where workers' data differ",
          1,
          {},
          [](const Parameters& values, size_t rows) { return Trim::objection("trimmed_mean", values, rows); },
          [](const Parameters& values) { return std::make_unique<const TrimmedMean>(values); }};
}

}  // namespace zenops
