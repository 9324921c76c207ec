#include "actors/training.hpp"

#include <gmock/gmock.h>


#include "tests/actors/blobs.hpp"
#include "tests/actors/trained.hpp"
#include "tests/base/refusal.hpp"

namespace zenops {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;

TEST(TrainingTest, LearnsWithNobodyLyingAndReportsEveryRound) {
  auto o = blobs();
  o.train.rounds = 20;
  o.train.eval_every = 5;
  const auto r = run(o);
  EXPECT_EQ(r.result.rounds, 20u);
  EXPECT_FALSE(r.result.stopped);
  EXPECT_GT(r.result.evaluation.accuracy, 0.8);
  ASSERT_EQ(r.rounds.size(), 20u);
  for (uint32_t k = 0; k < 20; ++k) {
    EXPECT_EQ(r.rounds[k].round, k + 1);
    EXPECT_EQ(r.rounds[k].evaluation.has_value(), (k + 1) % 5 == 0);
    EXPECT_EQ(r.rounds[k].workers.size(), 5u);
    EXPECT_EQ(r.rounds[k].tally.honest, 10u);  // five workers, two blocks
  }
  EXPECT_LT(*r.rounds.back().loss, *r.rounds.front().loss);
  EXPECT_EQ(r.result.weights.size(), r.result.layout.dimension());
}

TEST(TrainingTest, ReportsTheBytesThatEveryKindOfActorSentAndReceived) {
  auto o = blobs(5, 1, 2);
  o.rule = {.name = "average", .parameters = {}};
  const uint64_t model = 210 * sizeof(float);
  for (const auto& round : run(o).rounds) {
    const auto& worker = round.traffic.at("worker");
    EXPECT_GE(worker.sent, 5 * model);
    EXPECT_LT(worker.sent, 10 * model);
    EXPECT_GE(worker.received, 5 * model);
    EXPECT_GE(round.traffic.at("shard").received, 5 * model);
  }
  o.train.sparsity = 0.9;
  uint64_t sparse = 0;
  const auto r = run(o);
  for (const auto& round : r.rounds) sparse += round.traffic.at("worker").sent;
  EXPECT_LT(sparse / r.rounds.size(), 4 * model) << "what is left out does not travel";
}

/// Two of seven lie always.
TrainingOptions with_two_liars(ReputationOptions::Mode mode) {
  auto o = blobs(7);
  o.train.rounds = 40;
  o.attacks = {attack("negative", 10, 1, {1, 4})};
  o.reputation.mode = mode;
  return o;
}

TEST(TrainingTest, AReputationQuarantinesAndEvictsLiarsWithEvidence) {
  const auto r = run(with_two_liars(ReputationOptions::Mode::evict));
  std::map<uint32_t, std::vector<std::string>> what;
  for (const auto& round : r.rounds)
    for (const Evidence& e : round.evidence) {
      what[e.worker].push_back(e.what.substr(0, e.what.find(':')));
      EXPECT_EQ(e.round, round.round);
      EXPECT_EQ(e.rule, "zeno");
      EXPECT_GE(e.numbers.at("answers"), 20);
      EXPECT_GT(e.numbers.at("excess"), 0.3);
    }
  const std::vector<std::string> steps{"warned", "quarantined", "evicted"};
  EXPECT_EQ(what, (std::map<uint32_t, std::vector<std::string>>{{1, steps}, {4, steps}}));
  const auto& in_quarantine = r.rounds[21];
  EXPECT_TRUE(in_quarantine.workers[1].quarantined);
  EXPECT_EQ(in_quarantine.workers[1].refused.at("quarantined"), 2u);
  EXPECT_EQ(in_quarantine.workers[1].would_refuse, 2u) << "it is judged all the same";
  EXPECT_FALSE(in_quarantine.workers[0].quarantined);
  const auto& note = r.rounds[21].notes;
  EXPECT_THAT(note, Contains(HasSubstr("worker/1#1 is evicted: 100 % of what it sent in its last 22 answers was refused")));
}

TEST(TrainingTest, WhoeverFollowsAnEvictedWorkerIsThereFromTheNextRoundOn) {
  auto o = with_two_liars(ReputationOptions::Mode::evict);
  const auto r = run(o);
  for (const auto& round : r.rounds) {
    const bool replaced = round.round > 22;
    EXPECT_EQ(round.workers[1].incarnation, replaced ? 2u : 1u) << "round " << round.round;
    EXPECT_EQ(round.workers[1].state, "answered");
    EXPECT_EQ(round.workers[1].poisoned, replaced ? 0u : 2u) << "it is honest";
    EXPECT_EQ(round.workers[0].incarnation, 1u);
  }
  EXPECT_EQ(run(o).result.weights, r.result.weights) << "however long it took to come";

  o.reputation.replacement = ReputationOptions::Replacement::same;
  o.train.rounds = 50;
  const auto again = run(o);
  EXPECT_EQ(again.rounds.back().workers[1].incarnation, 3u) << "it lies in its turn, and is evicted";
  EXPECT_EQ(again.rounds.back().workers[0].incarnation, 1u);
}

TEST(TrainingTest, WhatAWarnedWorkerSendsIsHashedAtEveryShard) {
  auto o = with_two_liars(ReputationOptions::Mode::watch);
  o.cluster.shards = 2;
  std::map<std::string, std::vector<std::string>> hashes;
  for (const auto& round : run(o).rounds)
    for (const Evidence& e : round.evidence)
      if (e.worker == 1) hashes[e.what.substr(0, e.what.find(':'))] = e.rows_sha256;
  EXPECT_TRUE(hashes.at("warned").empty()) << "until then there was no reason to";
  for (const char* standing : {"quarantined", "evicted"}) {
    ASSERT_EQ(hashes.at(standing).size(), 2u);
    for (const auto& hash : hashes.at(standing)) EXPECT_EQ(hash.size(), 64u);
  }
  EXPECT_NE(hashes.at("quarantined"), hashes.at("evicted")) << "they are of that round's rows";
}

TEST(TrainingTest, AReputationThatOnlyWatchesChangesNoBit) {
  const auto off = run(with_two_liars(ReputationOptions::Mode::off)), watched = run(with_two_liars(ReputationOptions::Mode::watch));
  EXPECT_EQ(off.result.weights, watched.result.weights);
  std::vector<std::string> notes;
  for (const auto& round : watched.rounds)
    for (const auto& note : round.notes) notes.push_back(note);
  EXPECT_THAT(notes, Contains(HasSubstr("worker/4#1 would be evicted")));
  for (const auto& round : off.rounds) EXPECT_TRUE(round.evidence.empty());
}

TEST(TrainingTest, RowsThatProveALieAreEvidenceAtOnce) {
  auto o = blobs();
  o.attacks = {{.name = "nan", .parameters = {}, .rate = 1, .workers = {2}}};
  o.reputation.mode = ReputationOptions::Mode::evict;
  const auto r = run(o);
  std::vector<std::string> what;
  for (const auto& round : r.rounds)
    for (const Evidence& e : round.evidence) {
      EXPECT_EQ(e.worker, 2u);
      what.push_back(e.rule + " " + e.what.substr(0, e.what.find(':')));
      EXPECT_EQ(e.rows_sha256.size(), o.cluster.shards) << "what the door refuses is hashed at once";
    }
  EXPECT_EQ(what, (std::vector<std::string>{"door what it sent was refused", "zeno warned", "door what it sent was refused",
                                            "zeno quarantined", "door what it sent was refused", "zeno evicted"}));
}

TEST(TrainingTest, AnotherSeedIsAnotherRun) {
  auto o = blobs();
  const auto first = run(o).result.weights;
  o.seed = 2;
  EXPECT_NE(run(o).result.weights, first);
}

TEST(TrainingTest, ZenoRefusesEveryPoisonedMessageAndLearnsAllTheSame) {
  auto o = blobs();
  o.train.rounds = 20;
  o.attacks = {attack("negative", 200, 0.2)};
  const auto r = run(o);
  EXPECT_GT(r.result.tally.poisoned, 20u);
  EXPECT_EQ(r.result.tally.poisoned_accepted, 0u);
  EXPECT_GT(r.result.tally.honest_accepted, r.result.tally.honest / 3);
  EXPECT_GT(r.result.evaluation.accuracy, 0.8);
}

TEST(TrainingTest, AverageFallsToAFewLiars) {
  auto o = blobs();
  o.train.rounds = 20;
  o.rule.name = "average";
  o.rule.parameters.clear();
  o.attacks = {attack("negative", 200, 1, {0})};
  EXPECT_LT(run(o).result.evaluation.accuracy, 0.6);
}

TEST(TrainingTest, ARowWithNaNIsRefusedWholeAndNeverReachesTheModel) {
  for (const char* rule : {"average", "trimmed_mean", "phocas", "zeno"}) {
    auto o = blobs();
    o.rule = {.name = rule, .parameters = {}, .granularity = Granularity::block};
    o.attacks = {{.name = "nan", .parameters = {}, .rate = 1, .workers = {3}}};
    const auto r = run(o);
    EXPECT_TRUE(finite(r.result.weights)) << rule;
    for (const auto& round : r.rounds) {
      EXPECT_EQ(round.workers[3].state, "not finite");
      EXPECT_EQ(round.workers[3].accepted, 0u);
      EXPECT_EQ(round.tally.poisoned_accepted, 0u);
      EXPECT_EQ(round.tally.poisoned, 2u) << "its two block messages are counted";
    }
  }
}

TEST(TrainingTest, AWorkerThatNeverAnswersCostsOneDeadlineAndNoMore) {
  auto o = blobs();
  o.cluster.deadline = 3s;
  o.attacks = {{.name = "silent", .parameters = {}, .rate = 1, .workers = {1}}};
  const auto r = run(o);
  EXPECT_EQ(r.result.rounds, 6u);
  for (const auto& round : r.rounds) EXPECT_EQ(round.workers[1].state, "absent");
  double waited = 0;
  for (size_t k = 1; k < r.rounds.size(); ++k) waited = std::max(waited, r.rounds[k].wall_seconds);
  EXPECT_GE(r.rounds[0].wall_seconds, 3) << "the first round waits for it";
  EXPECT_LT(waited, 3) << "the others do not";
}

TEST(TrainingTest, AWorkerThatCrashesIsRestartedAndJoinsALaterRound) {
  auto o = blobs();
  o.train.rounds = 200;  // a restart takes as long as some of them
  o.cluster.restarts = 100;
  o.attacks = {{.name = "crash", .parameters = {}, .rate = 0.2, .workers = {2}}};
  const auto r = run(o);
  EXPECT_EQ(r.result.rounds, 200u);
  uint32_t newest = 0, answered = 0;
  std::string notes;
  for (const auto& round : r.rounds) {
    for (const auto& w : round.workers) {
      if (w.worker == 2 && w.incarnation > 1 && w.state == "answered") ++answered;
      if (w.worker == 2) newest = std::max(newest, w.incarnation);
    }
    for (const auto& note : round.notes) notes += note + "\n";
  }
  EXPECT_GT(newest, 1u);
  EXPECT_GT(answered, 0u) << "no later incarnation took part";
  EXPECT_THAT(notes, HasSubstr("worker/2#1 lost: it crashed in its local steps (attack: crash); it is restarted"));
}

TEST(TrainingTest, GoesOnWithoutAWorkerThatFallsAgainAndAgain) {
  auto o = blobs();
  o.train.rounds = 30;
  o.cluster.restarts = 1;
  o.attacks = {{.name = "crash", .parameters = {}, .rate = 1, .workers = {4}}};
  const auto r = run(o);
  EXPECT_EQ(r.result.rounds, 30u);
  EXPECT_TRUE(finite(r.result.weights));
}

TEST(TrainingTest, ARoundWithoutAnActiveWorkerChangesNothingAndSaysSo) {
  for (const char* rule : {"average", "trimmed_mean", "phocas", "zeno"}) {
    auto o = blobs();
    o.rule = {.name = rule, .parameters = {}, .granularity = Granularity::block};
    o.train.subsample = 1e-9;
    const auto r = run(o);
    auto untouched = o;
    untouched.train.optimizer.lr = 1e-30f;
    EXPECT_EQ(r.result.weights, run(untouched).result.weights) << rule;
    for (const auto& round : r.rounds) {
      EXPECT_EQ(round.workers[0].state, "inactive");
      EXPECT_THAT(round.notes, Contains(HasSubstr("no update"))) << rule;
    }
  }
}

TEST(TrainingTest, StopsAfterTheRoundThatIsUnderWayWithItsWeightsEvaluated) {
  auto o = blobs();
  o.train.rounds = 1000000;
  Training training(o, Catalogue{});
  uint32_t seen = 0;
  const auto result = training.run([&](const RoundReport& r) {
    seen = r.round;
    if (r.round == 3) training.stop();
  });
  EXPECT_TRUE(result.stopped);
  EXPECT_EQ(result.rounds, seen);
  EXPECT_LT(result.rounds, 1000u);
  EXPECT_GT(result.evaluation.accuracy, 0.2);
  EXPECT_TRUE(finite(result.weights));
}

TEST(TrainingTest, AStopBeforeTheFirstRoundGivesTheInitialWeights) {
  Training training(blobs(), Catalogue{});
  training.stop();
  const auto result = training.run();
  EXPECT_EQ(result.rounds, 0u);
  EXPECT_TRUE(result.stopped);
  EXPECT_EQ(result.weights.size(), result.layout.dimension());
}

TEST(TrainingTest, AnEvaluationBesideTrainingIsThatOfItsVersion) {
  auto o = blobs();
  o.train.eval_every = 1;
  const auto all = run(o);
  ASSERT_EQ(all.rounds.size(), 6u);
  for (uint32_t rounds = 1; rounds <= 6; ++rounds) {
    o.train.rounds = rounds;
    o.train.eval_every = 100;
    const auto alone = run(o).result.evaluation;
    ASSERT_TRUE(all.rounds[rounds - 1].evaluation.has_value());
    EXPECT_EQ(all.rounds[rounds - 1].round, rounds);
    EXPECT_EQ(all.rounds[rounds - 1].evaluation->loss, alone.loss) << rounds;
    EXPECT_EQ(all.rounds[rounds - 1].evaluation->accuracy, alone.accuracy) << rounds;
    EXPECT_EQ(all.rounds[rounds - 1].evaluation->classes, alone.classes) << rounds;
  }
}

TEST(TrainingTest, EvaluatingMoreOftenChangesNoWeights) {
  auto o = blobs();
  o.train.eval_every = 100;
  const auto seldom = run(o).result.weights;
  o.train.eval_every = 1;
  EXPECT_EQ(run(o).result.weights, seldom);
}

TEST(TrainingTest, ARunWhoseEvaluatorFallsAgainAndAgainFails) {
  Catalogue catalogue;
  DatasetEntry entry;
  entry.name = "two_sizes";
  entry.load = [](const DataOptions& options, uint64_t seed) {
    Dataset data = Datasets::standard().find("blobs")->load(options, seed);
    data.test.width = 7;  // the model does not take these
    return data;
  };
  catalogue.datasets.add(entry);
  auto o = blobs();
  o.data.name = "two_sizes";
  o.train.eval_every = 2;
  Training training(o, catalogue);
  try {
    training.run();
    FAIL() << "it ended well";
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("evaluator fell and was given up"));
  }
}

