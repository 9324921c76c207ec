#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "aggregation/eigen.hpp"
#include "aggregation/liars.hpp"
#include "aggregation/rule.hpp"
#include "aggregation/rules/krum_scores.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// c_k = 1 at first. While Σ c > n − 2f: μ = Σ c_k u_k / Σ c, (λ, v) the largest eigenvalue of Σ c_k (u_k − μ)(u_k −
/// μ)ᵀ / Σ c and its direction, τ_k = ⟨u_k − μ, v⟩², c_k ← c_k (1 − τ_k / max τ). The result is the μ with the smallest
/// λ that was seen (covariance-bound agnostic filter: Allouah, Guerraoui, Stephan 2025, Algorithm 1). The largest τ is
/// that of the rows that still count, so that every round takes one out. λ and τ come from the (n, n) table of the
/// rows, the λ of which is the same: two reads whatever the number of rounds, of which there are n at most; O(n² d +
/// n⁴), as a rule 2f + 1 rounds of O(n³).
///
/// λ is exact; ByzFL and ByzPy take one step of the power method from a random start, whose answer another seed
/// changes.
class Caf final : public Rule {
 public:
  explicit Caf(const Parameters& values) : liars_(values) {}
  Needs needs() const override { return {.table = true}; }
  Plan decide(const Geometry& geometry) const override {
    return each_block(geometry, [&](const Products& products) {
      const size_t n = geometry.rows, f = liars_.among(geometry, (n - 1) / 2);
      return f == 0 ? plain_mean(n) : weighted(filtered(products, n, f));
    });
  }

 private:
  static std::vector<double> filtered(const Products& products, size_t n, size_t f) {
    std::vector<double> c(n, 1.0), best;
    double smallest = std::numeric_limits<double>::infinity();
    for (size_t round = 0; round < n; ++round) {
      const double sum = std::accumulate(c.begin(), c.end(), 0.0);
      if (!(sum > static_cast<double>(n - 2 * f))) break;
      std::vector<double> mu(n);
      for (size_t k = 0; k < n; ++k) mu[k] = c[k] / sum;
      const auto projections = project(products, mu, smallest, best);
      double longest = 0;
      for (size_t k = 0; k < n; ++k) longest = std::max(longest, std::abs(projections[k]));
      if (!(longest > 0)) break;
      for (size_t k = 0; k < n; ++k) {
        const double share = projections[k] / longest;
        c[k] *= 1 - share * share;
      }
    }
    return best;
  }

  /// ⟨u_k − μ, v⟩ of the rows that have a weight in μ, up to a common factor, and 0 for the others. Where λ is the
  /// smallest yet, it and μ are kept.
  static std::vector<double> project(const Products& products, const std::vector<double>& mu, double& smallest,
                                     std::vector<double>& best) {
    std::vector<size_t> left;
    for (size_t k = 0; k < mu.size(); ++k)
      if (mu[k] > 0) left.push_back(k);
    const size_t m = left.size();
    const auto squares = products.squared_distances_to(mu);
    std::vector<double> inner(m * m), scaled(m * m);  // ⟨u_i − μ, u_j − μ⟩, and that times √(μ_i μ_j)
    for (size_t i = 0; i < m; ++i)
      for (size_t j = 0; j < m; ++j) {
        const size_t a = left[i], b = left[j];
        inner[i * m + j] = (squares[a] + squares[b] - products.squared_distance(a, b)) / 2;
        scaled[i * m + j] = std::sqrt(mu[a]) * std::sqrt(mu[b]) * inner[i * m + j];
      }
    const auto [lambda, vector] = top_eigenpair(scaled, m);
    if (best.empty() || lambda < smallest) {
      smallest = lambda;
      best = mu;
    }
    std::vector<double> projections(mu.size());
    if (!(lambda > 0)) return projections;
    for (size_t i = 0; i < m; ++i)
      for (size_t j = 0; j < m; ++j) projections[left[i]] += inner[i * m + j] * std::sqrt(mu[left[j]]) * vector[j];
    return projections;
  }

  Liars liars_;
};

}  // namespace

RuleEntry caf_entry() {
  return {{.name = "caf",
           .sentence = "the mean of the rows, weighted down step by step along the direction in which they vary most",
           .source =
               "Allouah, Guerraoui, Stephan 2025 (Towards Trustworthy Federated Learning with Untrusted Participants), "
               "Algorithm 1: CAF",
           .parameters = {Liars::parameter()}},
          "f < n / 2",
          "where liars agree on a direction instead of a distance, and n is too large for smea",
          2,
          {.table = true},
          [](const Parameters& values, size_t rows) { return too_few_rows("caf", values, rows, 2, 1); },
          [](const Parameters& values) { return std::make_unique<const Caf>(values); }};
}

}  // namespace zenops
