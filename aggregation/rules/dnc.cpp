#include <algorithm>

#include "aggregation/eigen.hpp"
#include "aggregation/liars.hpp"
#include "aggregation/rule.hpp"
#include "aggregation/rules/centred_products.hpp"
#include "aggregation/rules/krum_scores.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// `iterations` times: of r random coordinates, the rows centred on their mean, v their top right singular vector and s_k = ⟨u_k − μ, v⟩²
/// a row's score; the n − ⌊c f⌋ rows with the lowest scores are good. Then the mean of those that are good every time (Shejwalkar,
/// Houmansadr 2021, Divide and Conquer, Algorithm 2). v is not made: s_k = λ e_k² with e the top eigenvector of the centred (n, n) matrix
/// of inner products, which follows from the distances. Of rows with the same score the earlier is good. Where none is good every
/// time there is no update and the note says so; others return zeros silently or fail. Coordinates are drawn one from each of r
/// stretches (aggregation/draws.hpp), not uniformly; whoever knows the seed knows them, and may lie in others (in a simulation liars do
/// not look). One read, and `iterations` · r numbers of every row; O(iterations · n² (n + r)).
class Dnc final : public Rule {
 public:
  explicit Dnc(const Parameters& values)
      : liars_(values),
        share_(values.at("c")),
        draws_{.sets = static_cast<uint32_t>(values.at("iterations")), .size = static_cast<uint32_t>(values.at("r"))} {}
  Needs needs() const override { return {.draws = draws_}; }
  Plan decide(const Geometry& geometry) const override {
    return each_block_by_verdict(geometry, [&](const Products& products) {
      const size_t n = geometry.rows, f = liars_.among(geometry, (n - 1) / 2);
      const auto bad = std::min(static_cast<size_t>(share_ * static_cast<double>(f)), n - 1);
      std::vector<size_t> times_good(n);
      for (const Products& set : products.draws) {
        const auto scores = scores_of(set);
        auto order = all_rows(n);
        std::ranges::stable_sort(order, {}, [&](size_t k) { return scores[k]; });
        for (size_t k = 0; k < n - bad; ++k) ++times_good[order[k]];
      }
      std::vector<size_t> good;
      for (size_t k = 0; k < n; ++k)
        if (times_good[k] == products.draws.size()) good.push_back(k);
      return mean_of(good, n);
    });
  }

 private:
  /// λ e_k². Where no row differs λ is 0, and e is any.
  static std::vector<double> scores_of(const Products& set) {
    const size_t n = set.rows();
    const auto [value, vector] = top_eigenpair(centred_products(set, all_rows(n)), n);
    std::vector<double> scores;
    for (const double e : vector) scores.push_back(std::max(value, 0.0) * e * e);
    return scores;
  }

  Liars liars_;
  double share_;
  Draws draws_;
};

constexpr double kCoordinates = 10'000;

}  // namespace

RuleEntry dnc_entry() {
  return {{.name = "dnc",
           .sentence = "the mean of the rows that stand out along the direction of most spread in none of some random sets of coordinates",
           .source = "Shejwalkar, Houmansadr 2021 (Manipulating the Byzantine, Divide and Conquer), Algorithm 2",
           .parameters = {Liars::parameter(),
                          {.name = "c",
                           .default_value = 1,
                           .min = 0,
                           .max = 1000,
                           .sentence = "rows that are left out each time, in liars"},
                          {.name = "r",
                           .default_value = kCoordinates,
                           .min = 1,
                           .max = 1e9,
                           .integer = true,
                           .sentence = "coordinates in a set, of what is judged as a whole"},
                          {.name = "iterations",
                           .default_value = 1,
                           .min = 1,
                           .max = 100,
                           .integer = true,
                           .sentence = "how many sets"}}},
          "f < n / 2",
          "where liars hide within the spread of honest rows and d is large",
          1,
          {.draws = {.sets = 1, .size = static_cast<uint32_t>(kCoordinates)}},
          [](const Parameters& values, size_t rows) { return too_few_rows("dnc", values, rows, 2, 1); },
          [](const Parameters& values) { return std::make_unique<const Dnc>(values); }};
}

}  // namespace zenops
