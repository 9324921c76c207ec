// Every rule in a run: the same bits however it is cut, among liars, and with too few rows.
#include <gmock/gmock.h>

#include <cmath>

#include "tests/actors/ground.hpp"
#include "tests/actors/trained.hpp"

namespace zenops {
namespace {

using testing::Contains;
using testing::HasSubstr;

/// "arc_nnm_krum": krum after arc and nnm.
RuleOptions choice(std::string name) {
  RuleOptions rule;
  for (bool found = true; found;) {
    found = false;
    for (const std::string pre : {"nnm", "arc", "bucketing", "clipping"})
      if (name.starts_with(pre + "_")) {
        rule.pre.push_back({.name = pre});
        name = name.substr(pre.size() + 1);
        found = true;
      }
  }
  rule.name = name;
  rule.granularity = name == "zeno_loss" ? Granularity::model : Granularity::block;
  if (name == "dnc") rule.parameters = {{"r", 100}, {"iterations", 2}};
  return rule;
}

class SameBits : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Rules, SameBits,
                         testing::Values("average", "weighted_average", "median", "trimmed_mean", "phocas", "meamed",
                                         "geometric_median", "krum", "multi_krum", "bulyan", "centered_clipping",
                                         "fltrust", "zeno", "zeno_loss", "nnm_trimmed_mean", "arc_nnm_krum",
                                         "bucketing_median", "signsgd_majority", "signguard", "aksel", "flame", "dnc",
                                         "clipped_clustering", "foolsgold", "arc_signguard"),
                         [](const auto& info) { return info.param; });

TEST_P(SameBits, WhateverTheNumberOfShardsAndThreadsAndTheWayOfMessages) {
  auto o = blobs(7, 2, 1);
  o.data.parameters = {{"features", 700}};  // some segments for seven shards
  o.rule = choice(GetParam());
  o.attacks = {attack("random", 3, 0.2)};
  o.train.subsample = 0.8;
  o.train.sparsity = 0.3;
  const auto expected = run(o).result.weights;
  EXPECT_EQ(run(o).result.weights, expected) << "the same run again";
  for (uint32_t shards : {2, 3, 7}) {
    o.cluster.shards = shards;
    EXPECT_EQ(run(o).result.weights, expected) << shards << " shards";
  }
  o.cluster.threads = 1;
  EXPECT_EQ(run(o).result.weights, expected) << "one thread";
  o.cluster.serialize = true;
  EXPECT_EQ(run(o).result.weights, expected) << "messages as bytes";
}

// Coordinates are drawn from all judged blocks together: where one ends and a shard begins must not matter.
TEST(TrainingRulesTest, CoordinatesAreDrawnFromTheWholeModelWhereItIsJudgedAsAWhole) {
  auto o = blobs(7, 2, 1);
  o.data.parameters = {{"features", 700}};
  o.rule = {.name = "dnc", .parameters = {{"f", 1}, {"r", 300}, {"iterations", 3}}, .granularity = Granularity::model};
  o.attacks = {attack("negative", 5, 1, {0, 1})};
  const auto expected = run(o);
  EXPECT_EQ(expected.result.tally.poisoned_accepted, 0u);
  o.cluster.shards = 3;
  EXPECT_EQ(run(o).result.weights, expected.result.weights);
}

TEST(TrainingRulesTest, AMajorityOfSignsIsAsGoodOfRowsThatAreSentAsBits) {
  auto o = blobs(11, 1, 3);
  o.train.rounds = 20;
  o.rule = {.name = "signsgd_majority", .parameters = {{"step", 0.02}}};
  o.train.compression = {.kind = CompressionOptions::Kind::sign};
  o.attacks = {attack("negative", 200, 1, {0, 3, 7})};
  const auto r = run(o);
  EXPECT_GT(r.result.evaluation.accuracy, 0.8);
  o.cluster.shards = 3;
  EXPECT_EQ(run(o).result.weights, r.result.weights);
}

// One shard refuses the whole row for a NaN in one block; of three, some take their part of it.
TEST(TrainingRulesTest, ALiarWhoIsRefusedInOnePlaceAloneIsInNoMedianAnywhere) {
  auto o = blobs(9, 2, 1);
  o.data.parameters = {{"features", 700}};
  o.rule = {.name = "aksel", .parameters = {}};
  o.attacks = {attack("nan", 1, 0.4, {0, 1, 3})};
  o.attacks[0].parameters = {};
  const auto expected = run(o);
  EXPECT_TRUE(finite(expected.result.weights));
  for (const uint32_t shards : {2, 3, 5}) {
    o.cluster.shards = shards;
    EXPECT_EQ(run(o).result.weights, expected.result.weights) << shards;
  }
  o.cluster.serialize = true;
  EXPECT_EQ(run(o).result.weights, expected.result.weights) << "messages as bytes";
}

TEST(TrainingRulesTest, PuppetsWhoAlwaysSayTheSameHaveNoVoteWithFoolsGold) {
  auto o = blobs(9, 1, 2);
  o.train.rounds = 12;
  o.rule = {.name = "foolsgold", .parameters = {}};
  o.attacks = {{.name = "duplicate", .parameters = {}, .rate = 1, .workers = {0, 1, 2, 3, 4}}};
  const auto r = run(o);
  EXPECT_EQ(r.result.tally.poisoned_accepted, 0u);
  EXPECT_GT(r.result.evaluation.accuracy, 0.7) << "though five of nine lie";
}

TEST(TrainingRulesTest, OneOrTwoWorkersTrainWithEveryRule) {
  for (const char* rule : {"average", "trimmed_mean", "phocas"}) {
    for (uint32_t workers : {1, 2}) {
      auto o = blobs(workers, 1, 1);
      o.train.rounds = 20;
      o.rule = {.name = rule, .parameters = {}, .granularity = Granularity::block};
      EXPECT_GT(run(o).result.evaluation.accuracy, 0.7) << rule << " with " << workers;
    }
  }
}

TEST(TrainingRulesTest, ModelGranularityJudgesARowAsAWhole) {
  auto o = blobs();
  o.rule.granularity = Granularity::model;
  o.attacks = {attack("negative", 200, 0.3)};
  const auto r = run(o);
  EXPECT_EQ(r.result.tally.poisoned_accepted, 0u);
  for (const auto& round : r.rounds)
    for (const auto& w : round.workers) EXPECT_TRUE(w.accepted == 0 || w.accepted == 2) << "both blocks or none";
}

TEST(TrainingRulesTest, RobustRulesLearnAmongLiarsOfEveryKind) {
  for (const std::string name : {"median", "meamed", "geometric_median", "krum", "multi_krum", "bulyan",
                                 "centered_clipping", "fltrust", "zeno_loss", "signguard", "aksel", "flame", "dnc",
                                 "clipped_clustering", "nnm_trimmed_mean", "arc_nnm_median"})
    for (const std::string lie : {"negative", "nan", "inf", "huge", "duplicate"}) {
      auto o = blobs(11, 1, 3);
      o.train.rounds = 20;
      o.rule = choice(name);
      for (const std::string taker : {"meamed", "krum", "multi_krum", "bulyan", "trimmed_mean", "aksel", "dnc"})
        if (o.rule.name == taker) o.rule.parameters["f"] = 2;
      if (name == "centered_clipping") o.rule.parameters["tau"] = 0.3;  // of the size of an honest update
      o.attacks = {{.name = lie, .parameters = {}, .rate = 1, .workers = {0, 7}}};
      const auto r = run(o);
      EXPECT_GT(r.result.evaluation.accuracy, 0.7) << name << ", " << lie;
      EXPECT_TRUE(finite(r.result.weights)) << name << ", " << lie;
    }
}

TEST(TrainingRulesTest, ZenoByLossLeavesOutWhoRaisesTheLoss) {
  auto o = blobs(8, 2, 3);
  o.train.rounds = 10;
  o.rule = choice("zeno_loss");
  o.rule.parameters = {{"b", 2}};
  o.attacks = {attack("negative", 20, 1, {0, 2})};  // both of the first group
  const auto r = run(o);
  EXPECT_EQ(r.result.tally.poisoned_accepted, 0u);
  EXPECT_GT(r.result.tally.honest_accepted, 0u);
}

TEST(TrainingRulesTest, CenteredClippingStartsFromWhatItMadeLast) {
  constexpr float tau = 1e-3f;
  double moved = 0;
  const auto path = [&](uint32_t rounds) {
    auto o = blobs();
    o.train.rounds = rounds;
    o.rule = {.name = "centered_clipping", .parameters = {{"tau", tau}}, .granularity = Granularity::model};
    return run(o).result.weights;
  };
  const auto before = path(1), after = path(6);
  for (size_t i = 0; i < before.size(); ++i) moved += std::pow(double{after[i]} - before[i], 2);
  EXPECT_GT(std::sqrt(moved), 10 * tau) << "five rounds from zero go five tau at most";
  EXPECT_LE(std::sqrt(moved), (2 + 3 + 4 + 5 + 6) * tau * 1.001);
}

class BelowMinimumTest : public testing::Test {
 protected:
  /// Three of seven crash in their first step and are given up: krum needs 2f + 3 = 7.
  BelowMinimumTest() {
    o_ = blobs(7);
    o_.rule = {.name = "krum", .parameters = {{"f", 2}}, .granularity = Granularity::block};
    o_.attacks = {attack("crash", 1, 1, {1, 2, 3})};
    o_.attacks[0].parameters = {};
    o_.cluster.restarts = 0;
  }
  TrainingOptions o_;
};

TEST_F(BelowMinimumTest, WaitsAndSaysSo) {
  const auto r = run(o_);
  EXPECT_EQ(r.result.rounds, 6u);
  EXPECT_EQ(r.result.tally.honest_accepted, 0u);
  EXPECT_THAT(r.rounds.back().notes, Contains(HasSubstr("krum needs n ≥ 2f + 3 = 7, got n = 4: no update")));
}

TEST_F(BelowMinimumTest, LetsAnotherRuleTakeOver) {
  o_.rule.below_minimum = "median";
  const auto r = run(o_);
  EXPECT_GT(r.result.tally.honest_accepted, 0u);
  EXPECT_THAT(r.rounds.back().notes, Contains(HasSubstr("krum needs n ≥ 2f + 3 = 7, got n = 4: median instead")));
}

TEST_F(BelowMinimumTest, EndsTheRunWithTheReason) {
  o_.rule.below_minimum = "stop";
  try {
    run(o_);
    FAIL() << "the run went on";
  } catch (const UserError& e) {
    EXPECT_THAT(e.what(), HasSubstr("krum needs n ≥ 2f + 3 = 7, got n = 4"));
    EXPECT_EQ(e.exit_code(), UserError::run_failed);
  }
}

// f counts liars: one whose row was refused for its NaN is none of those to come.
TEST_F(BelowMinimumTest, ALiarWhoIsCaughtIsOneFewerToWithstand) {
  o_.attacks = {{.name = "nan", .parameters = {}, .rate = 1, .workers = {1}}};
  const auto r = run(o_);
  EXPECT_GT(r.result.tally.honest_accepted, 0u) << "six rows are enough for one liar more";
}

// The workers of group 2, all of them, make of it what a lying validator would.
TEST(TrainingRulesTest, TheMedianOfValidatorsSurvivesOneThatLiesAndTheirMeanDoesNot) {
  auto o = blobs(6, 3, 2);
  o.train.rounds = 12;
  o.rule = {.name = "average", .parameters = {}};
  o.attacks = {attack("negative", 20, 1, {2, 5})};
  EXPECT_LT(run(o).result.evaluation.accuracy, 0.7);
  o.rule.across = Across::median_of_validators;
  const auto expected = run(o).result;
  EXPECT_GT(expected.evaluation.accuracy, 0.9);
  o.cluster.shards = 5;
  o.cluster.threads = 1;
  EXPECT_EQ(run(o).result.weights, expected.weights);
}

TEST(TrainingRulesTest, TheMedianOfValidatorsIsThatOfTheirGroupsNumberByNumber) {
  auto o = blobs(3, 3, 2);
  o.train.rounds = 1;
  o.rule = {.name = "average", .parameters = {}};
  const Ground ground(o);
  std::vector<std::vector<float>> updates;
  for (uint32_t w = 0; w < 3; ++w) {
    auto learner = ground.learner(o, Role::worker, w);
    const auto update = learner.update(0, 1, o.train.optimizer.lr, std::span(&ground.initial, 1), {});
    updates.emplace_back(update.delta.view().begin(), update.delta.view().end());
  }
  o.rule.across = Across::median_of_validators;
  const auto weights = run(o).result.weights;
  for (size_t i = 0; i < weights.size(); ++i) {
    std::vector<float> column = {updates[0][i], updates[1][i], updates[2][i]};
    std::ranges::sort(column);
    ASSERT_FLOAT_EQ(weights[i], ground.initial.view()[i] + column[1]) << i;
  }
}

TEST(TrainingRulesTest, AUsersOwnRuleIsALineInTheCatalogue) {
  class First final : public Rule {
   public:
    Needs needs() const override { return {}; }
    Plan decide(const Geometry& g) const override {
      Plan plan;
      for (size_t b = 0; b < g.blocks.size(); ++b) {
        BlockPlan p{.combine = Combine::weighted_sum, .trim = 0, .weights = std::vector<float>(g.rows), .verdicts = {}};
        if (g.rows > 0) p.weights[0] = 1;
        p.verdicts.assign(g.rows, Verdict::accepted);
        plan.blocks.push_back(p);
      }
      return plan;
    }
  };
  Catalogue catalogue;
  RuleEntry entry;
  entry.name = "first";
  entry.make = [](const Parameters&) { return std::make_unique<const First>(); };
  catalogue.rules.add(entry);
  auto o = blobs();
  o.rule = {.name = "first", .parameters = {}, .granularity = Granularity::block};
  Training training(o, catalogue);
  EXPECT_EQ(training.run().rounds, 6u);
}

}  // namespace
}  // namespace zenops
