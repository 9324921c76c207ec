#include <gmock/gmock.h>

#include <cmath>

#include "actors/catalogue.hpp"
#include "tests/actors/operated.hpp"

namespace zenops {
namespace {

using testing::Contains;
using testing::HasSubstr;

TrainingOptions async_blobs(uint32_t workers = 6, uint32_t validators = 2, uint32_t shards = 2) {
  TrainingOptions o = blobs(workers, validators, shards);
  o.train.mode = Mode::async;
  o.train.rounds = 12;
  o.train.proximal = 0.2;
  o.rule = {.name = "zenopp", .parameters = {{"eta", -0.02}}};
  o.async.alpha = 0.5;
  o.delays = {{"worker/0", DelayOptions::Kind::exponential, 1, 0}, {"worker/*", DelayOptions::Kind::uniform, 0, 0.4}};
  return o;
}

void choose(TrainingOptions& o, std::string name, Parameters parameters = {}) {
  o.rule.name = std::move(name);
  o.rule.parameters = std::move(parameters);
}

TEST(AsyncTrainingTest, LearnsAndReportsEveryRoundOfAsManyResultsAsThereAreWorkers) {
  const auto r = run(async_blobs());
  EXPECT_GT(r.result.evaluation.accuracy, 0.9);
  ASSERT_EQ(r.rounds.size(), 12u);
  double time = 0;
  for (const RoundReport& round : r.rounds) {
    EXPECT_EQ(round.rounds, 12u);
    EXPECT_GT(*round.simulated_seconds, time);
    time = *round.simulated_seconds;
    EXPECT_TRUE(round.loss.has_value());
  }
  size_t results = 0;
  for (const RoundReport& round : r.rounds) results += round.workers.size();
  EXPECT_EQ(results, 72u);
}

/// What the bits must not depend on.
struct Way {
  uint32_t shards;
  int threads;
  bool serialize;
};

TEST(AsyncTrainingTest, InSimulatedTimeEveryWayHasTheSameBits) {
  struct Case {
    const char* rule;
    Parameters parameters;
    uint32_t buffer;
  };
  for (const Case& c : {Case{"naive_async", {}, 1}, Case{"zenopp", {{"eta", -0.02}}, 1}, Case{"kardam", {{"f", 1}}, 1},
                        Case{"fed_async", {}, 1}, Case{"async_centered_clipping", {{"tau", 0.1}}, 1},
                        Case{"median", {}, 3}, Case{"centered_clipping", {{"tau", 0.1}, {"iterations", 2}}, 3},
                        Case{"zeno", {{"eta", 0}, {"rho", 0.6}}, 2}}) {
    auto o = async_blobs();
    choose(o, c.rule, c.parameters);
    o.async.buffer = c.buffer;
    o.train.subsample = 0.7;
    o.train.sparsity = 0.2;
    o.attacks = {attack("negative", 2, 0.2)};
    const auto expected = run(o).result.weights;
    EXPECT_TRUE(finite(expected)) << c.rule;
    for (const Way way : {Way{1, 1, false}, Way{3, 2, false}, Way{2, 3, true}}) {
      o.cluster.shards = way.shards;
      o.cluster.threads = way.threads;
      o.cluster.serialize = way.serialize;
      o.cluster.shard_threads = way.shards - 1;
      EXPECT_EQ(run(o).result.weights, expected) << c.rule << ", " << way.shards << " shards";
    }
  }
}

TEST(AsyncTrainingTest, CrashesChangeNoBitsEither) {
  auto o = async_blobs();
  o.attacks = {attack("crash", 1, 0.1)};
  o.cluster.restarts = 1000;
  const auto first = run(o);
  o.cluster.threads = 1;
  EXPECT_EQ(run(o).result.weights, first.result.weights);
  bool lost = false;
  for (const auto& round : first.rounds)
    for (const auto& worker : round.workers) lost |= worker.state == "lost";
  EXPECT_TRUE(lost);
}

TEST(AsyncTrainingTest, WhatIsSaidOfAFallStandsInTheReportThatCountsItsLostTaskHoweverLongAgoItFell) {
  auto o = async_blobs();
  o.delays = {{"worker/4", DelayOptions::Kind::constant, 10, 0}, {"worker/*", DelayOptions::Kind::constant, 1, 0}};
  const std::pair<uint32_t, AttackOptions> cases[] = {{0, attack("crash", 1, 1, {4})}, {1000, attack("crash", 1, 0.2)}};
  for (const auto& [restarts, crash] : cases) {
    o.cluster.restarts = restarts;
    o.attacks = {crash};
    uint32_t last = 0;
    for (const auto& round : run(o).rounds) {
      std::vector<std::string> lost, said;
      for (const auto& worker : round.workers)
        if (worker.state == "lost") lost.push_back(nth("worker", worker.worker));
      for (const auto& note : round.notes)
        if (note.find(" lost: ") != std::string::npos) said.push_back(note.substr(0, note.find('#')));
      EXPECT_EQ(said, lost) << "round " << round.round;
      if (!lost.empty()) last = round.round;
    }
    EXPECT_GT(last, 1u);
  }
}

TEST(AsyncTrainingTest, WhatIsSaidOfAFallWhoseTaskNoRoundCountsStandsAtTheEnd) {
  auto o = async_blobs();
  o.delays = {{"worker/4", DelayOptions::Kind::constant, 1e6, 0}};
  o.attacks = {attack("crash", 1, 1, {4})};
  o.cluster.restarts = 0;
  std::promise<void> fell;
  // By then the scheduler has been told, too.
  Training training(o, Catalogue{}, [&fell](const std::string& line) {
    if (line.starts_with("worker/4#1 lost")) fell.set_value();
  });
  training.start_paused();
  training.on_up([&fell](std::shared_ptr<Speaker> speaker) {
    Desk desk(std::move(speaker));
    desk.step(1);
    fell.get_future().wait();
    desk.resume();
  });
  std::vector<RoundReport> rounds;
  const auto result = training.run([&rounds](const RoundReport& r) { rounds.push_back(r); });
  EXPECT_EQ(notes(rounds), "");
  EXPECT_THAT(result.notes, testing::ElementsAre(testing::StartsWith("worker/4#1 lost: it crashed in its local steps")));
}

TEST(AsyncTrainingTest, AnotherSeedOfDelaysIsAnotherOrder) {
  auto o = async_blobs();
  const auto one = run(o).result.weights;
  o.seed = 2;
  EXPECT_NE(run(o).result.weights, one);
}

TEST(AsyncTrainingTest, ZenoppLearnsAmongLiarsAndNaiveAsyncDoesNot) {
  auto o = async_blobs();
  o.attacks = {attack("negative", 10, 1, {1, 2})};
  EXPECT_GT(run(o).result.evaluation.accuracy, 0.9);
  choose(o, "naive_async");
  EXPECT_LT(run(o).result.evaluation.accuracy, 0.7);
}

TEST(AsyncTrainingTest, KardamKeepsMostOfALiarsUpdatesOut) {
  auto o = async_blobs(8, 1, 1);
  o.train.rounds = 30;
  choose(o, "kardam", {{"f", 2}});
  o.attacks = {attack("random", 1, 1, {3, 4})};
  const auto tally = run(o).result.tally;
  EXPECT_LT(tally.poisoned_accepted, tally.poisoned / 5);
  EXPECT_GT(tally.honest_accepted, tally.honest / 4);
}

TEST(AsyncTrainingTest, AWorkerThatIsLateIsStaleAndRefusedBeyondTheBound) {
  auto o = async_blobs();
  choose(o, "naive_async");
  o.delays.clear();
  o.attacks = {{.name = "delayed", .parameters = {{"seconds", 1}}, .rate = 1, .workers = {5}}};
  uint32_t oldest = 0, others = 0;
  for (const auto& round : run(o).rounds)
    for (const auto& worker : round.workers)
      if (worker.staleness) (worker.worker == 5 ? oldest : others) = std::max(worker.worker == 5 ? oldest : others, *worker.staleness);
  EXPECT_GE(oldest, 20u);
  EXPECT_LE(others, 6u);

  o.async.max_staleness = 10;
  size_t refused = 0;
  for (const auto& round : run(o).rounds)
    for (const auto& worker : round.workers)
      if (worker.state == "too stale") {
        EXPECT_EQ(worker.worker, 5u);
        EXPECT_GT(*worker.staleness, 10u);
        ++refused;
      }
  EXPECT_GE(refused, 1u);
}

TEST(AsyncTrainingTest, ACopyOfAnOldUpdateCountsAsALie) {
  auto o = async_blobs();
  o.attacks = {{.name = "stale_copy", .parameters = {{"age", 3}}, .rate = 1, .workers = {2}}};
  const auto r = run(o);
  EXPECT_GT(r.result.tally.poisoned, 0u);
  EXPECT_GT(r.result.evaluation.accuracy, 0.9);
}

TEST(AsyncTrainingTest, AWorkerThatNeverAnswersCostsOneDeadlineAndNoMore) {
  auto o = async_blobs();
  o.attacks = {attack("silent", 1, 1, {4})};
  o.cluster.deadline = std::chrono::seconds(3);
  const auto r = run(o);
  EXPECT_EQ(r.rounds.size(), 12u);
  size_t absent = 0;
  for (const auto& round : r.rounds)
    for (const auto& worker : round.workers) absent += worker.state == "absent";
  EXPECT_EQ(absent, 1u);
}

TEST(AsyncTrainingTest, ARunInWhichNobodyAnswersFailsWithTheReason) {
  auto o = async_blobs();
  o.attacks = {attack("silent", 1, 1)};
  o.cluster.deadline = std::chrono::milliseconds(100);
  try {
    run(o);
    FAIL() << "it ended";
  } catch (const UserError& e) {
    EXPECT_THAT(e.what(), HasSubstr("no worker answered"));
  }
}

TEST(AsyncTrainingTest, ABufferThatNobodyFillsIsJudgedWithWhatThereIs) {
  auto o = async_blobs(4, 1, 1);
  choose(o, "median");
  o.async.buffer = 4;
  o.attacks = {attack("silent", 1, 1, {1, 2})};
  o.cluster.deadline = std::chrono::seconds(1);
  o.train.rounds = 2;
  EXPECT_EQ(run(o).rounds.size(), 2u);
}

TEST(AsyncTrainingTest, InRealTimeItRunsToItsEndWithEverythingCounted) {
  auto o = async_blobs();
  o.async.simulated = false;
  o.delays = {{"worker/*", DelayOptions::Kind::uniform, 0, 0.003}};
  const auto r = run(o);
  EXPECT_EQ(r.rounds.size(), 12u);
  EXPECT_GT(r.result.evaluation.accuracy, 0.9);
  EXPECT_FALSE(r.rounds[0].simulated_seconds.has_value());
}

TEST(AsyncTrainingTest, RateAndAlphaDecayAtAllTheirMoments) {
  auto o = async_blobs();
  o.train.optimizer.schedule = {.kind = ScheduleOptions::Kind::step, .rounds = {4, 8}, .factor = 0.1f};
  o.async.alpha_decay = 0.5;
  o.async.alpha_decay_rounds = {3, 6, 9};
  const auto r = run(o);
  EXPECT_FLOAT_EQ(r.rounds[2].lr, 0.05f);
  EXPECT_FLOAT_EQ(r.rounds[5].lr, 0.005f);
  EXPECT_FLOAT_EQ(r.rounds[8].lr, 0.0005f);
  EXPECT_DOUBLE_EQ(*r.rounds[1].alpha, 0.5);
  EXPECT_DOUBLE_EQ(*r.rounds[11].alpha, 0.0625);
}

TEST(AsyncTrainingTest, ReportsTheRateThatTasksAreGiven) {
  auto o = async_blobs(8, 1, 1);
  o.async.scale_lr = true;
  EXPECT_FLOAT_EQ(run(o).rounds[0].lr, 0.05f / 3);
}

TEST(AsyncTrainingTest, EpochsDecideTheRoundsAndTheMomentsOfDecay) {
  auto o = async_blobs();
  o.train.epochs = 2;
  o.async.alpha_decay_epochs = {1};
  const auto r = run(o);
  const uint32_t rounds = r.result.planned_rounds;
  EXPECT_EQ(r.rounds.size(), rounds);
  EXPECT_EQ(r.rounds.back().epoch, 2u);
  EXPECT_DOUBLE_EQ(*r.rounds.front().alpha, 0.5);
  EXPECT_DOUBLE_EQ(*r.rounds.back().alpha, 0.25);
}

TEST(AsyncTrainingTest, WorkersWhoseEpochsEndFirstEndTheRun) {
  auto o = async_blobs();
  o.train.epochs = 1;
  const auto one = run(o).result;
  o.train.epochs = 4;
  o.train.worker_epochs = 1;
  const auto r = run(o);
  EXPECT_EQ(r.rounds.size(), one.planned_rounds);
  EXPECT_EQ(r.result.weights, one.weights);
  EXPECT_FALSE(r.result.stopped);
}

TEST(AsyncTrainingTest, StopsAfterTheRoundThatIsUnderWay) {
  auto o = async_blobs();
  o.train.rounds = 1000000;
  Training training(o, Catalogue{});
  const auto result = training.run([&](const RoundReport& r) {
    if (r.round == 3) training.stop();
  });
  EXPECT_TRUE(result.stopped);
  EXPECT_LT(result.rounds, 1000u);
  EXPECT_GT(result.evaluation.accuracy, 0.2);
}

TEST(AsyncTrainingTest, AnAttackSaidDuringTheRunBeginsAtARoundsEnd) {
  auto o = async_blobs();
  o.train.rounds = 200;
  choose(o, "naive_async");
  Training training(o, Catalogue{});
  uint64_t before = 0, after = 0;
  training.run([&](const RoundReport& r) {
    if (r.round == 2) training.attack(3, {.name = "zero", .parameters = {}, .rate = 1, .workers = {}});
    (r.round <= 2 ? before : after) += r.tally.poisoned;
  });
  EXPECT_EQ(before, 0u);
  EXPECT_GT(after, 0u);
}

TEST(AsyncTrainingTest, NoScheduleOfArrivalsMakesTheModelNotFinite) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    Stream draw({seed, Role::data, 7, Purpose::delay});
    auto o = async_blobs(3 + draw.below(6), 1 + draw.below(3), 1 + draw.below(3));
    o.seed = seed;
    o.train.rounds = 4;
    o.train.subsample = 0.3 + 0.7 * draw.uniform();
    o.train.sparsity = 0.5 * draw.uniform();
    o.async.max_staleness = draw.below(20);
    const char* lies[] = {"nan", "huge", "random", "crash", "stale_copy", "inf"};
    AttackOptions lie{.name = lies[draw.below(6)], .parameters = {}, .rate = 0.3, .workers = {}};
    o.attacks = {lie};
    o.cluster.restarts = 1000;
    o.delays = {{"worker/*", DelayOptions::Kind::exponential, 0.1 + draw.uniform(), 0},
                {"validator/*", DelayOptions::Kind::exponential, draw.uniform(), 0}};
    const auto r = run(o);
    EXPECT_TRUE(finite(r.result.weights)) << "seed " << seed << ", " << lie.name;
    EXPECT_EQ(r.rounds.size(), 4u) << "seed " << seed;
  }
}

}  // namespace
}  // namespace zenops
