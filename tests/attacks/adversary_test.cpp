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
  EXPECT_EQ(a.attack(0, 1).name, "negative");
  EXPECT_EQ(a.attack(1, 1).name, "crash");
  EXPECT_EQ(a.attack(2, 1).name, "none");
}

TEST(AdversaryTest, ZeroRateIsHonest) {
  const Adversary a(catalogue, {{.name = "negative", .parameters = {{"scale", 1}}, .rate = 0, .workers = {}}}, 3);
  for (uint32_t r = 1; r < 200; ++r) EXPECT_FALSE(a.poisons(0, r, 0));
}

// ---- in which rounds

AttackOptions negative(Times times, std::vector<uint32_t> workers = {}, double scale = 1) {
  return {.name = "negative", .parameters = {{"scale", scale}}, .rate = 1, .workers = std::move(workers), .times = times};
}

std::string rounds_of(const Adversary& a, uint32_t worker, uint32_t last = 12) {
  std::string out;
  for (uint32_t r = 1; r <= last; ++r) out += a.poisons(worker, r, 0) ? 'x' : '.';
  return out;
}

TEST(TimesTest, LiesFromStartUpToBeforeStop) {
  EXPECT_EQ(rounds_of(Adversary(catalogue, {negative({})}, 3), 0), "xxxxxxxxxxxx");
  EXPECT_EQ(rounds_of(Adversary(catalogue, {negative({.start = 4})}, 3), 0), "...xxxxxxxxx");
  EXPECT_EQ(rounds_of(Adversary(catalogue, {negative({.start = 4, .stop = 7})}, 3), 0), "...xxx......");
  EXPECT_EQ(rounds_of(Adversary(catalogue, {negative({.stop = 2})}, 3), 0), "x...........");
}

TEST(TimesTest, LiesOnRoundsThenIsHonestOffRoundsCountedFromStart) {
  EXPECT_EQ(rounds_of(Adversary(catalogue, {negative({.on = 2, .off = 3})}, 3), 0), "xx...xx...xx");
  EXPECT_EQ(rounds_of(Adversary(catalogue, {negative({.start = 3, .stop = 11, .on = 1, .off = 2})}, 3), 0), "..x..x..x...");
}

TEST(TimesTest, TheRampIsALineFromOneStepToTheWholeRate) {
  const Times times{.start = 11, .ramp = 4};
  EXPECT_EQ(times.share(11), 0.25);
  EXPECT_EQ(times.share(12), 0.5);
  EXPECT_EQ(times.share(14), 1);
  EXPECT_EQ(times.share(400), 1);
  const Adversary a(catalogue, {negative({.ramp = 100})}, 3);
  int early = 0, late = 0;
  for (uint32_t w = 0; w < 200; ++w) {
    for (uint32_t r = 1; r <= 10; ++r) early += a.poisons(w, r, 0);
    for (uint32_t r = 91; r <= 100; ++r) late += a.poisons(w, r, 0);
  }
  EXPECT_NEAR(early, 2000 * 0.055, 5 * std::sqrt(2000 * 0.055 * 0.945));
  EXPECT_NEAR(late, 2000 * 0.955, 5 * std::sqrt(2000 * 0.955 * 0.045));
}

TEST(AdversaryTest, TheFirstEntryThatNamesTheWorkerAndCoversTheRoundIsItsOwn) {
  const Adversary a(catalogue,
                    {negative({.start = 3, .stop = 5}, {2}, 7),
                     {.name = "silent", .parameters = {}, .rate = 1, .workers = {2}, .times = {.start = 4, .stop = 8}},
                     negative({.start = 7}, {}, 9)},
                    3);
  std::string story;
  for (uint32_t r = 1; r <= 9; ++r) {
    std::vector<float> u{1};
    if (a.poisons(2, r, 0)) a.poison(2, r, 0, u);
    story += a.silent(2, r) ? "s" : u[0] == 1 ? "." : u[0] == -7 ? "7" : "9";
  }
  EXPECT_EQ(story, "..77sss99");
  EXPECT_EQ(rounds_of(a, 0, 9), "......xxx") << "it is in the last entry alone";
  EXPECT_EQ(a.attack(2, 1).parameters.at("scale"), 7) << "what it will do next";
  EXPECT_EQ(a.attack(2, 5).name, "silent");
  EXPECT_EQ(a.attack(0, 1).times.start, 7u);
}

TEST(AdversaryTest, WhatTheOperatorSetsIsAllThatItsWorkerDoes) {
  Adversary a(catalogue, {negative({})}, 3);
  a.set(1, negative({.start = 4, .stop = 6}));
  EXPECT_EQ(rounds_of(a, 1), "...xx.......") << "outside of its rounds the worker is honest";
  EXPECT_EQ(a.attack(1, 6).name, "none");
  a.set(1, negative({.start = 8}));
  EXPECT_EQ(rounds_of(a, 1), ".......xxxxx") << "and nothing is left of what was set before";
  EXPECT_EQ(rounds_of(a, 0), "xxxxxxxxxxxx");
}

