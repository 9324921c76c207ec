// Whole runs in which some of the workers collude.
#include <gmock/gmock.h>

#include "tests/actors/collusions.hpp"
#include "tests/actors/operated.hpp"
#include "tests/base/refusal.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;

const Catalogue catalogue = with_collusions();

TrainingOptions colluding(const std::string& attack = "harder") {
  auto o = blobs(7, 1, 2);
  o.cluster.deadline = std::chrono::seconds(100);  // so that nobody takes for waiting what a busy machine takes
  o.rule = {.name = "average", .parameters = {}};
  o.adversary.threat_model = Sight::rule;
  o.attacks = {collusion(attack, {1, 4})};
  return o;
}

/// With everything that a worker leaves out or loses on the way, and two lies at a time.
TrainingOptions colluding_with_memory() {
  auto o = with_memory();
  o.adversary.threat_model = Sight::statistics;
  o.attacks = {collusion("harder", {1}, {}, 0.7), collusion("mean_times", {4}, {{"factor", -2}}),
               {.name = "stale_copy", .parameters = {{"age", 2}}, .rate = 1, .workers = {5}}};
  return o;
}

TEST(CollusionTest, WhoColludesSendsTheLieInEveryBlockAndDoesNotTrain) {
  auto o = colluding("mean_times");
  const auto r = run(o, catalogue);
  ASSERT_EQ(r.rounds.size(), 6u);
  for (const auto& round : r.rounds) {
    ASSERT_EQ(round.workers.size(), 7u);
    for (const auto& w : round.workers) {
      const bool liar = w.worker == 1 || w.worker == 4;
      EXPECT_EQ(w.state, "answered");
      EXPECT_EQ(w.poisoned, liar ? 2u : 0u);
      EXPECT_EQ(w.loss.has_value(), !liar);
    }
    EXPECT_TRUE(round.loss);
    EXPECT_TRUE(round.notes.empty()) << round.notes[0];
  }
}

TEST(CollusionTest, TheLieIsMadeOfWhatTheHonestSend) {
  // Of n workers under the average the mean of the honest, said by the liars as well, changes nothing.
  auto o = colluding("mean_times");
  o.attacks[0].parameters["factor"] = 1;
  const auto lied = run(o, catalogue);
  o.attacks = {{.name = "nan", .parameters = {}, .rate = 1, .workers = {1, 4}}};  // whose rows no shard takes
  const auto without = run(o, catalogue);
  for (const auto& round : without.rounds) EXPECT_EQ(round.workers[1].state, "not finite");
  ASSERT_EQ(lied.result.weights.size(), without.result.weights.size());
  for (size_t k = 0; k < lied.result.weights.size(); ++k) EXPECT_NEAR(lied.result.weights[k], without.result.weights[k], 1e-5);
}

TEST(CollusionTest, TheBitsDoNotDependOnShardsThreadsAndSerialisation) {
  for (const bool memory : {false, true}) {
    const auto base = memory ? colluding_with_memory() : colluding();
    const auto expected = run(base, catalogue);
    EXPECT_TRUE(finite(expected.result.weights));
    for (const auto& [shards, threads, serialize] : {std::tuple(1u, 1, false), {3u, 2, true}, {5u, 1, false}}) {
      auto o = base;
      o.cluster.shards = shards;
      o.cluster.threads = threads;
      o.cluster.serialize = serialize;
      const auto r = run(o, catalogue);
      EXPECT_EQ(r.result.weights, expected.result.weights) << shards << " shards, " << threads << " threads";
      EXPECT_EQ(facts(r.rounds), facts(expected.rounds));
    }
  }
}

TEST(CollusionTest, EveryLieThatThereIsIsToldWithTheSameBits) {
  for (const AttackEntry& entry : catalogue.attacks.entries()) {
    if (entry.lie != Lie::collusion) continue;
    SCOPED_TRACE(entry.name);
    auto o = colluding(entry.name);
    o.train.rounds = 3;
    o.train.sparsity = 0.3;
    o.rule = {.name = "trimmed_mean", .parameters = {{"f", 2}}, .pre = {{"nnm"}}};
    for (const auto granularity : {Granularity::block, Granularity::model}) {
      o.rule.granularity = granularity;
      o.cluster.shards = 1;
      o.cluster.threads = 1;
      const auto expected = run(o, catalogue);
      EXPECT_GT(expected.result.tally.poisoned, 0u);
      EXPECT_TRUE(finite(expected.result.weights));
      o.cluster.shards = 3;
      o.cluster.threads = 2;
      EXPECT_EQ(run(o, catalogue).result.weights, expected.result.weights);
    }
  }
}

