#include <algorithm>

#include "aggregation/liars.hpp"
#include "aggregation/rule.hpp"
#include "aggregation/rules/krum_scores.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// θ = n − 2f rows are chosen one after the other, each time Krum's among those that are left; then, per coordinate,
/// the mean of the θ − 2f chosen values nearest to their median (El Mhamdi, Guerraoui, Rouault 2018, section 4). Two
/// reads; O(n² d + n³ log n).
class Bulyan final : public Rule {
 public:
  explicit Bulyan(const Parameters& values) : liars_(values) {}
  Needs needs() const override { return {.table = true}; }
  Plan decide(const Geometry& geometry) const override {
    return each_block(geometry, [&](const Products& products) {
      const size_t n = geometry.rows, f = liars_.among(geometry, n < 3 ? 0 : (n - 3) / 4);
      auto left = all_rows(n);
      std::vector<size_t> chosen;
      while (chosen.size() < n - 2 * f) {
        chosen.push_back(best_by_krum(products, left, f, 1)[0]);
        std::erase(left, chosen.back());
      }
      if (f == 0) return plain_mean(n);
      std::ranges::sort(chosen);
      BlockPlan plan = coordinatewise(n, (chosen.size() - 1) / 2, 2 * f);
      plan.verdicts.assign(n, Verdict::outlier);
      for (const size_t k : chosen) {
        plan.mix.push_back({{static_cast<uint32_t>(k), 1}});
        plan.verdicts[k] = Verdict::accepted;
      }
      return plan;
    });
  }

 private:
  Liars liars_;
};

}  // namespace

RuleEntry bulyan_entry() {
  return {{.name = "bulyan",
           .sentence = "per coordinate, the mean of the values nearest to the median of the rows that Krum chooses",
           .source = "El Mhamdi, Guerraoui, Rouault 2018 (Bulyan), section 4",
           .parameters = {Liars::parameter()}},
          "f ≤ (n − 3) / 4",
          "where a lie may hide in few coordinates of a long row, and n is more than four times f",
          2,
          {.table = true},
          [](const Parameters& values, size_t rows) { return too_few_rows("bulyan", values, rows, 4, 3); },
          [](const Parameters& values) { return std::make_unique<const Bulyan>(values); }};
}

}  // namespace zenops
