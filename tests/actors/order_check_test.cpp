#include "actors/order_check.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/actors/blobs.hpp"

namespace zenops {
namespace {

using testing::Eq;
using testing::HasSubstr;
using testing::Optional;

OrderCheck check(const TrainingOptions& options = blobs(15, 3)) {
  return {Rules::standard(), Attacks::standard(), options};
}

TEST(OrderCheckTest, ARateIsAPositiveNumber) {
  EXPECT_EQ(check().lr(0.1f), std::nullopt);
  EXPECT_THAT(check().lr(-1), Optional(Eq("the learning rate: found -1, expected a number above 0 and at most 1000")));
  EXPECT_THAT(check().lr(NAN), Optional(HasSubstr("found nan")));
  EXPECT_THAT(check().lr(INFINITY), Optional(HasSubstr("found inf")));
  EXPECT_TRUE(check().lr(0));
}

TEST(OrderCheckTest, AnAttackIsOfAWorkerThatThereIsAndInTheCatalogue) {
  EXPECT_EQ(check().attack(14, attack("negative", 200, 1)), std::nullopt);
  EXPECT_THAT(check().attack(99, attack("negative", 200, 1)),
              Optional(Eq("there is no worker/99: the run has worker/0 to worker/14")));
  EXPECT_THAT(check().attack(3, attack("negativ", 200, 1)),
              Optional(Eq("there is no attack \"negativ\"; did you mean \"negative\"?")));
  EXPECT_THAT(check().attack(3, attack("qqqqqq", 200, 1)), Optional(HasSubstr("there are none, negative, random")));
  EXPECT_THAT(check().attack(3, {.name = "negative", .parameters = {{"scael", 2}}, .rate = 1, .workers = {}}),
              Optional(Eq("negative has no parameter \"scael\"; did you mean \"scale\"?")));
  EXPECT_THAT(check().attack(3, {.name = "nan", .parameters = {{"scale", 2}}, .rate = 1, .workers = {}}),
              Optional(Eq("nan has no parameter \"scale\": it takes none")));
  EXPECT_THAT(check().attack(3, attack("negative", -5, 1)),
              Optional(Eq("scale of negative: found -5, expected a number from 0 to 1e+12")));
  EXPECT_THAT(check().attack(3, attack("negative", NAN, 1)), Optional(HasSubstr("found nan")));
  EXPECT_THAT(check().attack(3, attack("negative", 5, 1.5)),
              Optional(Eq("rate: found 1.5, expected a number from 0 to 1")));
}

TEST(OrderCheckTest, AnAttackIsOneThatTheRunCouldHaveBegunWith) {
  auto o = blobs(15, 3);
  AttackOptions late = attack("negative", 2, 1);
  late.times.start = 7;
  EXPECT_THAT(check(o).attack(3, late), Optional(Eq("start: found 7, expected a round of the run, of which there are 6")));
  late.times = {.start = 6};
  EXPECT_EQ(check(o).attack(3, late), std::nullopt);
  auto async = o;
  async.train.mode = Mode::async;
  late.times = {.start = 500};
  EXPECT_EQ(check(async).attack(3, late), std::nullopt) << "its rounds are its own updates";
  late.times = {.start = 5, .stop = 5};
  EXPECT_THAT(check(async).attack(3, late), Optional(HasSubstr("stop: found 5")));
  const AttackOptions one{.name = "one_shard_only", .parameters = {{"shard", 2}}, .rate = 1, .workers = {}};
  EXPECT_THAT(check(o).attack(3, one), Optional(Eq("shard: found 2, expected an index below cluster.shards = 2")));
  AttackEntry together;
  together.name = "together";
  together.lie = Lie::collusion;
  together.sees = Sight::rule;
  Attacks attacks;
  attacks.add(together);
  const AttackOptions lie{.name = "together", .parameters = {}, .rate = 1, .workers = {}};
  o.adversary.threat_model = Sight::statistics;
  EXPECT_THAT(OrderCheck(Rules::standard(), attacks, o).attack(3, lie),
              Optional(Eq("together needs to know the rule; adversary.threat_model: statistics")));
  o.adversary.threat_model = Sight::rule;
  EXPECT_EQ(OrderCheck(Rules::standard(), attacks, o).attack(3, lie), std::nullopt);
}

TEST(OrderCheckTest, ARuleIsOneThatTheRunCouldHaveBegunWith) {
  EXPECT_EQ(check().rule({{"trimmed_mean", {{"f", 1}}}, {{"nnm"}}}), std::nullopt);
  EXPECT_THAT(check().rule({{"trimed_mean"}}),
              Optional(Eq("there is no rule \"trimed_mean\"; did you mean \"trimmed_mean\"?")));
  EXPECT_THAT(check().rule({{"trimmed_mean", {{"f", 1}}}, {{"nmn"}}}),
              Optional(HasSubstr("there is no pre-aggregator \"nmn\"")));
  EXPECT_THAT(check().rule({{"trimmed_mean", {{"f", 1.5}}}}),
              Optional(HasSubstr("found 1.5, expected a whole number")));
  EXPECT_THAT(
      check().rule({{"trimmed_mean", {{"f", 3}}}}),
      Optional(Eq("trimmed_mean needs n > 2f = 6, got n = 5 (n: workers of a validator, cluster.workers = 15 over "
                  "cluster.validators = 3)")));
  EXPECT_THAT(check().rule({{"kardam"}}),
              Optional(Eq("kardam judges each update as it comes, which is for train.mode: async")));
  EXPECT_THAT(check().rule({{"zeno_loss"}}), Optional(HasSubstr("rule.granularity is block")));
  auto o = blobs(15, 3);
  o.train.mode = Mode::async;
  EXPECT_THAT(check(o).rule({{"average"}}), Optional(HasSubstr("keeps the rule with which it began")));
}

TEST(OrderCheckTest, WhatARunHasNotIsRefusedWithTheKeyThatDecidesIt) {
  auto o = blobs(15, 3);
  EXPECT_EQ(check(o).eviction(3), std::nullopt);
  EXPECT_THAT(check(o).eviction(15), Optional(HasSubstr("there is no worker/15")));
  EXPECT_THAT(check(o).readmission(3), Optional(Eq("reputation.mode is off: no worker is in quarantine")));
  EXPECT_EQ(check(o).saving(), std::nullopt);
  o.faults.mode = FaultOptions::Mode::exact;
  o.snapshots.every = 0;
  EXPECT_THAT(check(o).eviction(3), Optional(HasSubstr("faults.mode is exact")));
  EXPECT_THAT(check(o).saving(), Optional(HasSubstr("snapshots.every is 0")));
  o.train.mode = Mode::async;
  EXPECT_THAT(check(o).saving(), Optional(HasSubstr("train.mode is async")));
}

TEST(OrderCheckTest, CompletesWhatWasLeftOut) {
  EXPECT_EQ(check()
                .complete(AttackOptions{.name = "negative", .parameters = {}, .rate = 1, .workers = {}})
                .parameters.at("scale"),
            10);
  const RuleChoice choice = check().complete(RuleChoice{{"trimmed_mean", {{"f", 2}}}, {{"nnm"}}});
  EXPECT_EQ(choice.pre[0].parameters.at("f"), 2);
  EXPECT_EQ(check().in_words(choice), "nnm + trimmed_mean f=2") << "and says no more than was said";
  EXPECT_EQ(check().in_words(check().complete(RuleChoice{{"trimmed_mean"}})), "trimmed_mean");
}

}  // namespace
}  // namespace zenops