TEST(CollusionTest, WithTheWholeModelJudgedAtOnceAndSeveralValidators) {
  auto o = colluding();
  o.cluster.validators = 2;
  o.rule = {.name = "trimmed_mean", .parameters = {{"f", 1}}, .granularity = Granularity::model};
  const auto expected = run(o, catalogue);
  o.cluster.shards = 3;
  o.cluster.threads = 1;
  EXPECT_EQ(run(o, catalogue).result.weights, expected.result.weights);
}

TEST(CollusionTest, LiesInTheRoundsOfItsTimesAndIsHonestInTheOthers) {
  auto o = colluding("mean_times");
  o.train.rounds = 12;
  o.attacks[0].times = {.start = 3, .stop = 11, .on = 2, .off = 1};
  const auto r = run(o, catalogue);
  std::string story;
  for (const auto& round : r.rounds) story += round.workers[1].poisoned == 2 ? 'x' : round.workers[1].poisoned == 0 && round.workers[1].loss ? '.' : '?';
  EXPECT_EQ(story, "..xx.xx.xx..");
  auto honest = o;
  honest.attacks = {};
  honest.train.rounds = o.train.rounds = 2;
  o.attacks[0].times = {.start = 2};
  honest.adversary = {};
  EXPECT_EQ(run(honest, catalogue).rounds[0].loss, run(o, catalogue).rounds[0].loss);
}

TEST(CollusionTest, AnHonestWorkerThatFallsIsNotWaitedFor) {
  auto o = colluding("mean_times");
  o.train.rounds = 200;
  o.train.eval_every = 200;
  o.faults.inject = {{"worker/2", 3, Fault::At::open}, {"worker/1", 4, Fault::At::open}};
  const auto r = run(o, catalogue);
  EXPECT_EQ(r.rounds.size(), 200u);
  EXPECT_LT(r.result.wall_seconds, 45) << "half a deadline is 50 seconds";
  EXPECT_EQ(r.rounds.back().workers.size(), 7u);
  EXPECT_EQ(r.rounds.back().workers[1].poisoned, 2u) << "the liar is back";
}

TEST(CollusionTest, WhenTheAdversaryFallsTheRoundIsOpenedAgain) {
  for (const auto at : {Fault::At::before, Fault::At::open, Fault::At::apply}) {
    auto o = colluding("mean_times");
    const auto expected = run(o, catalogue);
    o.faults.inject = {{"adversary", 3, at}};
    const auto r = run(o, catalogue);
    EXPECT_EQ(r.rounds.size(), 6u);
    EXPECT_LT(r.result.wall_seconds, 45);
    EXPECT_EQ(r.result.weights, expected.result.weights) << "it has nothing to remember";
  }
}

TEST(CollusionTest, ExactRunsHaveTheBitsOfARunWithoutFaults) {
  auto o = colluding_with_memory();
  const auto expected = run(o, catalogue);
  o.faults.mode = FaultOptions::Mode::exact;
  o.snapshots.every = 4;
  o.cluster.restarts = 100;
  for (const char* who : {"adversary", "worker/1", "worker/2", "shard/1"})
    for (const auto at : {Fault::At::before, Fault::At::open, Fault::At::apply}) {
      SCOPED_TRACE(who);
      o.faults.inject = {{who, 1, at}, {who, 7, at}, {who, 14, at}};
      const auto r = run(o, catalogue);
      EXPECT_EQ(r.result.weights, expected.result.weights);
      EXPECT_EQ(facts(r.rounds), facts(expected.rounds));
    }
}

