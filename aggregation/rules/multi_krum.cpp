#include <algorithm>

#include "aggregation/liars.hpp"
#include "aggregation/rule.hpp"
#include "aggregation/rules/krum_scores.hpp"
#include "aggregation/rules/mean.hpp"
#include "aggregation/rules/shares.hpp"

namespace zenops {
namespace {

/// The mean of the m rows with the best scores of Krum (Blanchard et al. 2017, section 5: Multi-Krum). m is n − f − 2
/// unless it is given, as in El Mhamdi et al. 2018; others take n − f, or 1. Two reads; O(n² d).
class MultiKrum final : public Rule {
 public:
  explicit MultiKrum(const Parameters& values) : liars_(values), shares_(values) {
    if (const auto m = values.find("m"); m != values.end()) m_ = static_cast<size_t>(m->second);
  }
  Needs needs() const override { return {.table = true}; }
  Plan decide(const Geometry& geometry) const override {
    const auto shares = shares_.of(geometry);
    return each_block(geometry, [&](const Products& products) {
      const size_t n = geometry.rows, f = liars_.among(geometry, n < 3 ? 0 : (n - 3) / 2);
      const size_t m = std::clamp<size_t>(m_.value_or(n > f + 2 ? n - f - 2 : 1), 1, n);
      return weighted(among(best_by_krum(products, all_rows(n), f, m), shares));
    });
  }

 private:
  Liars liars_;
  Shares shares_;
  std::optional<size_t> m_;
};

}  // namespace

RuleEntry multi_krum_entry() {
  return {{.name = "multi_krum",
           .sentence = "the mean of the rows that lie nearest to their neighbours",
           .source = "Blanchard, El Mhamdi, Guerraoui, Stainer 2017 (Multi-Krum), section 5",
           .parameters = Shares::parameters({Liars::parameter(),
                                             {.name = "m",
                                              .default_value = 1,
                                              .min = 1,
                                              .max = 65535,
                                              .integer = true,
                                              .optional = true,
                                              .sentence = "how many rows are averaged; without it n − f − 2"}})},
          "f ≤ (n − 3) / 2",
          "where f is known and workers' data are much alike",
          2,
          {.table = true},
          [](const Parameters& values, size_t rows) { return too_few_rows("multi_krum", values, rows, 2, 3); },
          [](const Parameters& values) { return std::make_unique<const MultiKrum>(values); }};
}

}  // namespace zenops
