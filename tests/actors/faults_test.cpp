// Actors that fall in the middle of a run, against the same run without faults.
#include <gmock/gmock.h>

#include <random>
#include <sstream>

#include "tests/actors/survival.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;
using testing::Not;
using At = Fault::At;

constexpr const char* moment(At at) {
  return at == At::before ? " before it opens" : at == At::open ? " while it is open" : " at its end";
}

/// The rounds that were told: each once, in their order.
void expect_every_round_once(const Trained& trained, uint32_t rounds) {
  ASSERT_EQ(trained.rounds.size(), rounds);
  for (uint32_t k = 0; k < rounds; ++k) EXPECT_EQ(trained.rounds[k].round, k + 1);
}

// There are more shards than segments, and before the first round nobody has a hash of any part.
TEST(ElasticRunTest, AShardWithoutNumbersMayFallInTheFirstRound) {
  auto o = blobs(3, 1, 5);
  const auto expected = run(o);
  for (const char* shard : {"shard/0", "shard/1", "shard/2", "shard/3", "shard/4"}) {
    SCOPED_TRACE(shard);
    o.faults.inject = {{shard, 1, At::open}};
    const auto r = run(o);
    expect_every_round_once(r, o.train.rounds);
    EXPECT_EQ(r.result.weights, expected.result.weights);
  }
}

class ElasticTest : public testing::TestWithParam<At> {};
INSTANTIATE_TEST_SUITE_P(Moments, ElasticTest, testing::Values(At::before, At::open, At::apply));

TEST_P(ElasticTest, AShardThatFallsComesBackWithItsPartAndNoRoundIsLostOrRepeated) {
  auto o = blobs(5, 1, 3);
  o.train.rounds = 12;
  o.train.eval_every = 4;
  const auto expected = run(o);
  for (const uint32_t round : {3u, 5u, 12u}) {
    SCOPED_TRACE("round " + std::to_string(round) + moment(GetParam()));
    o.faults.inject = {{"shard/1", round, GetParam()}};
    const auto r = run(o);
    expect_every_round_once(r, 12);
    EXPECT_THAT(notes(r.rounds), HasSubstr("shard/1#1 lost: it was killed (fault injection); it is restarted"));
    EXPECT_THAT(notes(r.rounds), HasSubstr("shard/1 has its part of what round"));
    // The rows were sent again, nothing was trained twice, and zeno remembers nothing: even the bits are the same.
    EXPECT_EQ(r.result.weights, expected.result.weights);
    EXPECT_EQ(facts(r.rounds), facts(expected.rounds));
  }
}

TEST_P(ElasticTest, AShardThatFallsForgetsWhatTheOptimizerHadLearntAndSaysSo) {
  auto o = blobs(5, 1, 3);
  o.train.rounds = 12;
  o.train.server = {.kind = ServerOptions::Kind::adam, .lr = 0.05f};
  o.faults.inject = {{"shard/1", 5, GetParam()}};
  const auto r = run(o);
  expect_every_round_once(r, 12);
  EXPECT_THAT(notes(r.rounds), HasSubstr("; what the server's optimizer had learnt of that part begins anew"));
  EXPECT_GT(r.result.evaluation.accuracy, 0.7);
}

TEST_P(ElasticTest, AShardThatFallsForgetsWhatTheRuleRememberedAndSaysSo) {
  const std::string anew = "; what the rule remembered of that part begins anew, and the other shards' parts go on";
  auto o = blobs(5, 1, 3);
  o.train.rounds = 8;
  o.faults.inject = {{"shard/1", 5, GetParam()}};
  EXPECT_THAT(notes(run(o).rounds), Not(HasSubstr(anew))) << "zeno remembers nothing";
  for (const char* rule : {"foolsgold", "centered_clipping"}) {
    SCOPED_TRACE(rule);
    o.rule = {.name = rule, .parameters = with_defaults(*Rules::standard().find(rule), {})};
    const auto r = run(o);
    expect_every_round_once(r, 8);
    EXPECT_THAT(notes(r.rounds), HasSubstr(anew));
    EXPECT_TRUE(finite(r.result.weights));
  }
}