TEST(CollusionTest, ARunThatIsTakenUpAgainHasTheSameBits) {
  auto o = colluding_with_memory();
  const auto expected = run(o, catalogue);
  TemporaryFolder folder;
  o.snapshots = {.every = 5, .keep = 1};
  {
    Training training(o, catalogue);
    training.keep_snapshots(folder / "snapshots");
    training.run([&](const RoundReport& r) {
      if (r.round == 7) training.stop();
    });
  }
  const auto snapshot = Snapshots(folder / "snapshots", 1).newest([](const std::string& news) { ADD_FAILURE() << news; });
  ASSERT_TRUE(snapshot);
  EXPECT_FALSE(snapshot->trainees.at("adversary").tensors.empty());
  for (const uint32_t shards : {1u, 3u}) {
    o.cluster.shards = shards;
    Training training(o, catalogue);
    training.go_on_from(snapshot);
    EXPECT_EQ(training.run().weights, expected.result.weights);
  }
  o.adversary = {};
  o.attacks.clear();
  Training without(o, catalogue);
  without.go_on_from(snapshot);
  EXPECT_TRUE(finite(without.run().weights)) << "there is nobody to give the adversary's state to";
}

TEST(CollusionTest, TheOperatorLetsWorkersColludeAndBeHonestAgain) {
  auto o = colluding("mean_times");
  o.attacks.clear();
  const auto r = operate(
      o,
      [](Desk& desk) {
        desk.step(1);
        EXPECT_EQ(desk.attack(2, collusion("mean_times", {})), "round 2");
        desk.step(2);
        EXPECT_EQ(desk.attack(2, {}), "round 4");
        EXPECT_EQ(desk.attack(3, collusion("harder", {})), "round 4");
        desk.step(1);
      },
      {}, catalogue);
  std::string story;
  for (const auto& round : r.rounds) story += std::to_string(round.workers[2].poisoned) + std::to_string(round.workers[3].poisoned) + " ";
  EXPECT_EQ(story, "00 20 20 02 02 02 ");
  EXPECT_LT(r.result.wall_seconds, 45);
}

TEST(CollusionTest, WhatTheThreatModelDoesNotAllowIsRefusedBeforeTheStartAndToTheOperator) {
  auto o = colluding("mean_times");
  o.adversary = {};
  EXPECT_THAT(refusal(UserError::bad_config, [&] { Training(o, catalogue); }), HasSubstr("attack: mean_times needs to know mean and deviation of the honest rows; "
                                                                  "adversary.threat_model: nothing"));
  o.adversary.threat_model = Sight::rule;
  o.attacks[0].times.start = 7;
  EXPECT_THAT(refusal(UserError::bad_config, [&] { Training(o, catalogue); }), HasSubstr("attack.start: found 7, expected a round of the run, of which there are 6"));
  o.attacks.clear();
  o.adversary = {};
  operate(
      o,
      [](Desk& desk) {
        EXPECT_THAT(desk.attack(2, collusion("mean_times", {})), HasSubstr("adversary.threat_model: nothing"));
        auto late = attack("negative", 2, 1);
        late.times.start = 7;
        EXPECT_THAT(desk.attack(2, late), HasSubstr("start: found 7"));
        late.times = {.start = 2, .stop = 4};
        EXPECT_EQ(desk.attack(2, late), "round 1");
        const auto standing = desk.survey();
        EXPECT_STREQ(standing->getWorkers()[2].getAttack().cStr(), "negative scale=2 start=2 stop=4");
      },
      {}, catalogue);
}

TEST(CollusionTest, ALiarToOneShardIsHonestToTheOthers) {
  auto o = blobs(5, 1, 2);
  o.rule = {.name = "average", .parameters = {}};
  o.attacks = {{.name = "one_shard_only", .parameters = {{"scale", 50}, {"shard", 1}}, .rate = 1, .workers = {2}}};
  const auto lied = run(o);
  const auto& first = lied.rounds[0].workers[2];
  EXPECT_GT(first.poisoned, 0u);
  o.attacks.clear();
  o.train.rounds = 1;
  const auto honest = run(o);
  o.attacks = {{.name = "one_shard_only", .parameters = {{"scale", 50}, {"shard", 1}}, .rate = 1, .workers = {2}}};
  const auto once = run(o);
  const ShardRange range = once.result.layout.shard(1, 2);
  size_t same = 0, other = 0;
  for (size_t k = 0; k < once.result.weights.size(); ++k) {
    const bool there = k >= range.offset && k < range.offset + range.size;
    if (!there) {
      EXPECT_EQ(once.result.weights[k], honest.result.weights[k]) << k;
    }
    (once.result.weights[k] == honest.result.weights[k] ? same : other) += 1;
  }
  EXPECT_GT(other, range.size / 2);
}

}  // namespace
}  // namespace zenops