TEST(TrainingTest, AnAttackSaidDuringTheRunBeginsBetweenRounds) {
  auto o = blobs();
  o.train.rounds = 300;
  Training training(o, Catalogue{});
  uint32_t first = 0;
  training.run([&](const RoundReport& r) {
    if (r.round == 3) training.attack(1, attack("negative", 200, 1));
    if (r.tally.poisoned > 0 && first == 0) {
      first = r.round;
      EXPECT_EQ(r.tally.poisoned, 2u) << "all of its blocks, from its first round on";
      EXPECT_EQ(r.tally.poisoned_accepted, 0u);
      training.stop();
    }
  });
  EXPECT_GT(first, 3u);
}

TEST(TrainingTest, ALearningRateSaidDuringTheRunBeginsBetweenRounds) {
  auto o = blobs();
  o.train.rounds = 300;
  Training training(o, Catalogue{});
  float last = 0;
  training.run([&](const RoundReport& r) {
    if (r.round == 2) training.set_lr(0.001f);
    last = r.lr;
    if (last == 0.001f) training.stop();
  });
  EXPECT_EQ(last, 0.001f);
}

TEST(TrainingTest, TheScheduleGivesEachRoundItsShareOfTheRate) {
  auto o = blobs();
  o.train.optimizer.schedule = {.kind = ScheduleOptions::Kind::step, .rounds = {5}, .factor = 0.5f, .warmup = 2};
  std::vector<float> rates;
  for (const auto& round : run(o).rounds) rates.push_back(round.lr);
  EXPECT_THAT(rates, testing::ElementsAre(0.025f, 0.05f, 0.05f, 0.05f, 0.025f, 0.025f));
}

TEST(TrainingTest, ARateSaidDuringTheRunIsTheOneThatTheScheduleShares) {
  auto o = blobs();
  o.train.optimizer.schedule = {.kind = ScheduleOptions::Kind::step, .rounds = {1}, .factor = 0.5f};
  Training training(o, Catalogue{});
  training.set_lr(0.25f);
  float last = 0;
  training.run([&](const RoundReport& r) { last = r.lr; });
  EXPECT_EQ(last, 0.125f);
}

TEST(TrainingTest, AWordOfNoDecayThatFitsNoBlockIsNamedBeforeAnythingStarts) {
  auto o = blobs();
  o.train.optimizer.no_decay = "*.gamma";
  EXPECT_THAT(refusal(UserError::bad_config, [&] { Training(o, Catalogue{}); }), HasSubstr("\"*.gamma\""));
}

TEST(TrainingTest, WhatItsObserverThrowsReachesTheCaller) {
  Training training(blobs(), Catalogue{});
  EXPECT_THROW(training.run([](const RoundReport&) { throw UserError(UserError::cannot_write, "the disk is full"); }),
               UserError);
}

}  // namespace
}  // namespace zenops
