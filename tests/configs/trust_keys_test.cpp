#include <gmock/gmock.h>

#include "tests/base/refusal.hpp"
#include "tests/configs/parsed.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(TrustKeysTest, ReadsPreAggregatorsByNameOrWithParameters) {
  const auto rule = parse("rule: {pre: [clipping, {name: nnm, f: 2}], name: average}").training.rule;
  ASSERT_EQ(rule.pre.size(), 2u);
  EXPECT_EQ(rule.pre[0].name, "clipping");
  EXPECT_EQ(rule.pre[1].name, "nnm");
  EXPECT_EQ(rule.pre[1].parameters, (Parameters{{"f", 2}}));
  EXPECT_EQ(parse("rule: {pre: nnm}").training.rule.pre.size(), 1u);
  EXPECT_THAT(parse("rule: {name: average}").training.rule.pre, IsEmpty());
}

TEST(TrustKeysTest, AMistakenPreAggregatorIsNamed) {
  EXPECT_EQ(mistakes("rule: {pre: [nmm]}"),
            "x.yaml:1:14: rule.pre: found \"nmm\", expected one of nnm, clipping; did you mean \"nnm\"?");
  EXPECT_EQ(mistakes("rule: {pre: [{f: 2}]}"),
            "x.yaml:1:14: rule.pre: found a map without a name, expected a list of names, or of maps like {name: nnm, f: 3}");
  EXPECT_EQ(mistakes("rule: {pre: [{name: nnm, k: 2}]}"), "x.yaml:1:26: rule.pre.k: unknown key of rule.pre \"nnm\"; did you mean \"rule.pre.f\"?");
  EXPECT_EQ(mistakes("rule: {pre: [{name: nnm, f: 1.5}]}"),
            "x.yaml:1:29: rule.pre.f: found 1.5, expected an integer ≥ 0 and ≤ 100");
}

TEST(TrustKeysTest, ARuleThatKeepsARowOfEveryWorkerDoesNotTakeAnyNumberOfThem) {
  const auto parsed = [](const std::string& workers) {
    return parse_config("cluster: {workers: " + workers + "}\nrule: {name: foolsgold}", "x.yaml", {}, Catalogue{});
  };
  EXPECT_EQ(parsed("4080").training.cluster.workers, 4080u);
  EXPECT_EQ(refusal(UserError::bad_config, [&] { parsed("5000"); }),
            "x.yaml:1:20: cluster.workers: found 5000, expected at most 4080: foolsgold keeps what each worker sent, and a shard could not "
            "tell so many rows at once");
}

TEST(TrustKeysTest, ARateWithoutWorkersIsForEverybody) {
  const auto attacks = parse("attack: {name: negative, rate: 0.2}").training.attacks;
  ASSERT_EQ(attacks.size(), 1u);
  EXPECT_EQ(attacks[0].rate, 0.2);
  EXPECT_THAT(attacks[0].workers, IsEmpty());
  EXPECT_EQ(attacks[0].parameters, (Parameters{{"scale", 10}}));
}

TEST(TrustKeysTest, WorkersWithoutARateAlwaysLie) {
  const auto attacks = parse("attack: {name: negative, workers: 3}").training.attacks;
  ASSERT_EQ(attacks.size(), 1u);
  EXPECT_EQ(attacks[0].rate, 1);
  EXPECT_THAT(attacks[0].workers, ElementsAre(0, 1, 2));
}

TEST(TrustKeysTest, AttacksMayBeSetPerWorker) {
  const auto attacks = parse(
                           "attack: [{name: negative, workers: [4, 2]}, {name: random, scale: 5, rate: 0.5, workers: "
                           "[7]}, {name: none}]")
                           .training.attacks;
  ASSERT_EQ(attacks.size(), 3u);
  EXPECT_THAT(attacks[0].workers, ElementsAre(4, 2));
  EXPECT_EQ(attacks[1].rate, 0.5);
  EXPECT_EQ(attacks[1].parameters, (Parameters{{"scale", 5}}));
  EXPECT_THAT(attacks[2].workers, IsEmpty());
  EXPECT_EQ(attacks[2].rate, 0);
}

TEST(TrustKeysTest, AReputationThatContradictsItselfIsRefused) {
  EXPECT_EQ(mistakes("reputation: {mode: watch}\ntrain: {mode: async}\nrule: {name: zeno, granularity: model}\nasync: {buffer: 4}"),
            "x.yaml:1:20: reputation.mode: found watch, expected off: train.mode is async");
  EXPECT_EQ(mistakes("reputation: {window: 10}"),
            "x.yaml:1:13: reputation.least: found 20, expected at most reputation.window = 10\n"
            "x.yaml:1:13: reputation.readmit: found 20, expected at most reputation.window = 10");
  EXPECT_EQ(mistakes("reputation: {warn: 0.5, quarantine: 0.4, evict: 0.3}"),
            "x.yaml:1:20: reputation.warn: found 0.5, expected at most reputation.quarantine = 0.4\n"
            "x.yaml:1:37: reputation.quarantine: found 0.4, expected at most reputation.evict = 0.3");
  EXPECT_EQ(mistakes("reputation: {mode: on}"),
            "x.yaml:1:20: reputation.mode: found \"on\", expected one of off, watch, evict");
}

