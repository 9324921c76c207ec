#include <algorithm>
#include <cmath>

#include "aggregation/rule.hpp"
#include "aggregation/rules/cosine_distance.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// With h_k the sum of all rows of a sender, this one included, and cs_kl = cos(h_k, h_l):
///   m_k = max(0, max_l≠k cs_kl);  pardoned: cs_kl ← cs_kl m_k / m_l where m_k < m_l;
///   a_k = 1 − max(0, max_l≠k cs_kl);  a_k ← a_k / max_l a_l;  a_k ← κ (ln(a_k / (1 − a_k)) + 0.5), within [0, 1];
/// and y = Σ_k a_k u_k / Σ_k a_k (Fung, Yoon, Beschastnikh 2020, FoolsGold, Algorithm 1): whoever always says the same as another, as
/// puppets of one liar do, loses its vote. Here all numbers count as features. The paper applies Σ_k a_k u_k; its code and FedML's divide by
/// the number of rows or by Σ a_k as we do. The 0 is in their code too, whose cs_kk is 0: with a negative m_k a pardon would turn cs_kl round,
/// and who opposes all others would count as their puppet. Where nobody keeps a vote there is no
/// update. It withstands puppets, however many, and not a single liar. A shard keeps the sums: n d floats, twice while a round may be opened again, and they come with a snapshot; a shard
/// that fell begins its part anew. Two reads; O(n² d).
class FoolsGold final : public Rule {
 public:
  explicit FoolsGold(const Parameters& values) : kappa_(values.at("kappa")) {}
  Needs needs() const override { return {.sums = true}; }
  Plan decide(const Geometry& geometry) const override {
    return each_block_by_verdict(geometry, [&](const Products& products) {
      auto votes = votes_of(products.sums[0]);
      double sum = 0;
      for (const double a : votes) sum += a;
      for (double& a : votes) a = sum > 0 ? a / sum : 0;
      return weighted(votes);
    });
  }

 private:
  std::vector<double> votes_of(const Products& sums) const {
    const size_t n = sums.rows();
    std::vector<double> most(n), votes(n);
    if (n == 1) return {1};
    const auto likeness = [&](size_t k, size_t l) { return 1 - cosine_distance(sums, k, l); };
    for (size_t k = 0; k < n; ++k)
      for (size_t l = 0; l < n; ++l)
        if (l != k) most[k] = std::max(most[k], likeness(k, l));
    for (size_t k = 0; k < n; ++k) {
      double highest = 0;
      for (size_t l = 0; l < n; ++l) {
        if (l == k) continue;
        const bool pardoned = most[k] < most[l];
        highest = std::max(highest, likeness(k, l) * (pardoned ? most[k] / most[l] : 1));
      }
      votes[k] = std::max(1 - highest, 0.0);
    }
    const double best = std::ranges::max(votes);
    for (double& a : votes) {
      if (best > 0) a /= best;
      a = a >= 1 ? 1 : a <= 0 ? 0 : std::clamp(kappa_ * (std::log(a / (1 - a)) + 0.5), 0.0, 1.0);
    }
    return votes;
  }
  double kappa_;
};

}  // namespace

RuleEntry foolsgold_entry() {
  return {{.name = "foolsgold",
           .sentence = "the mean of the rows, in which those count little whose senders have always said the same as another",
           .source = "Fung, Yoon, Beschastnikh 2020 (The Limitations of Federated Learning in Sybil Settings), Algorithm 1",
           .parameters = {{.name = "kappa",
                           .default_value = 1,
                           .min = 1e-6,
                           .max = 1e6,
                           .sentence = "how sharply votes are divided into those that count and those that do not"}}},
          "two or more liars who say the same, any number of them; not a single one",
          "where one liar may have many names and workers' data differ",
          2,
          {.sums = true},
          [](const Parameters&, size_t) { return std::nullopt; },
          [](const Parameters& values) { return std::make_unique<const FoolsGold>(values); }};
}

}  // namespace zenops
