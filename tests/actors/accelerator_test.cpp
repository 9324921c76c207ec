// Runs whose shards measure and combine elsewhere, against the same runs without that.
#include <gmock/gmock.h>

#include "actors/cast.hpp"
#include "actors/placing.hpp"
#include "tests/actors/survival.hpp"
#include "tests/aggregation/separate_memory.hpp"
#include "tests/base/refusal.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class AcceleratorTest : public testing::Test {
 protected:
  AcceleratorTest() {
    catalogue_.accelerator = [this](const ShardsGpu&) {
      ++asked_;
      return separate(memory_);
    };
  }
  static TrainingOptions blobs_with(RuleOptions rule) {
    auto o = blobs(7, 1, 2);
    o.data.parameters = {{"features", 700}};  // some segments
    o.rule = std::move(rule);
    o.attacks = {attack("random", 3, 0.2)};
    return o;
  }
  /// The run's lines go to log_.
  Trained accelerated(const TrainingOptions& options) {
    Trained out;
    Training training(options, catalogue_, [this](const std::string& line) {
      std::lock_guard lock(mutex_);
      log_ += line + "\n";
    });
    out.result = training.run([&](const RoundReport& r) { out.rounds.push_back(r); });
    return out;
  }
  void expect_the_same(const TrainingOptions& options, bool measures, bool combines = true) {
    const auto expected = run(options);
    const auto r = accelerated(options);
    EXPECT_EQ(r.result.weights, expected.result.weights);
    EXPECT_EQ(facts(r.rounds), facts(expected.rounds));
    EXPECT_EQ(memory_->measured > 0, measures);
    EXPECT_EQ(memory_->combined + memory_->stepped > 0, combines);
    EXPECT_EQ(memory_->floats, 0u) << "rows went with their rounds";
    EXPECT_EQ(asked_, 1) << "shards of one process share it";
  }

  const std::shared_ptr<SeparateMemory> memory_ = std::make_shared<SeparateMemory>();
  Catalogue catalogue_;
  std::atomic<int> asked_ = 0;
  std::mutex mutex_;
  std::string log_;
};

TEST_F(AcceleratorTest, ASumHasTheSameBits) {
  expect_the_same(blobs_with({.name = "average", .parameters = {}}), false);
}

TEST_F(AcceleratorTest, AMeanWithATrimHasTheSameBits) {
  expect_the_same(blobs_with({.name = "trimmed_mean", .parameters = {{"f", 2}}}), false);
}

TEST_F(AcceleratorTest, ARuleOfDistancesHasTheSameBits) {
  expect_the_same(blobs_with({.name = "multi_krum", .parameters = {{"f", 2}}}), true);
  EXPECT_EQ(log_, "") << "nothing was left out";
}

TEST_F(AcceleratorTest, ARowIsCopiedOnceForMeasuringAndCombining) {
  auto o = blobs_with({.name = "multi_krum", .parameters = {{"f", 2}}});
  o.attacks.clear();
  expect_the_same(o, true);
  const int segments = memory_->measured / static_cast<int>(o.train.rounds);
  EXPECT_EQ(memory_->stepped, memory_->measured);
  EXPECT_EQ(memory_->uploads, 7 * memory_->measured + segments) << "and the weights once";
}

TEST_F(AcceleratorTest, ARuleThatBelievesARowHasTheSameBits) {
  expect_the_same(blobs_with({.name = "zeno", .parameters = {{"eta", 0}, {"rho", 0.6}}}), true);
}

TEST_F(AcceleratorTest, TheServersStepIsMadeThereAndWhatItRemembersStays) {
  for (const auto kind : {ServerOptions::Kind::sgd, ServerOptions::Kind::momentum, ServerOptions::Kind::adam, ServerOptions::Kind::yogi,
                          ServerOptions::Kind::adagrad}) {
    for (const auto send : {Send::delta, Send::momentum}) {
      asked_ = 0;
      memory_->combined = memory_->stepped = memory_->downloads = 0;
      auto o = blobs_with({.name = "trimmed_mean", .parameters = {{"f", 2}}});
      o.train.server = {.kind = kind, .lr = 0.5f};
      o.train.send = send;
      if (send != Send::delta) o.train.local_steps = 1;
      expect_the_same(o, false);
      EXPECT_EQ(memory_->combined, 0);
      EXPECT_EQ(memory_->downloads, memory_->stepped) << "the weights alone";
    }
  }
}