/// With a collusion that needs to know the rule, and one to one shard.
std::string mistakes_in_attacks(const std::string& text) {
  Catalogue catalogue = small_catalogue();
  AttackEntry together;
  together.name = "together";
  together.lie = Lie::collusion;
  together.sees = Sight::rule;
  catalogue.attacks.add(together);
  catalogue.attacks.add(*Attacks::standard().find("one_shard_only"));
  try {
    parse_config(text, "x.yaml", {}, catalogue);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "none";
}

TEST(TrustKeysTest, ReadsInWhichRoundsSomebodyLies) {
  const auto attacks = parse("attack: [{name: negative, workers: 2, start: 5, stop: 30, ramp: 10}, {name: random, workers: 2, start: 30, on: 3, off: 4}]").training.attacks;
  ASSERT_EQ(attacks.size(), 2u);
  EXPECT_EQ(attacks[0].times, (Times{.start = 5, .stop = 30, .ramp = 10}));
  EXPECT_EQ(attacks[1].times, (Times{.start = 30, .on = 3, .off = 4}));
  EXPECT_EQ(parse("attack: {name: negative, workers: 2}").training.attacks[0].times, Times{});
}

TEST(TrustKeysTest, RoundsInWhichNobodyCanLieAreRefused) {
  EXPECT_EQ(mistakes("attack: {name: negative, workers: 2, start: 500}"),
            "x.yaml:1:45: attack.start: found 500, expected a round of the run, of which there are 100");
  EXPECT_EQ(mistakes("{train: {epochs: 3}, attack: {name: negative, workers: 2, start: 500}}"), "none") << "it is not known yet";
  EXPECT_EQ(mistakes("{train: {mode: async}, async: {buffer: 2}, attack: {name: negative, workers: 2, start: 500}}"), "none")
      << "a worker's rounds are its own updates";
  EXPECT_EQ(mistakes("attack: {name: negative, workers: 2, start: 0}"), "x.yaml:1:45: attack.start: found 0, expected an integer ≥ 1");
  EXPECT_EQ(mistakes("attack: {name: negative, workers: 2, start: 5, stop: 5}"),
            "x.yaml:1:54: attack.stop: found 5, expected a round after start = 5, or 0: to the end");
  EXPECT_EQ(mistakes("attack: {name: negative, workers: 2, on: 5}"),
            "x.yaml:1:42: attack.on: found 5, expected 0, or off with the rounds of a pause beside it");
  EXPECT_EQ(mistakes("attack: {name: negative, workers: 2, off: 5}"),
            "x.yaml:1:43: attack.off: found 5, expected 0, or on with the rounds between two pauses beside it");
}

TEST(TrustKeysTest, AnAttackThatNeedsToKnowMoreThanTheThreatModelSaysIsRefused) {
  EXPECT_EQ(parse("adversary: {threat_model: rows}").training.adversary.threat_model, Sight::rows);
  EXPECT_EQ(mistakes_in_attacks("{adversary: {threat_model: rule}, attack: {name: together, workers: 3}}"), "none");
  EXPECT_EQ(mistakes_in_attacks("{adversary: {threat_model: statistics}, attack: [{name: negative, workers: 3}, {name: together, workers: [4]}]}"),
            "x.yaml:1:80: attack: together needs to know the rule; adversary.threat_model: statistics");
  EXPECT_EQ(mistakes_in_attacks("attack: {name: together, workers: 3}"),
            "x.yaml:1:9: attack: together needs to know the rule; adversary.threat_model: nothing");
  EXPECT_EQ(mistakes_in_attacks("{train: {mode: async}, async: {buffer: 2}, attack: {name: together, workers: 3}}"),
            "x.yaml:1:52: attack: together needs the honest rows of a round; train.mode: async has no rounds");
  EXPECT_EQ(mistakes_in_attacks("{train: {mode: async}, async: {buffer: 2}, adversary: {threat_model: rule}}"),
            "x.yaml:1:70: adversary.threat_model: found rule, expected nothing: train.mode: async has no rounds of all");
  EXPECT_EQ(mistakes_in_attacks("{plumbing: true, adversary: {threat_model: rule}, attack: {name: together, workers: 3}}"),
            "x.yaml:1:59: attack: found together beside plumbing: true, expected one that needs no honest rows: nothing is trained");
}

TEST(TrustKeysTest, OneShardIsLiedToThatThereIs) {
  EXPECT_EQ(mistakes_in_attacks("{cluster: {shards: 2}, attack: {name: one_shard_only, shard: 1, workers: 3}}"), "none");
  EXPECT_EQ(mistakes_in_attacks("{cluster: {shards: 2}, attack: {name: one_shard_only, shard: 2, workers: 3}}"),
            "x.yaml:1:62: attack.shard: found 2, expected an index below cluster.shards = 2");
}

}  // namespace
}  // namespace zenops
