#include "aggregation/rule.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// (1/n) Σ_k u_k. O(n d), one read. Zeno-PS's NaiveValidator, which divides by zero when there are no rows; we update
/// nothing.
class Average final : public Rule {
 public:
  Needs needs() const override { return {}; }
  Plan decide(const Geometry& geometry) const override {
    return each_block(geometry, [&](const Products&) { return plain_mean(geometry.rows); });
  }
};

}  // namespace

RuleEntry average_entry() {
  return {{.name = "average", .sentence = "the mean of all rows", .source = "Zeno-PS NaiveValidator", .parameters = {}},
          "no liar",
          "where nobody lies, and to see what another rule costs",
          1,
          {},
          [](const Parameters&, size_t) { return std::nullopt; },
          [](const Parameters&) { return std::make_unique<const Average>(); }};
}

}  // namespace zenops