TEST_F(AcceleratorTest, OfARunThatMustBeExactEveryFallIsMadeGood) {
  auto o = blobs_with({.name = "multi_krum", .parameters = {{"f", 2}}});
  o.train.rounds = 9;
  o.train.server = {.kind = ServerOptions::Kind::adam, .lr = 0.05f};
  o.snapshots.every = 3;
  o.faults.mode = FaultOptions::Mode::exact;
  const auto expected = run(o);
  o.faults.inject = {{"shard/1", 5, Fault::At::apply}, {"worker/2", 6, Fault::At::open}, {"shard/0", 8, Fault::At::open}};
  const auto r = accelerated(o);
  EXPECT_EQ(r.result.weights, expected.result.weights);
  EXPECT_GT(memory_->stepped, 0);
  EXPECT_EQ(memory_->floats, 0u);
}

TEST_F(AcceleratorTest, WhatHasNoRoomForAStepIsSteppedHere) {
  auto o = blobs_with({.name = "multi_krum", .parameters = {{"f", 2}}});
  o.train.server = {.kind = ServerOptions::Kind::adam, .lr = 0.05f};
  const auto expected = run(o);
  std::atomic<int> made = 0;
  memory_->before = [&] { memory_->room = ++made % 5 == 0 ? memory_->floats.load() : SIZE_MAX; };
  EXPECT_EQ(accelerated(o).result.weights, expected.result.weights);
  EXPECT_GT(memory_->stepped, 0);
  EXPECT_EQ(memory_->floats, 0u);
}

TEST_F(AcceleratorTest, ARuleOfGapsIsMeasuredByTheProcessorAndCombinedThere) {
  auto o = blobs_with({.name = "aksel", .parameters = {}});
  o.attacks = {{.name = "nan", .parameters = {}, .rate = 0.4, .workers = {0, 1}}};  // measured again without them
  expect_the_same(o, false);
  EXPECT_THAT(log_, HasSubstr(": signs and gaps are not measured there: the processor does it\n"));
}

TEST_F(AcceleratorTest, ARunWithEverythingThatHasAMemoryHasTheSameBits) { expect_the_same(with_memory(), true); }

TEST_F(AcceleratorTest, AMedianOfValidatorsHasTheSameBits) {
  auto o = blobs_with({.name = "median", .parameters = {}, .across = Across::median_of_validators});
  o.cluster.validators = 3;
  expect_the_same(o, false);
}

TEST_F(AcceleratorTest, ABatchOfAsynchronousUpdatesHasTheSameBits) {
  auto o = blobs_with({.name = "fed_buff", .parameters = {}});
  o.train.mode = Mode::async;
  o.async.buffer = 3;
  o.async.damping.kind = DampingOptions::Kind::poly;
  o.attacks.clear();
  const auto expected = run(o);
  EXPECT_EQ(accelerated(o).result.weights, expected.result.weights);
  EXPECT_GT(memory_->stepped, 0);
  EXPECT_EQ(memory_->floats, 0u);
}

TEST_F(AcceleratorTest, WhatItDoesNotDoTheProcessorDoesAndOneLineSaysSo) {
  auto o = blobs_with({.name = "signsgd_majority", .parameters = {}});
  o.attacks.clear();
  expect_the_same(o, false, false);
  EXPECT_THAT(log_, MatchesRegex("shard/[01]: majorities and noise are not made there: the processor does it\n"));
}

