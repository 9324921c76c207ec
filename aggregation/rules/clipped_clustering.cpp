#include <algorithm>
#include <numeric>

#include "aggregation/rule.hpp"
#include "aggregation/rules/cosine_distance.hpp"
#include "aggregation/rules/lengths.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// Distances between clusters, merged by average linkage.
class Linkage {
 public:
  explicit Linkage(const Products& products) : clusters_(products.rows()), distances_(products.rows()) {
    for (size_t i = 0; i < clusters_.size(); ++i) {
      clusters_[i] = {i};
      for (size_t j = 0; j < clusters_.size(); ++j) distances_[i].push_back(cosine_distance(products, i, j));
    }
  }

  /// Until there are two: the nearest two become one.
  void merge() {
    while (clusters_.size() > 2) {
      size_t to = 0, from = 1;
      for (size_t i = 0; i < clusters_.size(); ++i)
        for (size_t j = i + 1; j < clusters_.size(); ++j)
          if (distances_[i][j] < distances_[to][from]) to = i, from = j;
      merge(to, from);
    }
  }

  /// The larger one.
  std::vector<size_t> larger() const {
    return *std::ranges::max_element(clusters_, {}, &std::vector<size_t>::size);
  }

 private:
  /// to < from.
  void merge(size_t to, size_t from) {
    const auto a = static_cast<double>(clusters_[to].size()), b = static_cast<double>(clusters_[from].size());
    for (size_t k = 0; k < clusters_.size(); ++k)
      distances_[to][k] = distances_[k][to] = (a * distances_[to][k] + b * distances_[from][k]) / (a + b);
    clusters_[to].insert(clusters_[to].end(), clusters_[from].begin(), clusters_[from].end());
    const auto gone = static_cast<ptrdiff_t>(from);
    clusters_.erase(clusters_.begin() + gone);
    distances_.erase(distances_.begin() + gone);
    for (auto& row : distances_) row.erase(row.begin() + gone);
  }

  std::vector<std::vector<size_t>> clusters_;
  std::vector<std::vector<double>> distances_;
};

/// With τ the median length of all rows so far, these among them: rows are cut to τ, put into two clusters by average linkage on cosine
/// distances, and the mean is that of the larger (Li, Ngai, Voigt 2023, ClippedClustering, Algorithm 2). Of two of the same size it is
/// the one with the earliest row. The lengths of rows that entered before are remembered by block, the newest 10 000 of each, or with more
/// than 20 judged blocks 200 000 divided among them, and come with a snapshot; without a training around it the rule knows this round's
/// alone. Others cut at 1e5 at the latest, whatever the rows' unit is. One row is its own mean. Two reads; O(n² d + n³).
class ClippedClustering final : public Rule {
 public:
  Needs needs() const override { return {.norms = true, .table = true, .past_norms = true}; }
  Plan decide(const Geometry& geometry) const override {
    size_t block = 0;
    return each_block(geometry, [&](const Products& products) {
      const size_t n = geometry.rows;
      const auto norms = lengths(products);
      std::vector<double> all = block < geometry.past_norms.size() ? geometry.past_norms[block] : std::vector<double>();
      ++block;
      all.insert(all.end(), norms.begin(), norms.end());
      const double radius = median_of(std::move(all));
      Linkage linkage(products);
      linkage.merge();
      const auto cluster = linkage.larger();
      std::vector<double> weights(n);
      for (const size_t k : cluster) weights[k] = cut(norms[k], radius) / static_cast<double>(cluster.size());
      return weighted(weights);
    });
  }
};

}  // namespace

RuleEntry clipped_clustering_entry() {
  return {{.name = "clipped_clustering",
           .sentence = "the mean of the larger of two clusters of directions, each row cut to the median length of all rows so far",
           .source = "Li, Ngai, Voigt 2023 (Byzantine-Robust Aggregation in Federated Learning Empowered Industrial IoT), Algorithm 2",
           .parameters = {}},
          "f < n / 2 who lie in one direction; one that stands far out shields the others",
          "where liars agree with each other, and workers' data are alike",
          2,
          {.norms = true, .table = true, .past_norms = true},
          [](const Parameters&, size_t) { return std::nullopt; },
          [](const Parameters&) { return std::make_unique<const ClippedClustering>(); }};
}

}  // namespace zenops
