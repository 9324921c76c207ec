#include <algorithm>
#include <cmath>
#include <cstdio>

#include "aggregation/liars.hpp"
#include "aggregation/rule.hpp"
#include "aggregation/rules/krum_scores.hpp"
#include "aggregation/rules/mean.hpp"
#include "aggregation/rules/shares.hpp"
#include "aggregation/rules/tightest.hpp"

namespace zenops {
namespace {

/// C(n, f); infinite beyond what a double holds.
double subsets(size_t n, size_t f) {
  double product = 1;
  for (size_t k = 1; k <= f && std::isfinite(product); ++k)
    product = product * static_cast<double>(n - f + k) / static_cast<double>(k);
  return std::round(product);
}

/// How many subsets may be tried, which takes about a second where none can be left out: one differs from the next by
/// the last n / (f + 1) rows on average, each of which takes n² / 2 steps.
double most_subsets(size_t n, size_t f) {
  const auto rows = static_cast<double>(n);
  return std::floor(4e9 * 2 * static_cast<double>(f + 1) / (rows * rows * rows));
}

bool few_enough(size_t n, size_t f) { return subsets(n, f) <= most_subsets(n, f); }

/// How many of f liars can be afforded.
size_t most_liars(size_t n, size_t f) {
  size_t most = 0;
  while (most < f && few_enough(n, most + 1)) ++most;
  return most;
}

/// The mean of S* = argmin over |S| = n − f of the largest eigenvalue of S's covariance (smallest maximum eigenvalue
/// averaging: Allouah, Guerraoui, Gupta, Pinot, Stephan 2023). Two reads; O(n² d), and O(C(n,
/// f) n²) for the search, which is exact: see Tightest. ByzFL's λ is one step of the power method from a random start,
/// whose answer another seed changes.
class Smea final : public Rule {
 public:
  explicit Smea(const Parameters& values) : liars_(values), shares_(values) {}
  Needs needs() const override { return {.table = true}; }
  Plan decide(const Geometry& geometry) const override {
    const auto shares = shares_.of(geometry);
    return each_block(geometry, [&](const Products& products) {
      const size_t n = geometry.rows;
      size_t f = liars_.among(geometry, largest_minority(n));
      if (!few_enough(n, f)) f = most_liars(n, f);  // only where nobody asked for an objection
      return weighted(among(f == 0 ? all_rows(n) : Tightest(products, n - f).rows(), shares));
    });
  }

 private:
  Liars liars_;
  Shares shares_;
};

std::optional<std::string> smea_objection(const Parameters& values, size_t rows) {
  if (auto why = too_few_rows("smea", values, rows, 2, 1)) return why;
  const size_t f = Liars(values).declared().value_or(largest_minority(rows));
  if (few_enough(rows, f)) return std::nullopt;
  const auto text = [](double count) {
    if (!std::isfinite(count)) return std::string("over 1e308");
    char digits[32];
    std::snprintf(digits, sizeof digits, count < 1e15 ? "%.0f" : "%.1e", count);
    return std::string(digits);
  };
  return "smea tries C(" + std::to_string(rows) + ", " + std::to_string(f) + ") = " + text(subsets(rows, f)) +
         " subsets, more than the " + text(most_subsets(rows, f)) +
         " that take about a second for a block; it withstands f ≤ " + std::to_string(most_liars(rows, f)) +
         " of so many rows";
}

}  // namespace

RuleEntry smea_entry() {
  return {
      {.name = "smea",
       .sentence = "the mean of the n − f rows that vary least in the direction in which they vary most",
       .source =
           "Allouah, Guerraoui, Gupta, Pinot, Stephan 2023 (On the Privacy-Robustness-Utility Trilemma in Distributed "
           "Learning): SMEA",
       .parameters = Shares::parameters({Liars::parameter()})},
      "f < n / 2",
      "where liars agree on a direction instead of a distance, and n is small",
      2,
      {.table = true},
      smea_objection,
      [](const Parameters& values) { return std::make_unique<const Smea>(values); }};
}

}  // namespace zenops
