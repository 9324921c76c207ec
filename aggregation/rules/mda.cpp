#include <algorithm>
#include <cmath>
#include <functional>

#include "aggregation/liars.hpp"
#include "aggregation/rule.hpp"
#include "aggregation/rules/krum_scores.hpp"
#include "aggregation/rules/mean.hpp"
#include "aggregation/rules/shares.hpp"
#include "aggregation/rules/vertex_cover.hpp"

namespace zenops {
namespace {

constexpr double kMostWork = 2e10;  // of one block, in steps

/// What all searches of a block may cost in the worst case, each 1.4656^f steps of n. One that succeeds breaks up a pair, of which one row at
/// least is of the cover: f (n − f) + f (f − 1) / 2 pairs. One that fails keeps a row that was not kept before: n at most.
double work(size_t rows, size_t f) {
  if (f == 0) return 0;
  const auto n = static_cast<double>(rows), liars = static_cast<double>(f);
  const double searches = liars * (n - liars) + liars * (liars - 1) / 2 + n;
  return searches * std::pow(1.4656, liars) * n;
}

/// The mean of S* = argmin over |S| = n − f of max_{i, j ∈ S} ‖u_i − u_j‖ (minimum diameter averaging: El Mhamdi,
/// Guerraoui, Guirguis, Hoang, Rouault 2020). Of several S with the same diameter the one whose second
/// largest distance is smallest, and so on; pairs at the same distance in the order of their rows.
///
/// Others try all C(n, f) subsets. A diameter below D is possible if and only if the pairs at D and farther have a
/// vertex cover of f rows, which is found in O(1.4656^f n) steps: pairs are gone through from the farthest, each is
/// broken up if f rows are enough for it and all before it, and otherwise both of its rows stay. Two reads; O(n² d + n²
/// log n) and the searches.
class Mda final : public Rule {
 public:
  explicit Mda(const Parameters& values) : liars_(values), shares_(values) {}
  Needs needs() const override { return {.table = true}; }
  Plan decide(const Geometry& geometry) const override {
    const auto shares = shares_.of(geometry);
    return each_block(geometry, [&](const Products& products) {
      const size_t n = geometry.rows;
      size_t f = liars_.among(geometry, largest_minority(n));
      while (f > 0 && work(n, f) > kMostWork) --f;  // only where nobody asked for an objection
      return weighted(among(closest(products, n, f), shares));
    });
  }

 private:
  static std::vector<size_t> closest(const Products& products, size_t n, size_t f) {
    auto left = all_rows(n);
    if (f == 0) return left;
    struct Pair {
      double distance;
      size_t i, j;
    };
    std::vector<Pair> pairs;
    for (size_t i = 0; i < n; ++i)
      for (size_t j = i + 1; j < n; ++j) pairs.push_back({products.squared_distance(i, j), i, j});
    std::ranges::stable_sort(pairs, std::greater<>(), &Pair::distance);
    VertexCover cover(n, f);
    for (const Pair& pair : pairs) {
      if (cover.settled()) break;
      if (!cover.add(pair.i, pair.j)) {
        cover.keep(pair.i);
        cover.keep(pair.j);
      }
    }
    std::erase_if(left, [&](size_t k) { return cover.covers(k); });
    return left;
  }

  Liars liars_;
  Shares shares_;
};

std::optional<std::string> mda_objection(const Parameters& values, size_t rows) {
  if (auto why = too_few_rows("mda", values, rows, 2, 1)) return why;
  const auto declared = Liars(values).declared();
  const size_t f = declared.value_or(largest_minority(rows));
  if (work(rows, f) <= kMostWork) return std::nullopt;
  size_t most = f;
  while (work(rows, most) > kMostWork) --most;
  return "mda withstands f ≤ " + std::to_string(most) + " of n = " + std::to_string(rows) +
         " rows in a time that can be waited for, got f = " + std::to_string(f) +
         (declared ? "" : ", as many as n allows");
}

}  // namespace

RuleEntry mda_entry() {
  return {
      {.name = "mda",
       .sentence = "the mean of the n − f rows of which no two lie far apart",
       .source =
           "El Mhamdi, Guerraoui, Guirguis, Hoang, Rouault 2020 (Genuinely Distributed Byzantine Machine Learning), "
           "MDA",
       .parameters = Shares::parameters({Liars::parameter()})},
      "f < n / 2",
      "where f is known and no two of the rows that enter may lie far apart",
      2,
      {.table = true},
      mda_objection,
      [](const Parameters& values) { return std::make_unique<const Mda>(values); }};
}

}  // namespace zenops