// ---- who colludes, who is honest

Attacks with_a_collusion(Sight sees = Sight::statistics) {
  Attacks attacks = Attacks::standard();
  AttackEntry entry;
  entry.name = "mean_twice";
  entry.lie = Lie::collusion;
  entry.sees = sees;
  entry.parameters = {{.name = "times", .default_value = 2, .min = 0, .max = 10, .sentence = "how often"}};
  attacks.add(entry);
  return attacks;
}

TEST(AdversaryTest, WhoColludesDoesSoWithItsRateInAWholeRound) {
  const Attacks attacks = with_a_collusion();
  const Adversary a(attacks, {{.name = "mean_twice", .parameters = {}, .rate = 0.5, .workers = {1, 2}}}, 3);
  int colludes = 0;
  for (uint32_t r = 1; r <= 1000; ++r) {
    colludes += a.colludes(1, r);
    EXPECT_FALSE(a.colludes(0, r));
    EXPECT_EQ(a.honest(1, r, 5), !a.colludes(1, r));
    EXPECT_FALSE(a.poisons(1, r, 0)) << "it is not its own update that it lies with";
  }
  EXPECT_NEAR(colludes, 500, 80);
  uint32_t r = 1;
  while (!a.colludes(1, r)) ++r;
  EXPECT_EQ(a.collusion(1, r)->parameters.at("times"), 2);
}

TEST(AdversaryTest, HonestIsWhoLiesInNoBlockAndSaysSomething) {
  const Adversary a(catalogue,
                    {{.name = "negative", .parameters = {}, .rate = 0.1, .workers = {0}},
                     {.name = "silent", .parameters = {}, .rate = 1, .workers = {1}},
                     {.name = "stale_copy", .parameters = {}, .rate = 1, .workers = {2}},
                     {.name = "crash", .parameters = {}, .rate = 1, .workers = {3}},
                     {.name = "delayed", .parameters = {}, .rate = 1, .workers = {4}}},
                    3);
  int honest = 0;
  for (uint32_t r = 1; r <= 200; ++r) {
    bool lies = false;
    for (uint32_t b = 0; b < 6; ++b) lies = lies || a.poisons(0, r, b);
    EXPECT_EQ(a.honest(0, r, 6), !lies);
    honest += !lies;
    for (const uint32_t w : {1u, 2u, 3u}) EXPECT_FALSE(a.honest(w, r, 6));
    for (const uint32_t w : {4u, 5u}) EXPECT_TRUE(a.honest(w, r, 6));
  }
  EXPECT_GT(honest, 50);
  EXPECT_LT(honest, 150);
}

TEST(AdversaryTest, OneShardOnlyLiesInWhatThatShardOwns) {
  const Layout layout({{"a", {5}}, {"b", {3}}});
  for (const uint32_t shards : {1u, 2u}) {
    for (uint32_t shard = 0; shard < shards; ++shard) {
      const Adversary a(catalogue, {{.name = "one_shard_only", .parameters = {{"scale", 3}, {"shard", shard}}, .rate = 1, .workers = {}}}, 3,
                        {layout, shards});
      std::vector<float> update(8, 1), expected(8, 1);
      for (uint32_t b = 0; b < 2; ++b) {
        const Block& block = layout.blocks()[b];
        if (a.poisons(0, 1, b)) a.poison(0, 1, b, std::span(update).subspan(block.offset, block.size));
      }
      const ShardRange range = layout.shard(shard, shards);
      for (size_t k = range.offset; k < range.offset + range.size; ++k) expected[k] = -3;
      EXPECT_EQ(update, expected) << shard << " of " << shards;
    }
  }
}

TEST(AdversaryTest, AShardThatOwnsPartOfABlockIsLiedToInThatPart) {
  const Layout layout({{"a", {100'000}}});
  const ShardRange range = layout.shard(1, 2);
  ASSERT_GT(range.size, 0u);
  ASSERT_LT(range.size, 100'000u);
  const Adversary a(catalogue, {{.name = "one_shard_only", .parameters = {{"scale", 3}, {"shard", 1}}, .rate = 1, .workers = {}}}, 3,
                    {layout, 2});
  std::vector<float> update(100'000, 1);
  ASSERT_TRUE(a.poisons(0, 1, 0));
  a.poison(0, 1, 0, update);
  for (size_t k = 0; k < update.size(); ++k)
    ASSERT_EQ(update[k], k >= range.offset && k < range.offset + range.size ? -3 : 1) << k;
}

}  // namespace
}  // namespace zenops
