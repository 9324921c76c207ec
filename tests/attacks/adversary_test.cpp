#include "attacks/adversary.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace zenops {
namespace {

const Attacks catalogue = Attacks::standard();

std::vector<float> update(size_t n) {
  std::vector<float> u(n);
  for (size_t i = 0; i < n; ++i) u[i] = 0.01f * static_cast<float>(i % 7) - 0.02f;
  return u;
}

std::vector<float> poisoned(const std::string& name, double scale, std::vector<float> u, uint64_t seed = 1, uint32_t round = 1) {
  Adversary a(catalogue, {{.name = name, .parameters = {{"scale", scale}}, .rate = 1, .workers = {}}}, seed);
  a.poison(0, round, 0, u);
  return u;
}

double norm(const std::vector<float>& u) {
  double sum = 0;
  for (float x : u) sum += double{x} * x;
  return std::sqrt(sum);
}

TEST(AttackTest, NegativeSendsMinusScaleTimesTheUpdate) {
  const auto u = update(100), p = poisoned("negative", 200, u);
  for (size_t i = 0; i < u.size(); ++i) EXPECT_FLOAT_EQ(p[i], -200 * u[i]);
}

TEST(AttackTest, RandomReplacesTheUpdateByNormalNumbersOfThatDeviation) {
  const auto p = poisoned("random", 10, update(200000));
  const double mean = std::accumulate(p.begin(), p.end(), 0.0) / static_cast<double>(p.size());
  EXPECT_NEAR(mean, 0, 0.1);
  EXPECT_NEAR(norm(p) / std::sqrt(static_cast<double>(p.size())), 10, 0.1);
}

TEST(AttackTest, RandomscaleIsARandomDirectionScaleTimesAsLong) {
  const auto u = update(1000), p = poisoned("randomscale", 8, u);
  EXPECT_NEAR(norm(p), 8 * norm(u), 1e-4 * norm(p));
  double dot = 0;
  for (size_t i = 0; i < u.size(); ++i) dot += double{u[i]} * p[i];
  EXPECT_LT(std::abs(dot) / norm(u) / norm(p), 0.15) << "it still points where the update did";
  EXPECT_EQ(norm(poisoned("randomscale", 8, std::vector<float>(10))), 0) << "of a row of zeros";
}

TEST(AttackTest, SendsWhatNoRuleMayStumbleOver) {
  const auto u = update(30);
  for (const float x : poisoned("inf", 1, u)) EXPECT_EQ(x, std::numeric_limits<float>::infinity());
  for (const float x : poisoned("zero", 1, u)) EXPECT_EQ(x, 0);
  const auto huge = poisoned("huge", 1, u);
  for (size_t i = 0; i < u.size(); ++i) EXPECT_EQ(huge[i], u[i] > 0 ? -1e38f : 1e38f);
}

TEST(AttackTest, LiarsWhoSendDuplicatesSendTheSameOne) {
  const Adversary a(catalogue, {{.name = "duplicate", .parameters = {{"scale", 2}}, .rate = 1, .workers = {}}}, 1);
  auto first = update(50), second = update(50), next = update(50);
  a.poison(3, 1, 0, first);
  a.poison(9, 1, 0, second);
  a.poison(3, 2, 0, next);
  EXPECT_EQ(first, second);
  EXPECT_NE(first, next) << "another round";
}

TEST(AttackTest, NoiseIsTheSameForOneNameAndDiffersBetweenNames) {
  const auto u = update(50);
  EXPECT_EQ(poisoned("random", 1, u), poisoned("random", 1, u));
  EXPECT_NE(poisoned("random", 1, u, 1), poisoned("random", 1, u, 2)) << "another seed";
  EXPECT_NE(poisoned("random", 1, u, 1, 1), poisoned("random", 1, u, 1, 2)) << "another round";
}

TEST(AdversaryTest, PoisonsEachBlockMessageWithItsRate) {
  const Adversary a(catalogue, {{.name = "negative", .parameters = {{"scale", 1}}, .rate = 0.2, .workers = {}}}, 3);
  int poisons = 0;
  for (uint32_t w = 0; w < 10; ++w)
    for (uint32_t r = 1; r <= 100; ++r)
      for (uint32_t b = 0; b < 10; ++b) poisons += a.poisons(w, r, b);
  EXPECT_NEAR(poisons, 2000, 5 * std::sqrt(10000 * 0.2 * 0.8));
}

TEST(AdversaryTest, FixedLiarsAlwaysLieAndTheOthersNever) {
  const Adversary a(catalogue, {{.name = "negative", .parameters = {{"scale", 1}}, .rate = 1, .workers = {1, 4}}}, 3);
  for (uint32_t w = 0; w < 6; ++w)
    for (uint32_t r = 1; r < 50; ++r) EXPECT_EQ(a.poisons(w, r, 0), w == 1 || w == 4);
}

TEST(AdversaryTest, TheFirstEntryThatNamesAWorkerIsItsOwn) {
  const Adversary a(catalogue,
                    {{.name = "silent", .parameters = {}, .rate = 1, .workers = {2}},
                     {.name = "negative", .parameters = {{"scale", 1}}, .rate = 1, .workers = {}}},
                    3);
  EXPECT_TRUE(a.silent(2, 1));
  EXPECT_FALSE(a.poisons(2, 1, 0));
  EXPECT_TRUE(a.poisons(3, 1, 0));
  EXPECT_FALSE(a.silent(3, 1));
}

TEST(AdversaryTest, AChangedAttackReplacesTheOldOneOfThatWorkerOnly) {
  Adversary a(catalogue, {{.name = "negative", .parameters = {{"scale", 1}}, .rate = 1, .workers = {0, 1}}}, 3);
  a.set(1, {.name = "crash", .parameters = {}, .rate = 1, .workers = {}});
  EXPECT_FALSE(a.poisons(1, 1, 0));
  EXPECT_TRUE(a.crashes(1, 1));
  EXPECT_TRUE(a.poisons(0, 1, 0));
  EXPECT_EQ(a.attack(0).name, "negative");
  EXPECT_EQ(a.attack(1).name, "crash");
  EXPECT_EQ(a.attack(2).name, "none");
}

TEST(AdversaryTest, ZeroRateIsHonest) {
  const Adversary a(catalogue, {{.name = "negative", .parameters = {{"scale", 1}}, .rate = 0, .workers = {}}}, 3);
  for (uint32_t r = 1; r < 200; ++r) EXPECT_FALSE(a.poisons(0, r, 0));
}

}  // namespace
}  // namespace zenops