TEST_P(ElasticTest, AllShardsMayFallAtOnce) {
  auto o = blobs(5, 1, 3);
  o.train.rounds = 8;
  const auto expected = run(o);
  o.faults.inject = {{"shard/0", 4, GetParam()}, {"shard/1", 4, GetParam()}, {"shard/2", 4, GetParam()}};
  const auto r = run(o);
  expect_every_round_once(r, 8);
  EXPECT_EQ(r.result.weights, expected.result.weights);
}

TEST_P(ElasticTest, AShardThatFallsInTheFirstRoundBeginsAnew) {
  auto o = blobs();
  const auto expected = run(o);
  o.faults.inject = {{"shard/0", 1, GetParam()}};
  const auto r = run(o);
  expect_every_round_once(r, 6);
  EXPECT_EQ(r.result.weights, expected.result.weights);
}

TEST_P(ElasticTest, AValidatorThatFallsCostsNoDeadline) {
  auto o = blobs(6, 2, 2);
  o.train.rounds = 20;
  o.cluster.deadline = std::chrono::seconds(100);
  o.faults.inject = {{"validator/1", 5, GetParam()}};
  const auto r = run(o);
  expect_every_round_once(r, 20);
  EXPECT_LT(r.result.wall_seconds, 90);
  EXPECT_GT(r.result.evaluation.accuracy, 0.7);
}

TEST(ElasticRunTest, GoesBackToTheLastSnapshotWhenNobodyHasThePart) {
  // Nobody has ever pulled what round 6 made when everybody who might have falls with the shard.
  auto o = blobs(3, 1, 2);
  o.train.rounds = 12;
  o.train.eval_every = 0;
  TemporaryFolder folder;
  o.snapshots = {.every = 4, .keep = 2};
  for (const char* who : {"shard/0", "worker/0", "worker/1", "worker/2", "validator/0", "evaluator"})
    o.faults.inject.push_back({who, 7, At::apply});
  Trained r;
  Training training(o, Catalogue{});
  training.keep_snapshots(folder / "snapshots");
  r.result = training.run([&](const RoundReport& report) { r.rounds.push_back(report); });
  expect_every_round_once(r, 12);
  EXPECT_THAT(notes(r.rounds), HasSubstr("everybody is back at round 4; the rounds since are made again"));
  EXPECT_TRUE(finite(r.result.weights));
}

TEST(ElasticRunTest, EndsWithASentenceWhenThereIsNoSnapshotEither) {
  auto o = blobs(3, 1, 2);
  o.train.rounds = 12;
  for (const char* who : {"shard/0", "worker/0", "worker/1", "worker/2", "validator/0", "evaluator"})
    o.faults.inject.push_back({who, 7, At::apply});
  try {
    run(o);
    ADD_FAILURE() << "it ended well";
  } catch (const UserError& e) {
    EXPECT_THAT(e.what(), HasSubstr("the parameters after round 6 are lost"));
  }
}

TEST(ElasticRunTest, AShardThatFallsAgainAndAgainIsGivenUp) {
  auto o = blobs(5, 1, 2);
  o.train.rounds = 12;
  o.cluster.restarts = 2;
  for (const uint32_t round : {3, 4, 5}) o.faults.inject.push_back({"shard/0", round, At::open});
  try {
    run(o);
    ADD_FAILURE() << "it ended well";
  } catch (const UserError& e) {
    EXPECT_THAT(e.what(), HasSubstr("shard/0 fell and was given up: it was killed (fault injection)"));
  }
}

class ExactTest : public testing::TestWithParam<At> {};
INSTANTIATE_TEST_SUITE_P(Moments, ExactTest, testing::Values(At::before, At::open, At::apply));

