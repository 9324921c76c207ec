#include <gtest/gtest.h>

#include "tests/attacks/lying.hpp"

namespace zenops {
namespace {

TEST(IpmTest, SendsMinusEpsilonTimesTheMean) {
  const Rows rows = honest_rows(7, 300);
  const auto lie = lie_of("ipm", {{"epsilon", 0.5}}, rows, 2), flip = lie_of("sign_flip", {}, rows, 2), far = lie_of("sign_flip", {{"scale", 7}}, rows, 2);
  for (size_t i = 0; i < 300; ++i) {
    ASSERT_NEAR(lie[i], -0.5 * plain_mean(rows, i), 1e-6);
    ASSERT_NEAR(flip[i], -plain_mean(rows, i), 1e-6);
    ASSERT_NEAR(far[i], -7 * plain_mean(rows, i), 1e-5);
  }
}

TEST(IpmTest, TurnsTheAverageRoundOnceItOutweighsTheHonest) {
  const Rows rows = honest_rows(8, 100);
  const auto product = [&](double epsilon) {
    const auto made = made_of({.rule = {.name = "average"}}, rows, lie_of("ipm", {{"epsilon", epsilon}}, rows, 2), 2);
    double sum = 0;
    for (size_t i = 0; i < 100; ++i) sum += made[i] * plain_mean(rows, i);
    return sum;
  };
  EXPECT_GT(product(3.9), 0) << "8 − 2 ε > 0";
  EXPECT_LT(product(4.1), 0);
}

TEST(OptIpmTest, DoesAtLeastTheHarmOfIpmWithEveryEpsilonThatItTries) {
  const Rows rows = honest_rows(10, 200);
  for (const std::string name : {"median", "geometric_median", "krum"}) {
    const RuleChoice rule{.rule = {.name = name}};
    const double found = harm(rule, rows, lie_of("opt_ipm", {{"start", 0}, {"delta", 1}}, rows, 3, rule), 3);
    for (const double epsilon : {0.0, 1.0})
      EXPECT_GE(found * (1 + 1e-6), harm(rule, rows, lie_of("ipm", {{"epsilon", epsilon}}, rows, 3), 3)) << name << ", " << epsilon;
  }
}

TEST(OptIpmTest, GrowsWithoutEndAgainstTheAverage) {
  const Rows rows = honest_rows(4, 20);
  const auto lie = lie_of("opt_ipm", {{"evals", 5}}, rows, 1, {.rule = {.name = "average"}});
  for (size_t i = 0; i < 20; ++i) EXPECT_NEAR(lie[i], -150 * plain_mean(rows, i), 1e-3) << "0, 10, 30, 70, 150";
}

}  // namespace
}  // namespace zenops