TEST_F(AcceleratorTest, WhatHasNoRoomThereTheProcessorDoesAndNobodyFalls) {
  memory_->room = 7 * 1024;  // of the rows of some segments
  const auto o = blobs_with({.name = "multi_krum", .parameters = {{"f", 2}}});
  const auto expected = run(o);
  const auto r = accelerated(o);
  EXPECT_EQ(r.result.weights, expected.result.weights);
  EXPECT_EQ(facts(r.rounds), facts(expected.rounds));
  EXPECT_EQ(memory_->floats, 0u);
  EXPECT_THAT(log_, MatchesRegex("shard/[01]: no room for [0-9]+ beside [0-9]+: the processor does it\n"));
}

TEST_F(AcceleratorTest, AFailureCostsTheShardAndNoRoundIsLost) {
  std::atomic<int> count = 0;
  memory_->before = [&count] {
    if (++count == 20) throw std::runtime_error("GPU 0, comparing 7 rows: out of resources");
  };
  const auto o = blobs_with({.name = "multi_krum", .parameters = {{"f", 2}}});
  const auto expected = run(o);
  const auto r = accelerated(o);
  EXPECT_EQ(r.result.weights, expected.result.weights);
  EXPECT_THAT(notes(r.rounds), HasSubstr("#1 lost: GPU 0, comparing 7 rows: out of resources; it is restarted"));
}

TEST_F(AcceleratorTest, WhatShardsFillOfTheirCardIsKnownOnceTheModelIsWhereMemoryIsCounted) {
  // Segments of 8192 numbers: of 32 rows and more they are worth the way.
  auto o = blobs(40, 1, 2);
  o.data.parameters = {{"features", 50'000}, {"train", 400}, {"test", 40}};
  o.data.batch = 4;
  o.cluster.isolation = Isolation::process;
  o.placement.shards.gpus = 0.5;
  EXPECT_EQ(needs(Cast(o, catalogue_).options(), "shard/1").gpu_memory, 0u) << "nobody counts";
  o.placement.workers.gpu_memory = 1;
  const Cast cast(o, catalogue_);
  const uint64_t counted = needs(cast.options(), "shard/1").gpu_memory, judged = cast.ground().layout.dimension() / 2 * sizeof(float);
  EXPECT_GT(counted, 30 * judged);
  EXPECT_LT(counted, 50 * judged) << "forty rows, the one that is trusted, and the weights";
  o.placement.shards.gpus = 0;
  EXPECT_EQ(needs(Cast(o, catalogue_).options(), "shard/1").gpu_memory, 0u);
}

TEST_F(AcceleratorTest, AFaultOfTheCardEndsTheRunWithItsOneLine) {
  memory_->before = [this] {
    memory_->well = false;
    throw std::runtime_error("GPU 0, comparing 7 rows: unspecified launch failure");
  };
  auto o = blobs_with({.name = "multi_krum", .parameters = {{"f", 2}}});
  o.cluster.shards = 1;
  o.cluster.restarts = 1;
  const std::string why = refusal(UserError::run_failed, [&] { accelerated(o); });
  EXPECT_EQ(why, "shard/0 fell and was given up: GPU 0, comparing 7 rows: unspecified launch failure");
}

TEST_F(AcceleratorTest, AFaultOfTheCardCostsTheProcessOfAShardThatHasOneOfItsOwn) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  auto o = blobs_with({.name = "average", .parameters = {}});
  o.cluster.isolation = Isolation::process;
  const auto lose = [&] {
    const Cast cast(o, catalogue_);
    const auto accelerator = cast.accelerator();
    memory_->before = [this] {
      memory_->well = false;
      throw std::runtime_error("GPU 0: unspecified launch failure");
    };
    const float row[] = {1, 2, 3};
    const float* const rows[] = {row};
    EXPECT_THROW(accelerator->workspace()->measure(rows, nullptr, 3, true, false, false), std::runtime_error);
    static_cast<void>(cast.accelerator());
  };
  EXPECT_EXIT(lose(), testing::ExitedWithCode(1), "this process ends: GPU 0: unspecified launch failure");
}

}  // namespace
}  // namespace zenops
