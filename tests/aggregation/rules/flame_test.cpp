#include <gmock/gmock.h>

#include <cmath>

#include "tests/aggregation/rules/made.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;

TEST(FlameTest, AveragesTheRowsOfTheMajoritysDirectionCutToTheMedianLength) {
  // Lengths 1, 2, 4, 2, 9: the median is 2.
  const auto out = made("flame", {{1, 0}, {2, 0.01f}, {4, 0.01f}, {0, 2}, {0, -9}}, {{"noise", 0}});
  EXPECT_NEAR(out.plan.weights[0], 1.0 / 3, 1e-5);
  EXPECT_NEAR(out.plan.weights[1], 1.0 / 3, 1e-5);
  EXPECT_NEAR(out.plan.weights[2], 0.5 / 3, 1e-5);
  EXPECT_EQ(out.plan.weights[3], 0);
  EXPECT_EQ(out.plan.weights[4], 0);
  EXPECT_EQ(out.plan.noise, 0);
}

TEST(FlameTest, AddsNoiseInProportionToTheMedianLength) {
  const std::vector<std::vector<float>> rows(5, std::vector<float>(20'000, 0.5f));
  const double length = 0.5 * std::sqrt(20'000.0);
  const auto still = made("flame", rows, {{"noise", 0}}), noisy = made("flame", rows, {{"noise", 0.01}});
  double square = 0;
  for (size_t i = 0; i < still.row.size(); ++i) square += std::pow(double{noisy.row[i]} - still.row[i], 2) / 20'000;
  EXPECT_NEAR(std::sqrt(square), 0.01 * length, 0.0005 * length);
  AggregateOptions other{.seed = 2};
  EXPECT_NE(made("flame", rows, {{"noise", 0.01}}, other).row, noisy.row);
  other = {.shards = 3};
  EXPECT_EQ(bits(made("flame", rows, {{"noise", 0.01}}, other).row), bits(noisy.row));
}

TEST(FlameTest, NoiseStaysFiniteBesideTheLargestRows) {
  for (const float x : {1e38f, 3.4e38f, -3.4e38f}) {
    const std::vector<std::vector<float>> rows(5, std::vector<float>(5000, x));
    EXPECT_TRUE(all_finite(made("flame", rows, {{"noise", 1}}).row)) << x;
  }
}

TEST(FlameTest, LeavesOutAMinorityThatAgreesMoreThanTheHonestDo) {
  std::mt19937 random(1);
  const auto rows = among_liars(random, 13, 6, std::vector<float>(60, 1), std::vector<float>(60, -1));
  const auto out = made("flame", rows);
  for (size_t k = 0; k < rows.size(); ++k) EXPECT_EQ(out.plan.weights[k] != 0, k < 7) << k;
}

}  // namespace
}  // namespace zenops
