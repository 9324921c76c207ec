#include <algorithm>
#include <cfloat>
#include <numeric>

#include "aggregation/rule.hpp"
#include "aggregation/rules/lengths.hpp"
#include "aggregation/rules/majority_cluster.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// Of the rows whose directions most rows share, the mean with each cut to the median length S of all rows, and in every coordinate
/// noise from N(0, (λ S)²) (Nguyen et al. 2022, FLAME, Algorithm 1). The shared direction is what HDBSCAN makes of cosine distances
/// when a cluster needs ⌊n / 2⌋ + 1 rows: the first single-linkage component that has so many (majority_cluster.hpp). The paper clips and
/// clusters whole models and adds noise to the new one; ours are updates, as in its code. λ is given, not derived from ε and δ. Noise is a
/// function of the round's draw and the parameter's place. Two reads; O(n² d), and some 40 ns a number for the noise.
class Flame final : public Rule {
 public:
  explicit Flame(const Parameters& values) : noise_(values.at("noise")) {}
  Needs needs() const override { return {.table = true}; }
  Plan decide(const Geometry& geometry) const override {
    return each_block(geometry, [&](const Products& products) {
      const auto norms = lengths(products);
      const double radius = median_of(norms);
      const auto cluster = majority_cluster(products);
      std::vector<double> weights(geometry.rows);
      for (const size_t k : cluster) weights[k] = cut(norms[k], radius) / static_cast<double>(cluster.size());
      BlockPlan plan = weighted(weights);
      // A normal number of 32 bits is below 7: what is added is finite.
      plan.noise = static_cast<float>(std::min(noise_ * radius, double{FLT_MAX} / 16));
      plan.noise_draw = geometry.draw;
      return plan;
    });
  }

 private:
  double noise_;
};

}  // namespace

RuleEntry flame_entry() {
  return {{.name = "flame",
           .sentence = "the mean of the rows whose directions most share, each cut to the median length, and noise in proportion to that",
           .source = "Nguyen, Rieger, Chen, Yalame, Möllering, Fereidooni, Marchal, Miettinen, Mirhoseini, Zeitouni, Koushanfar, Sadeghi, "
                     "Schneider 2022 (FLAME), Algorithm 1",
           .parameters = {{.name = "noise",
                           .default_value = 0.001,
                           .min = 0,
                           .max = 1,
                           .sentence = "the noise's standard deviation in every coordinate, in median lengths (λ)"}}},
          "f < n / 2",
          "where a backdoor is feared and a little noise does no harm",
          2,
          {.table = true},
          [](const Parameters&, size_t) { return std::nullopt; },
          [](const Parameters& values) { return std::make_unique<const Flame>(values); }};
}

}  // namespace zenops
