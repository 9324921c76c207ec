#include <gtest/gtest.h>

#include "tests/attacks/lying.hpp"

namespace zenops {
namespace {

TEST(MimicTest, CopiesOneHonestWorker) {
  const Rows rows = honest_rows(5, 40);
  EXPECT_EQ(lie_of("mimic", {}, rows, 2), rows[0]);
  EXPECT_EQ(lie_of("mimic", {{"who", 3}}, rows, 2), rows[3]);
  EXPECT_EQ(lie_of("mimic", {{"who", 7}}, rows, 2), rows[2]) << "there are five";
}

/// Six workers whose rows differ by little but along (1, 2, 0, …, 0): worker k stands at 3 k − 7.5 there, with noise by round.
Rows round_of(uint32_t round) {
  Rows rows = honest_rows(6, 30, round);
  for (size_t k = 0; k < 6; ++k) {
    for (float& x : rows[k]) x *= 0.1f;
    const float at = 3.0f * static_cast<float>(k) - 7.5f;
    rows[k][0] += at;
    rows[k][1] += 2 * at;
  }
  return rows;
}

TEST(MimicWarmupTest, FindsTheDirectionOfLargestVarianceAndCopiesWhoStandsFurthest) {
  AttackMemory memory;
  std::vector<float> lie;
  for (uint32_t round = 1; round <= 9; ++round) lie = lie_of("mimic_warmup", {{"warmup", 10}}, round_of(round), 2, {.rule = {.name = "median"}}, &memory, round);
  ASSERT_EQ(memory.size(), 2 + 2 * 30u) << "rounds, who, μ and z";
  EXPECT_EQ(memory[0], 9);
  const float *mean = &memory[2], *z = &memory[32];
  double length = 0;
  for (size_t i = 0; i < 30; ++i) length += z[i] * z[i];
  EXPECT_NEAR(length, 1, 1e-5);
  EXPECT_NEAR(std::abs(z[0] + 2 * z[1]) / std::sqrt(5.0), 1, 1e-3);
  for (size_t i = 0; i < 30; ++i) {
    double expected = 0;
    for (uint32_t round = 1; round <= 9; ++round) expected += plain_mean(round_of(round), i) / 9;
    EXPECT_NEAR(mean[i], expected, 1e-5);
  }
  EXPECT_EQ(lie, round_of(9)[z[0] > 0 ? 5 : 0]);
}

TEST(MimicWarmupTest, KeepsToOneWorkerAfterwardsAndForgetsTheRest) {
  AttackMemory memory;
  for (uint32_t round = 1; round <= 4; ++round) lie_of("mimic_warmup", {{"warmup", 4}}, round_of(round), 2, {.rule = {.name = "median"}}, &memory, round);
  ASSERT_EQ(memory.size(), 2u);
  const auto who = static_cast<size_t>(memory[1]);
  EXPECT_TRUE(who == 0 || who == 5);
  Rows turned = round_of(5);
  std::ranges::reverse(turned);
  EXPECT_EQ(lie_of("mimic_warmup", {{"warmup", 4}}, turned, 2, {.rule = {.name = "median"}}, &memory, 5), turned[who]);
  EXPECT_EQ(memory.size(), 2u);
}

TEST(MimicWarmupTest, GoesOnFromAMemoryThatWasKept) {
  AttackMemory one, two;
  const RuleChoice rule{.rule = {.name = "median"}};
  for (uint32_t round = 1; round <= 3; ++round) lie_of("mimic_warmup", {}, round_of(round), 2, rule, &one, round);
  two = one;
  EXPECT_EQ(lie_of("mimic_warmup", {}, round_of(4), 2, rule, &one, 4), lie_of("mimic_warmup", {}, round_of(4), 2, rule, &two, 4));
  EXPECT_EQ(one, two);
}

TEST(MimicWarmupTest, BeginsAnewWhereItsMemoryIsOfSomethingElse) {
  AttackMemory memory(17, 5.0f), empty;
  const RuleChoice rule{.rule = {.name = "median"}};
  EXPECT_EQ(lie_of("mimic_warmup", {}, round_of(1), 2, rule, &memory), lie_of("mimic_warmup", {}, round_of(1), 2, rule, &empty));
}

}  // namespace
}  // namespace zenops
