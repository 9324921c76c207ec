// A run that was interrupted and taken up again, against the same run left alone.
#include <gmock/gmock.h>

#include <random>

#include "tests/actors/survival.hpp"
#include "tests/base/refusal.hpp"

namespace zenops {
namespace {

class ResumeTest : public testing::Test {
 protected:
  static Trained whole(const TrainingOptions& options) { return run(options); }
  /// Stops it after the round, if it is not 0.
  Trained begin(const TrainingOptions& options, uint32_t stop_after,
                std::function<void(Training&, uint32_t)> also = {}) {
    Trained out;
    Training training(options, Catalogue{});
    training.keep_snapshots(folder());
    out.result = training.run([&](const RoundReport& r) {
      out.rounds.push_back(r);
      if (also) also(training, r.round);
      if (r.round == stop_after) training.stop();
    });
    return out;
  }
  /// From the newest snapshot, or the newest one of a round that is not later.
  Trained go_on(const TrainingOptions& options, uint32_t from = UINT32_MAX) {
    for (const auto& one : std::filesystem::directory_iterator(folder()))
      if (std::stoul(one.path().filename().string().substr(6)) > from) std::filesystem::remove_all(one.path());
    Trained out;
    Training training(options, Catalogue{});
    training.keep_snapshots(folder());
    const auto snapshot = Snapshots(folder(), 1).newest([](const std::string& news) { ADD_FAILURE() << news; });
    if (!snapshot) {
      ADD_FAILURE() << "there is no snapshot";
      return out;
    }
    resumed_at_ = snapshot->round;
    training.go_on_from(snapshot);
    out.result = training.run([&](const RoundReport& r) { out.rounds.push_back(r); });
    return out;
  }
  void expect_same(const Trained& resumed, const Trained& expected) {
    EXPECT_EQ(resumed.result.weights, expected.result.weights);
    EXPECT_EQ(facts(resumed.rounds), facts(expected.rounds, resumed_at_ + 1));
    EXPECT_EQ(resumed.result.rounds, expected.result.rounds);
    EXPECT_EQ(resumed.result.evaluation.accuracy, expected.result.evaluation.accuracy);
    EXPECT_EQ(resumed.result.tally.honest_accepted, expected.result.tally.honest_accepted);
    EXPECT_EQ(resumed.result.tally.poisoned, expected.result.tally.poisoned);
  }
  std::filesystem::path folder() const { return folder_ / "snapshots"; }