TEST_P(ExactTest, TheBitsAreThoseOfARunWithoutFaults) {
  auto o = with_memory();
  const auto expected = run(o);
  o.faults.mode = FaultOptions::Mode::exact;
  o.snapshots.every = 4;
  for (const char* who : {"worker/2", "shard/1", "validator/0", "evaluator"})
    for (const uint32_t round : {1u, 7u, 14u}) {
      SCOPED_TRACE(std::string(who) + " in round " + std::to_string(round) + moment(GetParam()));
      o.faults.inject = {{who, round, GetParam()}};
      const auto r = run(o);
      expect_every_round_once(r, 14);
      EXPECT_EQ(r.result.weights, expected.result.weights);
      if (std::string(who) != "evaluator") {
        EXPECT_EQ(facts(r.rounds), facts(expected.rounds));
      }
    }
}

TEST(ExactRunTest, SeveralFaultsAtSeededMoments) {
  auto o = with_memory();
  const auto expected = run(o);
  o.faults.mode = FaultOptions::Mode::exact;
  o.cluster.restarts = 100;
  const char* who[] = {"worker/0", "worker/1", "worker/5",    "shard/0",
                       "shard/1",  "shard/2",  "validator/0", "validator/1"};
  for (uint32_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    o.snapshots.every =
        static_cast<uint32_t>(random() % 6);  // none at all, too: then it is made again from the beginning
    o.faults.inject.clear();
    for (int k = 0; k < 4; ++k)
      o.faults.inject.push_back(
          {who[random() % 8], 1 + static_cast<uint32_t>(random() % 14), static_cast<At>(random() % 3)});
    o.cluster.serialize = seed % 2 == 0;
    const auto r = run(o);
    expect_every_round_once(r, 14);
    EXPECT_EQ(r.result.weights, expected.result.weights);
    EXPECT_EQ(facts(r.rounds), facts(expected.rounds));
  }
}

TEST(ExactRunTest, WhatIsNotedOfWorkersIsNotedOnceAndTheSame) {
  auto o = blobs(7, 1, 2);
  o.train.rounds = 30;
  o.attacks = {attack("negative", 10, 1, {1})};
  o.reputation.mode = ReputationOptions::Mode::watch;
  o.reputation.window = 12;
  o.reputation.least = o.reputation.readmit = 6;
  const auto expected = run(o);
  EXPECT_THAT(notes(expected.rounds), HasSubstr("worker/1#1 would be evicted"));
  o.faults.mode = FaultOptions::Mode::exact;
  o.snapshots.every = 7;
  o.faults.inject = {{"shard/1", 12, At::open}, {"worker/2", 20, At::apply}};
  const auto r = run(o);
  EXPECT_EQ(r.result.weights, expected.result.weights);
  std::string faultless;
  std::istringstream lines(notes(r.rounds));
  for (std::string line; std::getline(lines, line);)
    if (line.find(" lost: ") == std::string::npos && line.find("everybody is back") == std::string::npos) faultless += line + "\n";
  EXPECT_EQ(faultless, notes(expected.rounds));
}

TEST(ExactRunTest, WhatTheOperatorSaysTakesEffectInTheSameRoundAgain) {
  auto o = with_memory();
  o.snapshots.every = 5;
  const auto say = [&](TrainingOptions options) {
    Trained out;
    Training training(options, Catalogue{});
    training.attack(4, attack("negative", 50, 1));
    out.result = training.run([&](const RoundReport& r) { out.rounds.push_back(r); });
    return out;
  };
  const auto expected = say(o);
  o.faults.mode = FaultOptions::Mode::exact;
  o.faults.inject = {{"worker/4", 8, At::open}, {"worker/0", 3, At::open}};
  const auto r = say(o);
  EXPECT_EQ(r.result.weights, expected.result.weights);
  EXPECT_EQ(facts(r.rounds), facts(expected.rounds));
}

TEST(ExactRunTest, EndsWithASentenceWhenSomebodyFallsInEveryAttempt) {
  auto o = blobs();
  o.faults.mode = FaultOptions::Mode::exact;
  o.cluster.restarts = 2;
  o.attacks = {{.name = "crash", .parameters = {}, .rate = 1, .workers = {3}}};
  try {
    run(o);
    ADD_FAILURE() << "it ended well";
  } catch (const UserError& e) {
    EXPECT_THAT(e.what(), HasSubstr("worker/3 fell too often: without it the run cannot be made exact"));
  }
}

}  // namespace
}  // namespace zenops
