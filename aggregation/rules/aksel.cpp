#include <algorithm>

#include "aggregation/liars.hpp"
#include "aggregation/rule.hpp"
#include "aggregation/rules/krum_scores.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// The mean of the rows nearest to the median m of the rows, coordinate by coordinate: of those with ‖u_k − m‖² at most the median of
/// these squares (Boussetta, El Mhamdi, Guerraoui, Maurer, Rouault 2020, AKSEL, Algorithm 1), which are ⌈n / 2⌉. With f they are n − f
/// instead, as in LPD's variant. Of two at the same distance the earlier. In a training m is made by each shard of the rows that came
/// to it; where some shard refused what others took, it is made again of those that enter. Three reads: one makes m, one measures,
/// one averages; where m is made again, two more. O(n log² n d).
class Aksel final : public Rule {
 public:
  explicit Aksel(const Parameters& values) : liars_(values) {}
  Needs needs() const override { return {.trusted = Trust::median, .gaps = true}; }
  Plan decide(const Geometry& geometry) const override {
    return each_block(geometry, [&](const Products& products) {
      const size_t n = geometry.rows;
      auto order = all_rows(n);
      std::ranges::stable_sort(order, {}, [&](size_t k) { return products.gaps[k]; });
      order.resize(std::max<size_t>(n - liars_.among(geometry, n / 2), 1));
      return mean_of(order, n);
    });
  }

 private:
  Liars liars_;
};

}  // namespace

RuleEntry aksel_entry() {
  return {{.name = "aksel",
           .sentence = "the mean of the rows nearest to their coordinate-wise median",
           .source = "Boussetta, El Mhamdi, Guerraoui, Maurer, Rouault 2020 (AKSEL), Algorithm 1",
           .parameters = {Liars::parameter()}},
          "f < n / 2",
          "where workers' data are alike and n² distances are too many",
          3,
          {.trusted = Trust::median, .gaps = true},
          [](const Parameters& values, size_t rows) { return too_few_rows("aksel", values, rows, 2, 1); },
          [](const Parameters& values) { return std::make_unique<const Aksel>(values); }};
}

}  // namespace zenops
