#include "aggregation/liars.hpp"
#include "aggregation/rule.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// Per coordinate the median, of an even number of values the mean of the middle two (Yin, Chen, Ramchandran, Bartlett
/// 2018, Definition 1; torch's median, which others use, is the lower of the two). One read; O(log² n)
/// compare-exchanges per value.
class Median final : public Rule {
 public:
  Needs needs() const override { return {}; }
  Plan decide(const Geometry& geometry) const override {
    return each_block(geometry,
                      [&](const Products&) { return coordinatewise(geometry.rows, (geometry.rows - 1) / 2); });
  }
};

}  // namespace

RuleEntry median_entry() {
  return {{.name = "median",
           .sentence = "per coordinate, the median",
           .source = "Yin et al. 2018, Definition 1",
           .parameters = {Liars::checked()}},
          "f < n / 2",
          "where nearly half may lie and one pass must do; it keeps little of what honest rows say",
          1,
          {},
          [](const Parameters& values, size_t rows) { return too_few_rows("median", values, rows, 2, 1); },
          [](const Parameters&) { return std::make_unique<const Median>(); }};
}

}  // namespace zenops
