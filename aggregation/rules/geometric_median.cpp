#include <algorithm>
#include <cmath>

#include "aggregation/liars.hpp"
#include "aggregation/rule.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// argmin_z Σ_k ‖u_k − z‖ by the smoothed Weiszfeld iteration z ← Σ_k β_k u_k / Σ_k β_k, β_k = 1 / max(ν, ‖u_k − z‖)
/// (Pillutla, Kakade, Harchaoui 2022, RFA, Algorithm 2). Every iterate is a combination of the rows, so all iterations
/// together read nothing: two reads whatever their number; O(n² d + T n²). Starts from weights 1 / median_j ‖u_k −
/// u_j‖, which no row far away can bend. Ends when no weight changes by more than 1e-12 of itself, or after T
/// iterations.
class GeometricMedian final : public Rule {
 public:
  explicit GeometricMedian(const Parameters& values)
      : nu_(values.at("nu")), iterations_(static_cast<size_t>(values.at("iterations"))) {}
  Needs needs() const override { return {.table = true}; }
  Plan decide(const Geometry& geometry) const override {
    return each_block(geometry, [&](const Products& products) { return weighted(weights(products)); });
  }

 private:
  std::vector<double> weights(const Products& products) const {
    const size_t n = products.rows();
    std::vector<double> z(n);
    for (size_t k = 0; k < n; ++k) {
      std::vector<double> distances;
      for (size_t j = 0; j < n; ++j) distances.push_back(products.squared_distance(k, j));
      std::ranges::nth_element(distances, distances.begin() + static_cast<ptrdiff_t>(n / 2));
      z[k] = 1 / std::max(nu_, std::sqrt(distances[n / 2]));
    }
    normalise(z);
    for (size_t t = 0; t < iterations_; ++t) {
      const auto distances = products.squared_distances_to(z);
      std::vector<double> next(n);
      for (size_t k = 0; k < n; ++k) next[k] = 1 / std::max(nu_, std::sqrt(distances[k]));
      normalise(next);
      double change = 0;
      for (size_t k = 0; k < n; ++k) change = std::max(change, std::abs(next[k] - z[k]) / next[k]);
      z = std::move(next);
      if (change <= 1e-12) break;
    }
    return z;
  }

  double nu_;
  size_t iterations_;
};

}  // namespace

RuleEntry geometric_median_entry() {
  return {{.name = "geometric_median",
           .sentence = "the point with the smallest sum of distances to the rows",
           .source = "Pillutla, Kakade, Harchaoui 2022 (RFA), Algorithm 2: smoothed Weiszfeld",
           .parameters = {{.name = "nu",
                           .default_value = 1e-6,
                           .min = 1e-30,
                           .max = 1e30,
                           .sentence = "the distance below which a row pulls no harder"},
                          {.name = "iterations",
                           .default_value = 100,
                           .min = 1,
                           .max = 100000,
                           .integer = true,
                           .sentence = "at most so many steps; they read no row"},
                          Liars::checked()}},
          "f < n / 2",
          "where f is not known: it withstands any minority, and nothing has to be set",
          2,
          {.table = true},
          [](const Parameters& values, size_t rows) { return too_few_rows("geometric_median", values, rows, 2, 1); },
          [](const Parameters& values) { return std::make_unique<const GeometricMedian>(values); }};
}

}  // namespace zenops
