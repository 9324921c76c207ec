// What flame and signguard make clusters with, against the algorithms that they stand for, written out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "aggregation/rules/cosine_distance.hpp"
#include "aggregation/rules/majority_cluster.hpp"
#include "aggregation/rules/mean_shift.hpp"
#include "tests/aggregation/samples.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;

/// HDBSCAN as scikit-learn-contrib's hdbscan goes about it for one cluster that may be the root: single linkage of mutual
/// reachability, condensed by the least cluster size; a row gets the root's label if it left it at the largest λ.
class Hdbscan {
 public:
  Hdbscan(std::vector<std::vector<double>> distances, size_t least) : least_(least) {
    const size_t n = distances.size();
    std::vector<double> core(n);
    for (size_t i = 0; i < n; ++i) {
      auto sorted = distances[i];
      std::ranges::sort(sorted);
      core[i] = sorted[std::min<size_t>(1, n - 1)];  // min_samples = 1, the row itself not counted
    }
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < n; ++j) distances[i][j] = std::max({distances[i][j], core[i], core[j]});
    // Nodes 0 … n − 1 are rows; each merge makes the next.
    for (size_t i = 0; i < n; ++i) nodes_.push_back({.rows = {i}});
    std::vector<size_t> roots(n);
    std::iota(roots.begin(), roots.end(), size_t{0});
    while (roots.size() > 1) {
      double best = 1e300;
      size_t a = 0, b = 1;
      for (size_t i = 0; i < roots.size(); ++i)
        for (size_t j = i + 1; j < roots.size(); ++j)
          for (const size_t x : nodes_[roots[i]].rows)
            for (const size_t y : nodes_[roots[j]].rows)
              if (distances[x][y] < best) best = distances[x][y], a = i, b = j;
      Node node{.left = roots[a], .right = roots[b], .distance = best, .rows = nodes_[roots[a]].rows};
      node.rows.insert(node.rows.end(), nodes_[roots[b]].rows.begin(), nodes_[roots[b]].rows.end());
      roots.erase(roots.begin() + static_cast<ptrdiff_t>(b));
      roots[a] = nodes_.size();
      nodes_.push_back(std::move(node));
    }
    lambda_.assign(n, 0);
    condense(nodes_.size() - 1);
  }
  std::vector<size_t> cluster() const {
    std::vector<size_t> out;
    for (size_t k = 0; k < lambda_.size(); ++k)
      if (lambda_[k] >= std::ranges::max(lambda_)) out.push_back(k);
    return out;
  }

 private:
  struct Node {
    size_t left = 0, right = 0;
    double distance = 0;
    std::vector<size_t> rows = {};
  };
  void leave(size_t node, double lambda) {
    for (const size_t k : nodes_[node].rows) lambda_[k] = lambda;
  }
  void condense(size_t at) {
    const Node& node = nodes_[at];
    if (node.rows.size() == 1) return;
    const double lambda = node.distance > 0 ? 1 / node.distance : 1e300;
    const bool left = nodes_[node.left].rows.size() >= least_, right = nodes_[node.right].rows.size() >= least_;
    EXPECT_FALSE(left && right) << "two clusters would need more rows than there are";
    if (!left) leave(node.left, lambda);
    if (!right) leave(node.right, lambda);
    if (left) condense(node.left);
    if (right) condense(node.right);
  }
  size_t least_;
  std::vector<Node> nodes_;
  std::vector<double> lambda_;
};

Products products_of(const Samples& samples, size_t d) { return measure(samples.pointers, nullptr, d, true); }

std::vector<size_t> by_hdbscan(const Products& products) {
  const size_t n = products.rows();
  std::vector<std::vector<double>> distances(n, std::vector<double>(n));
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) distances[i][j] = cosine_distance(products, i, j);
  return Hdbscan(distances, n / 2 + 1).cluster();
}

TEST(MajorityClusterTest, IsWhatHdbscanMakes) {
  std::mt19937 random(1);
  for (size_t t = 0; t < 400; ++t) {
    const size_t n = 2 + random() % 20, d = 1 + random() % 6;
    Samples samples = normal_rows(random, n, d);
    for (size_t k = 0; k < n; ++k) {
      if (random() % 3 == 0) samples.rows[k] = std::vector<float>(samples.rows[random() % n]);
      if (random() % 9 == 0) std::ranges::fill(samples.rows[k], 0.0f);
      samples.pointers[k] = samples.rows[k].data();
    }
    const Products products = products_of(samples, d);
    ASSERT_EQ(majority_cluster(products), by_hdbscan(products)) << n << " rows of " << d << ", draw " << t;
  }
}

TEST(MajorityClusterTest, IsWhatHdbscanMakesWhereDistancesTie) {
  std::mt19937 random(2);
  for (size_t t = 0; t < 400; ++t) {
    const size_t n = 2 + random() % 14;
    std::vector<std::vector<float>> rows;
    for (size_t k = 0; k < n; ++k) {
      std::vector<float> row(4);
      row[random() % 4] = 1;  // at a distance of 0 or 1
      row[random() % 4] = 1;  // or of a half, or of 1 − √½
      rows.push_back(row);
    }
    const Samples samples(rows);
    const Products products = products_of(samples, 4);
    ASSERT_EQ(majority_cluster(products), by_hdbscan(products)) << n << " rows, draw " << t;
  }
}

TEST(MajorityClusterTest, OfOneRowIsThatRowAndOfNoneNone) {
  EXPECT_THAT(majority_cluster(products_of(Samples({{1, 2}}), 2)), ElementsAre(0));
  EXPECT_TRUE(majority_cluster({}).empty());
}

TEST(MajorityClusterTest, LeavesOutWhoPointsElsewhereHoweverAlikeTheyAre) {
  const Samples samples({{-1, 0}, {10, 1}, {-1, 0}, {10, 3}, {10, -2}, {-1, 0}, {10, 0}});
  EXPECT_THAT(majority_cluster(products_of(samples, 2)), ElementsAre(1, 3, 4, 6));
}

TEST(MeanShiftTest, FindsTheLargerOfTwoHeaps) {
  const std::vector<std::array<double, 3>> points = {{0.9, 0, 0.1}, {0.5, 0, 0.5}, {0.52, 0, 0.48}, {0.91, 0, 0.09}, {0.49, 0, 0.51}};
  EXPECT_THAT(largest_cluster(points), ElementsAre(1, 2, 4));
}

TEST(MeanShiftTest, LeavesOneHeapWholeWhereTwoMeansWouldCutIt) {
  std::vector<std::array<double, 3>> points;
  std::mt19937 random(3);
  for (const float x : normal_row(random, 51)) points.push_back({0.5 + 0.01 * double{x}, 0, 0.5 - 0.01 * double{x}});
  EXPECT_GT(largest_cluster(points).size(), 40u);
}

TEST(MeanShiftTest, HasAnAnswerForEveryNumberOfPoints) {
  EXPECT_TRUE(largest_cluster({}).empty());
  const std::vector<std::array<double, 3>> one = {{1, 0, 0}}, two = {{1, 0, 0}, {0, 0, 1}}, same(5, {0.5, 0, 0.5});
  EXPECT_THAT(largest_cluster(one), ElementsAre(0));
  EXPECT_THAT(largest_cluster(two), ElementsAre(0, 1)) << "half a distance is no gap";
  EXPECT_EQ(largest_cluster(same).size(), 5u);
}

}  // namespace
}  // namespace zenops
