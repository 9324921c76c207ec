#include <algorithm>

#include "aggregation/liars.hpp"
#include "aggregation/rule.hpp"
#include "aggregation/rules/krum_scores.hpp"
#include "aggregation/rules/mean.hpp"
#include "aggregation/rules/shares.hpp"

namespace zenops {
namespace {

/// The mean of the n − f rows nearest to the trusted row v (MoNNA: Farhadkhani, Guerraoui, Gupta, Hoang, Pinot, Stephan
/// 2023, Algorithm 1, where every node trusts its own). Of rows at the same distance the earlier. Two reads; O(n² d),
/// for the table: ‖u‖² − 2 ⟨u, v⟩ + ‖v‖² would do with O(n d), but a common offset takes all its digits.
///
/// v is the validator's row and is not averaged in. ByzFL's MoNNA(idx) believes a worker by its index and averages its
/// row in; the row at an index is another's as soon as one row is missing or refused, which a liar can bring about, so
/// there is no such parameter. Whoever aggregates rows of which one is his own gives it as the trusted row too: being
/// at no distance from itself it is averaged in.
class Monna final : public Rule {
 public:
  explicit Monna(const Parameters& values) : liars_(values), shares_(values) {}
  Needs needs() const override { return {.trusted = Trust::validator, .table = true}; }
  Plan decide(const Geometry& geometry) const override {
    const auto shares = shares_.of(geometry);
    return each_block(geometry, [&](const Products& products) {
      const size_t n = geometry.rows, f = liars_.among(geometry, (n - 1) / 2);
      auto order = all_rows(n);
      std::ranges::stable_sort(order, {}, [&](size_t k) { return products.squared_distance(n, k); });
      return weighted(among(std::span(order).first(n - f), shares));
    });
  }

 private:
  Liars liars_;
  Shares shares_;
};

}  // namespace

RuleEntry monna_entry() {
  return {{.name = "monna",
           .sentence = "the mean of the n − f rows nearest to the trusted row",
           .source = "Farhadkhani, Guerraoui, Gupta, Hoang, Pinot, Stephan 2023 (MoNNA), Algorithm 1",
           .parameters = Shares::parameters({Liars::parameter()})},
          "f < n / 2, as long as the trusted row is honest",
          "where the server has samples of its own and liars are the minority: it takes n − f rows as they are",
          2,
          {.trusted = Trust::validator, .table = true},
          [](const Parameters& values, size_t rows) { return too_few_rows("monna", values, rows, 2, 1); },
          [](const Parameters& values) { return std::make_unique<const Monna>(values); }};
}

}  // namespace zenops
