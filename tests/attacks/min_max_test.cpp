#include <gtest/gtest.h>

#include "tests/attacks/lying.hpp"

namespace zenops {
namespace {

double furthest_apart(const Rows& rows) {
  double most = 0;
  for (const auto& x : rows)
    for (const auto& y : rows) most = std::max(most, plain_distance(x, y));
  return most;
}

double furthest(const std::vector<float>& lie, const Rows& rows) {
  double most = 0;
  for (const auto& x : rows) most = std::max(most, plain_distance(x, lie));
  return most;
}

double sum_of_squares(const std::vector<float>& lie, const Rows& rows) {
  double sum = 0;
  for (const auto& x : rows) sum += plain_distance(x, lie) * plain_distance(x, lie);
  return sum;
}

/// mean + factor · (lie − mean).
std::vector<float> stretched(const std::vector<float>& lie, const Rows& rows, double factor) {
  std::vector<float> out;
  for (size_t i = 0; i < lie.size(); ++i) out.push_back(static_cast<float>(plain_mean(rows, i) + factor * (lie[i] - plain_mean(rows, i))));
  return out;
}

class MinMaxTest : public testing::TestWithParam<int> {
 protected:
  Parameters direction() const { return {{"direction", GetParam()}}; }
};

TEST_P(MinMaxTest, StaysWithinTheLargestHonestDistanceAndWouldNotWithOnePercentMore) {
  for (const size_t h : {2, 3, 10})
    for (const size_t d : {1, 5, 700}) {
      const Rows rows = honest_rows(h, d, h + d);
      const auto lie = lie_of("min_max", direction(), rows, 2);
      const double reach = furthest_apart(rows);
      EXPECT_LE(furthest(lie, rows), reach * (1 + 1e-5)) << h << " rows of " << d;
      EXPECT_GT(furthest(stretched(lie, rows, 1.01), rows), reach) << h << " rows of " << d;
    }
}

TEST_P(MinMaxTest, MinSumStaysWithinTheLargestHonestSumAndWouldNotWithOnePercentMore) {
  for (const size_t h : {2, 3, 10})
    for (const size_t d : {1, 5, 700}) {
      const Rows rows = honest_rows(h, d, h + d);
      const auto lie = lie_of("min_sum", direction(), rows, 2);
      double reach = 0;
      for (const auto& x : rows) reach = std::max(reach, sum_of_squares(x, rows));
      EXPECT_LE(sum_of_squares(lie, rows), reach * (1 + 1e-5));
      EXPECT_GT(sum_of_squares(stretched(lie, rows, 1.01), rows), reach);
    }
}

TEST_P(MinMaxTest, IsWhereTheBisectionOfThePlainFormulaEnds) {
  const Rows rows = honest_rows(9, 60, 3);
  const auto at = [&](double lambda) {
    std::vector<float> out;
    for (size_t i = 0; i < 60; ++i) {
      const double mean = plain_mean(rows, i), p = GetParam() == 0 ? mean : GetParam() == 1 ? (mean > 0 ? 1 : -1) : plain_deviation(rows, i);
      out.push_back(static_cast<float>(mean - lambda * p));
    }
    return out;
  };
  double low = 0, high = 1000;
  for (int k = 0; k < 60; ++k) (furthest(at((low + high) / 2), rows) <= furthest_apart(rows) ? low : high) = (low + high) / 2;
  EXPECT_LT(plain_distance(at(low), lie_of("min_max", direction(), rows, 3)), 1e-4 * furthest_apart(rows));
}

INSTANTIATE_TEST_SUITE_P(EveryDirection, MinMaxTest, testing::Values(0, 1, 2));

TEST(MinMaxEdgeTest, SendsTheMeanWhereThereIsNoDirectionOrNoDistance) {
  const Rows same(4, {1, -2, 3}), opposite = {{1, -1}, {-1, 1}};
  for (const std::string name : {"min_max", "min_sum"}) {
    EXPECT_EQ(lie_of(name, {}, same, 1), same[0]) << "no deviation";
    const auto lie = lie_of(name, {{"direction", 0}}, same, 1);
    EXPECT_LT(plain_distance(lie, same[0]), 1e-6) << "no distance to spend";
    EXPECT_EQ(lie_of(name, {{"direction", 0}}, opposite, 1), (std::vector<float>{0, 0})) << "a mean of zero";
  }
}

TEST(MinMaxEdgeTest, MovesAgainstTheMean) {
  const Rows rows = {{1, 0}, {3, 0}};
  EXPECT_LT(plain_distance(lie_of("min_max", {{"direction", 0}}, rows, 1), {1, 0}), 1e-6) << "2 from (3, 0)";
  EXPECT_LT(plain_distance(lie_of("min_sum", {{"direction", 0}}, rows, 1), {1, 0}), 1e-6) << "4 + 0 as an honest row has";
}

}  // namespace
}  // namespace zenops
