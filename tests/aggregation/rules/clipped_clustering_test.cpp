#include <gmock/gmock.h>

#include "tests/aggregation/rules/defaults.hpp"
#include "tests/aggregation/rules/made.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::FloatEq;

Geometry of(const std::vector<std::vector<float>>& rows, std::vector<double> past) {
  return {.rows = rows.size(),
          .blocks = {measure(Samples(rows).pointers, nullptr, rows[0].size(), true)},
          .past_norms = {std::move(past)}};
}

TEST(ClippedClusteringTest, AveragesTheLargerOfTwoClustersOfDirections) {
  const auto out = made("clipped_clustering", {{1, 0.1f}, {0, -1}, {1, 0}, {0.1f, -1}, {1, -0.1f}});
  EXPECT_EQ(out.plan.weights[1], 0);
  EXPECT_EQ(out.plan.weights[3], 0);
  EXPECT_GT(out.plan.weights[0], 0.33f);
}

TEST(ClippedClusteringTest, CutsRowsToTheMedianOfAllLengthsSoFar) {
  const std::vector<std::vector<float>> rows = {{4, 0}, {4, 0}, {4, 0}};
  const auto weights = [&](std::vector<double> past) { return rule("clipped_clustering")->decide(of(rows, std::move(past))).blocks[0].weights; };
  EXPECT_THAT(weights({}), testing::Contains(FloatEq(0.5f)).Times(2));
  EXPECT_THAT(weights({1, 1, 1, 1}), testing::Contains(FloatEq(0.125f)).Times(2)) << "the median of 1 1 1 1 4 4 4 is 1";
}

// Whoever grows slowly is held back by what rows were before.
TEST(ClippedClusteringTest, TheLengthsBeforeHoldBackRowsThatGrow) {
  const std::vector<std::vector<float>> rows = {{100, 0}, {100, 1}, {100, 2}};
  const Plan plan = rule("clipped_clustering")->decide(of(rows, std::vector<double>(50, 1.0)));
  double sum = 0;
  for (const float w : plan.blocks[0].weights) sum += w;
  EXPECT_NEAR(sum, 0.01, 1e-4);
}

TEST(ClippedClusteringTest, OfOneRowIsThatRow) {
  EXPECT_THAT(made("clipped_clustering", {{3, 4}}).row, ElementsAre(3, 4));
  EXPECT_EQ(made("clipped_clustering", {{3, 4}, {-3, -4}}).row[0], 3) << "of two the earlier";
}

TEST(ClippedClusteringTest, LeavesOutLiarsOfAnySize) {
  std::mt19937 random(1);
  for (const float lie : {-3e38f, -1.0f, -1e-20f}) {
    const auto rows = among_liars(random, 13, 6, std::vector<float>(60, 1), std::vector<float>(60, lie));
    const auto out = made("clipped_clustering", rows);
    for (size_t k = 7; k < 13; ++k) EXPECT_EQ(out.plan.weights[k], 0) << lie;
  }
}

}  // namespace
}  // namespace zenops