  TemporaryFolder folder_;
  uint32_t resumed_at_ = 0;
};

TEST_F(ResumeTest, FromEverySnapshotTheBitsAreThoseOfARunLeftAlone) {
  auto o = with_memory();
  const auto expected = whole(o);
  o.snapshots = {.every = 1, .keep = 100};
  expect_same(begin(o, 0), expected);
  std::mt19937 random(7);
  for (uint32_t from = o.train.rounds; from > 0; from -= std::min(from, 1 + static_cast<uint32_t>(random() % 5))) {
    SCOPED_TRACE("from round " + std::to_string(from));
    expect_same(go_on(o, from), expected);
  }
}

TEST_F(ResumeTest, WithEveryRuleThatRemembersAndErrorFeedback) {
  for (const char* rule : {"zeno", "average", "centered_clipping", "zeno_loss", "fltrust", "clipped_clustering", "foolsgold"}) {
    SCOPED_TRACE(rule);
    std::filesystem::remove_all(folder());
    auto o = with_memory();
    o.rule = {.name = rule, .parameters = {}};
    if (o.rule.name == "zeno_loss") o.rule.granularity = Granularity::model;
    o.train.error = Unsent::feedback;
    o.train.compression = {.kind = CompressionOptions::Kind::sign, .share = 0.3};
    const auto expected = whole(o);
    o.snapshots = {.every = 4, .keep = 1};
    const auto first = begin(o, 6);
    EXPECT_TRUE(first.result.stopped);
    const auto resumed = go_on(o);
    EXPECT_EQ(resumed_at_, first.result.rounds) << "a run that was stopped leaves its last round";
    expect_same(resumed, expected);
  }
}

TEST_F(ResumeTest, WithEveryOptimizerOfTheServerAndMomentaThatAreSent) {
  using Kind = ServerOptions::Kind;
  for (const auto kind : {Kind::sgd, Kind::momentum, Kind::adam, Kind::yogi, Kind::adagrad}) {
    SCOPED_TRACE(static_cast<int>(kind));
    std::filesystem::remove_all(folder());
    auto o = with_memory();
    o.train.local_steps = 1;
    o.train.send = Send::momentum;
    o.train.error = Unsent::feedback;
    o.train.server.kind = kind;
    const auto expected = whole(o);
    o.snapshots = {.every = 4, .keep = 1};
    begin(o, 6);
    expect_same(go_on(o), expected);
    EXPECT_GE(resumed_at_, 6u);
    EXPECT_LT(resumed_at_, 14u);
  }
}

TEST_F(ResumeTest, WithAnotherNumberOfShardsAndThreads) {
  auto o = with_memory();
  const auto expected = whole(o);
  o.snapshots = {.every = 5, .keep = 1};
  begin(o, 7);
  for (const auto& [shards, threads] : {std::pair(1u, 1), {2u, 3}, {5u, 2}}) {
    auto other = o;
    other.cluster.shards = shards;
    other.cluster.threads = threads;
    other.cluster.serialize = shards == 2;
    other.snapshots.every = 0;  // so that there is one to go on from
    expect_same(go_on(other), expected);
  }
}

TEST_F(ResumeTest, WhatSendersRowsSumToIsCutAnewForOtherShards) {
  auto o = with_memory();
  o.rule = {.name = "foolsgold", .parameters = {}};
  const auto expected = whole(o);
  o.snapshots = {.every = 5, .keep = 1};
  begin(o, 7);
  o.cluster.shards = 1;
  o.snapshots.every = 0;
  expect_same(go_on(o), expected);
}

TEST_F(ResumeTest, WhatTheOperatorHadSaidStillHolds) {
  auto o = with_memory();
  const auto say = [](Training& training, uint32_t round) {
    if (round != 2) return;  // whose report waits for no evaluation: what is said then always comes as early
    training.attack(4, attack("negative", 50, 1));
    training.set_lr(0.01f);
  };
  const auto expected = begin(o, 0, say);
  EXPECT_GT(expected.result.tally.poisoned, whole(o).result.tally.poisoned);
  std::filesystem::remove_all(folder());
  begin(o, 7, say);
  expect_same(go_on(o), expected);
  EXPECT_GE(resumed_at_, 7u);
}

TEST_F(ResumeTest, WhatIsKnownOfWorkersIsStillKnown) {
  auto o = blobs(7, 1, 2);
  o.train.rounds = 40;
  o.attacks = {attack("negative", 10, 1, {1}), attack("negative", 10, 0.5, {4})};
  o.reputation.mode = ReputationOptions::Mode::evict;
  o.reputation.window = 12;
  o.reputation.least = o.reputation.readmit = 6;
  const auto expected = whole(o);
  uint32_t quarantined = 0;
  for (const auto& round : expected.rounds)
    for (const auto& worker : round.workers) quarantined += worker.quarantined;
  EXPECT_GT(quarantined, 0u);
  o.snapshots = {.every = 100, .keep = 1};
  for (const uint32_t stop : {5u, 9u, 14u, 25u}) {
    SCOPED_TRACE("stopped after round " + std::to_string(stop));
    std::filesystem::remove_all(folder());
    begin(o, stop);
    const auto resumed = go_on(o);
    expect_same(resumed, expected);
    // A replacement may have come before the stop, and was then noted with the result.
    const auto after = [&](const Trained& r) {
      std::vector<RoundReport> out;
      for (const auto& round : r.rounds)
        if (round.round > resumed_at_) out.push_back(round);
      for (auto& round : out) std::erase_if(round.notes, [](const auto& note) { return note.find(" lost: ") != std::string::npos; });
      return notes(out);
    };
    EXPECT_EQ(after(resumed), after(expected));
  }
}

TEST_F(ResumeTest, ARunThatIsCompleteGoesOnForMoreRounds) {
  auto o = with_memory();
  o.snapshots = {.every = 100, .keep = 1};
  begin(o, 0);
  auto longer = o;
  longer.train.rounds = 20;
  const auto resumed = go_on(longer);
  EXPECT_EQ(resumed_at_, 14u) << "the last round has a snapshot";
  expect_same(resumed, whole(longer));
}

TEST_F(ResumeTest, RefusesWhatDoesNotFit) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->round = 4;
  snapshot->model["parameters"] = {Row(std::shared_ptr<float[]>(new float[3]), 0, 3)};
  auto o = blobs();
  EXPECT_THAT(refusal(UserError::bad_data, [&] { Training(o, Catalogue{}).go_on_from(snapshot); }),
              testing::HasSubstr("the snapshot of round 4: it is of another model"));
  snapshot->model["parameters"] = {Row(std::shared_ptr<float[]>(new float[210]), 0, 210)};
  o.train.rounds = 3;
  EXPECT_EQ(refusal(UserError::bad_config, [&] { Training(o, Catalogue{}).go_on_from(snapshot); }),
            "train.rounds: found 3, expected at least the 4 that are done");
  o.train.mode = Mode::async;
  EXPECT_THAT(refusal(UserError::bad_config, [&] { Training(o, Catalogue{}).go_on_from(snapshot); }),
              testing::HasSubstr("asynchronous runs cannot be taken up again yet"));
}

}  // namespace
}  // namespace zenops
