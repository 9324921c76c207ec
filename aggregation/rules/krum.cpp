#include "aggregation/liars.hpp"
#include "aggregation/rule.hpp"
#include "aggregation/rules/krum_scores.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// The row with the smallest sum of squared distances to its n − f − 2 nearest others (Blanchard, El Mhamdi, Guerraoui,
/// Stainer 2017). Implementations differ in what the paper says: we square, and leave the row itself and f + 1 more
/// out. Two reads; O(n² d).
class Krum final : public Rule {
 public:
  explicit Krum(const Parameters& values) : liars_(values) {}
  Needs needs() const override { return {.table = true}; }
  Plan decide(const Geometry& geometry) const override {
    return each_block(geometry, [&](const Products& products) {
      const size_t n = geometry.rows, f = liars_.among(geometry, n < 3 ? 0 : (n - 3) / 2);
      return mean_of(best_by_krum(products, all_rows(n), f, 1), n);
    });
  }

 private:
  Liars liars_;
};

}  // namespace

RuleEntry krum_entry() {
  return {{.name = "krum",
           .sentence = "the row that lies nearest to its neighbours",
           .source = "Blanchard, El Mhamdi, Guerraoui, Stainer 2017 (Krum), section 4",
           .parameters = {Liars::parameter()}},
          "f ≤ (n − 3) / 2",
          "where the update must be a row that somebody sent, at the price of that row's noise",
          2,
          {.table = true},
          [](const Parameters& values, size_t rows) { return too_few_rows("krum", values, rows, 2, 3); },
          [](const Parameters& values) { return std::make_unique<const Krum>(values); }};
}

}  // namespace zenops
