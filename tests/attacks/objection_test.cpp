#include "attacks/objection.hpp"

#include <gmock/gmock.h>

namespace zenops {
namespace {

using testing::Eq;
using testing::HasSubstr;

const Attacks standard = Attacks::standard();

AttackEntry collusion(Sight sees) {
  AttackEntry entry;
  entry.name = "together";
  entry.lie = Lie::collusion;
  entry.sees = sees;
  return entry;
}

std::string against(const AttackEntry& entry, const AttackSetting& setting, Times times = {}, Parameters parameters = {}) {
  const auto why = objection(entry, {.name = entry.name, .parameters = parameters, .rate = 1, .workers = {}, .times = times}, setting);
  return !why ? "" : why->key.empty() ? why->sentence : why->key + ": " + why->sentence;
}

TEST(AttackObjectionTest, AnAttackThatNeedsToKnowMoreThanTheThreatModelSaysIsRefused) {
  const Sight all[] = {Sight::nothing, Sight::statistics, Sight::rows, Sight::rule};
  for (const Sight sees : {Sight::statistics, Sight::rows, Sight::rule})
    for (const Sight knows : all)
      EXPECT_EQ(against(collusion(sees), {.threat_model = knows}).empty(), knows >= sees) << to_string(sees) << to_string(knows);
  EXPECT_EQ(against(collusion(Sight::rule), {.threat_model = Sight::statistics}),
            "together needs to know the rule; adversary.threat_model: statistics");
  EXPECT_EQ(against(collusion(Sight::statistics), {}),
            "together needs to know mean and deviation of the honest rows; adversary.threat_model: nothing");
  EXPECT_EQ(against(collusion(Sight::rows), {.threat_model = Sight::rule, .rounds_of_all = false}),
            "together needs the honest rows of a round; train.mode: async has no rounds");
}

TEST(AttackObjectionTest, WhoeverSeesNothingOfOthersIsNeverAskedWhatItKnows) {
  for (const AttackEntry& entry : standard.entries())
    if (entry.lie != Lie::collusion) {
      EXPECT_EQ(against(entry, {.rounds_of_all = false}), "") << entry.name;
    }
}

TEST(AttackObjectionTest, RoundsThatAreNoneOfTheRunsAreRefused) {
  const AttackEntry& negative = *standard.find("negative");
  const AttackSetting hundred{.rounds = 100};
  EXPECT_EQ(against(negative, hundred, {.start = 100, .ramp = 500}), "");
  EXPECT_EQ(against(negative, hundred, {.start = 500}), "start: found 500, expected a round of the run, of which there are 100");
  EXPECT_EQ(against(negative, {}, {.start = 500}), "") << "nobody knows yet how many there are";
  EXPECT_EQ(against(negative, hundred, {.start = 0}), "start: found 0, expected a round of the run, from 1 on");
  EXPECT_EQ(against(negative, hundred, {.start = 7, .stop = 7}), "stop: found 7, expected a round after start = 7, or 0: to the end");
  EXPECT_EQ(against(negative, hundred, {.stop = 2}), "");
  EXPECT_EQ(against(negative, hundred, {.on = 3}), "on: found 3, expected 0, or off with the rounds of a pause beside it");
  EXPECT_EQ(against(negative, hundred, {.off = 3}), "off: found 3, expected 0, or on with the rounds between two pauses beside it");
  EXPECT_EQ(against(negative, hundred, {.on = 1, .off = 1}), "");
}

TEST(AttackObjectionTest, AShardThatThereIsNotCannotBeLiedTo) {
  const AttackEntry& one = *standard.find("one_shard_only");
  EXPECT_EQ(against(one, {.shards = 2}, {}, {{"shard", 1}}), "");
  EXPECT_EQ(against(one, {.shards = 2}, {}, {{"shard", 2}}), "shard: found 2, expected an index below cluster.shards = 2");
  EXPECT_EQ(against(one, {}), "");
}

}  // namespace
}  // namespace zenops
