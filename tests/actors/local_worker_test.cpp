#include "actors/local_worker.hpp"

#include <gmock/gmock.h>

#include "actors/compression.hpp"
#include "aggregation/plan.hpp"
#include "tests/actors/ground.hpp"

namespace zenops {
namespace {

using testing::Each;
using testing::ElementsAreArray;

/// One worker on made data, and a second learner beside it that does the same steps by the definition.
class LocalWorkerTest : public testing::Test {
 protected:
  static constexpr uint32_t index = 2;

  LocalWorker worker() { return {index, ground_.training, options_.train, options_.data.batch, options_.seed}; }
  LocalWorker::Outcome work(LocalWorker& worker, uint32_t round, const Adversary& adversary) {
    return worker.work(0, round, lr(), std::span(&ground_.initial, 1), adversary);
  }
  LocalWorker::Outcome work(LocalWorker& worker, uint32_t round) { return work(worker, round, honest_); }
  /// What the local steps make of the initial weights + residual, by a learner with the momentum of the rounds before.
  std::vector<float> expected(uint32_t round, std::span<const float> residual) {
    const auto update = reference_.update(0, round, lr(), std::span(&ground_.initial, 1), residual);
    return {update.delta.view().begin(), update.delta.view().end()};
  }
  float lr() const { return options_.train.optimizer.lr; }
  size_t dimension() const { return ground_.training.layout.dimension(); }
  template <class T>
  std::span<T> block(std::span<T> flat, uint32_t b) const {
    const Block& block = ground_.training.layout.blocks()[b];
    return flat.subspan(block.offset, block.size);
  }
  /// Expects of eight rounds that each starts from what the one before did not send, the newest alone: what was kept
  /// before that is gone. Adds up what `count` says of them.
  template <class Count>
  std::ptrdiff_t follow(LocalWorker& worker, Count count) {
    std::ptrdiff_t counted = 0;
    std::vector<float> residual(dimension());
    for (uint32_t round = 1; round <= 8; ++round) {
      const auto change = expected(round, residual);
      const auto out = work(worker, round);
      EXPECT_THAT(out.update.view(), ElementsAreArray(change)) << "round " << round;
      residual = change;
      for (uint32_t b = 0; b < out.sent.size(); ++b)
        if (out.sent[b]) std::ranges::fill(block(std::span(residual), b), 0.0f);
      counted += count(out);
    }
    return counted;
  }

  TrainingOptions options_ = blobs();
  const Ground ground_{options_};
  const Attacks attacks_ = Attacks::standard();
  const Adversary honest_{attacks_, {}, 1};
  Learner reference_ = ground_.learner(options_, Role::worker, index);
};

TEST_F(LocalWorkerTest, SendsTheChangeThatItsLocalStepsMade) {
  LocalWorker w = worker();
  for (uint32_t round : {1, 2, 3}) {
    const auto sent = work(w, round);
    EXPECT_TRUE(sent.active);
    EXPECT_THAT(sent.sent, Each(true));
    EXPECT_THAT(sent.update.view(), ElementsAreArray(expected(round, {})));
  }
}

// zeno-ps: A.7: x = pull + c, and the next change is measured from there: an error reset, not feedback.
TEST_F(LocalWorkerTest, StartsFromWhatItDidNotSendAndNeverSendsItLater) {
  options_.train.sparsity = 0.5;
  LocalWorker w = worker();
  const auto skipped = follow(w, [](const LocalWorker::Outcome& out) { return std::ranges::count(out.sent, false); });
  EXPECT_GT(skipped, 3);
  EXPECT_LT(skipped, 13);
}

TEST_F(LocalWorkerTest, KeepsItsWholeChangeWhenItIsNotChosen) {
  options_.train.subsample = 0.5;
  LocalWorker w = worker();
  const auto idle = follow(w, [](const LocalWorker::Outcome& out) {
    EXPECT_THAT(out.sent, Each(out.active));
    return std::ptrdiff_t{!out.active};
  });
  EXPECT_GT(idle, 1);
  EXPECT_LT(idle, 7);
}

// Or the liar would harm itself: what it keeps for the next round is honest.
TEST_F(LocalWorkerTest, LiesInWhatItSendsOnly) {
  options_.train.sparsity = 0.5;
  LocalWorker w = worker(), twin = worker();
  const Adversary liar(attacks_, {attack("negative", 200, 1)}, 1);
  for (uint32_t round = 1; round <= 6; ++round) {
    const auto lie = work(w, round, liar);
    const auto truth = work(twin, round);
    for (uint32_t b = 0; b < lie.sent.size(); ++b)
      for (size_t i = 0; i < block(lie.update.view(), b).size(); ++i)
        ASSERT_EQ(block(lie.update.view(), b)[i], block(truth.update.view(), b)[i] * (lie.sent[b] ? -200.0f : 1.0f));
  }
}

TEST_F(LocalWorkerTest, SendsAgainWhatItMadeSoManyRoundsBefore) {
  LocalWorker w = worker();
  const Adversary copies(attacks_, {{.name = "stale_copy", .parameters = {{"age", 2}}, .rate = 1, .workers = {}}}, 1);
  std::vector<std::vector<float>> made;
  for (uint32_t round = 1; round <= 8; ++round) {
    made.push_back(expected(round, {}));
    EXPECT_THAT(work(w, round, copies).update.view(), ElementsAreArray(made[round > 2 ? round - 3 : 0])) << "round " << round;
  }
}

TEST_F(LocalWorkerTest, CrashesWhenItsAttackSaysSo) {
  LocalWorker w = worker();
  const Adversary crash(attacks_, {{.name = "crash", .parameters = {}, .rate = 1, .workers = {index}}}, 1);
  EXPECT_THROW(work(w, 1, crash), std::runtime_error);
}

/// The same with compression, against the formulae written out: what was lost or left out is e.
class CompressingWorkerTest : public LocalWorkerTest,
                              public testing::WithParamInterface<std::tuple<CompressionOptions::Kind, Unsent>> {
 protected:
  CompressingWorkerTest() {
    options_.train.compression = {std::get<0>(GetParam()), 0.2};
    options_.train.error = std::get<1>(GetParam());
  }
  bool feeds_back() const { return options_.train.error == Unsent::feedback; }
  /// p is u, with feedback u + e. A block that is sent is C(p) and leaves e = p − C(p); one that is not leaves e = p.
  void follow(const LocalWorker::Outcome& out, std::vector<float> p, std::vector<float>& e) {
    if (feeds_back()) add_scaled(p, 1, e);
    for (uint32_t b = 0; b < out.sent.size(); ++b) {
      const auto part = block(std::span<const float>(p), b);
      std::vector<float> sent(part.begin(), part.end()), left(sent);
      if (out.sent[b]) {
        compress(options_.train.compression, sent, {});
        EXPECT_THAT(block(out.update.view(), b), ElementsAreArray(sent)) << "block " << b;
        for (size_t i = 0; i < left.size(); ++i) left[i] -= sent[i];
      }
      std::ranges::copy(left, block(std::span(e), b).begin());
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Kinds, CompressingWorkerTest,
                         testing::Combine(testing::Values(CompressionOptions::Kind::none, CompressionOptions::Kind::top_k,
                                                          CompressionOptions::Kind::sign, CompressionOptions::Kind::bf16),
                                          testing::Values(Unsent::reset, Unsent::feedback)));

TEST_P(CompressingWorkerTest, KeepsWhatItDidNotSendAsItsErrorSays) {
  options_.train.sparsity = 0.3;
  options_.train.subsample = 0.7;
  LocalWorker w = worker();
  std::vector<float> e(dimension());
  for (uint32_t round = 1; round <= 10; ++round) {
    SCOPED_TRACE(round);
    const auto u = expected(round, feeds_back() ? std::span<const float>() : e);
    follow(work(w, round), u, e);
  }
}

TEST_P(CompressingWorkerTest, GoesOnInAsyncModeWithItsErrorUntilItSends) {
  options_.train.mode = Mode::async;
  options_.train.subsample = 0.5;
  LocalWorker w = worker();
  std::vector<float> e(dimension());
  Row progress;
  int idle = 0;
  for (uint32_t round = 1; round <= 10; ++round) {
    SCOPED_TRACE(round);
    const auto u = reference_.update(0, round, lr(), std::span(&ground_.initial, 1), feeds_back() ? std::span<const float>() : e,
                                     progress.view());
    const bool fresh = progress.empty();
    const auto out = w.work(0, round, lr(), std::span(&ground_.initial, fresh ? 1 : 0), honest_);
    progress = out.active ? Row() : u.delta;
    idle += !out.active;
    if (out.active) follow(out, {u.delta.view().begin(), u.delta.view().end()}, e);
  }
  EXPECT_GT(idle, 1);
  EXPECT_LT(idle, 9);
}

// What it keeps is honest: after its last lie nobody can tell it from one that never lied.
TEST_P(CompressingWorkerTest, LiesInWhatItSendsOnly) {
  options_.train.sparsity = 0.3;
  for (const AttackOptions& lie : {attack("negative", 200, 1), AttackOptions{"stale_copy", {{"age", 2}}, 1, {}}}) {
    LocalWorker w = worker(), twin = worker();
    const Adversary liar(attacks_, {lie}, 1);
    int differ = 0;
    for (uint32_t round = 1; round <= 8; ++round) {
      const auto mine = work(w, round, round <= 5 ? liar : honest_), truth = work(twin, round);
      for (uint32_t b = 0; b < mine.sent.size(); ++b) {
        if (!mine.sent[b]) continue;
        const bool same = std::ranges::equal(block(mine.update.view(), b), block(truth.update.view(), b));
        EXPECT_TRUE(same || round <= 5) << lie.name << " round " << round;
        differ += !same;
      }
    }
    EXPECT_GE(differ, 4) << lie.name;
  }
}

TEST(ParticipationTest, TakesPartWithItsChanceAndTheSameForWhoeverAsks) {
  TrainOptions train;
  train.subsample = 0.7;
  train.sparsity = 0.2;
  const Layout layout({{"a", {1}}, {"b", {1}}});
  const Participation participation(train, layout, 3), other(train, layout, 4);
  int active = 0, sends = 0, differ = 0;
  for (uint32_t round = 1; round <= 4000; ++round) {
    active += participation.active(5, round);
    sends += participation.sends(5, round, 1);
    differ += participation.active(5, round) != other.active(5, round);
    EXPECT_EQ(participation.active(5, round), Participation(train, layout, 3).active(5, round));
  }
  EXPECT_NEAR(active, 2800, 150);  // five standard deviations
  EXPECT_NEAR(sends, 3200, 130);
  EXPECT_GT(differ, 1000);
}

TEST(ParticipationTest, NobodySendsABlockThatIsNotJudged) {
  Layout layout({{"weight", {1}},
                 {.name = "trusted", .shape = {1}, .buffer = true, .exchange = Exchange::trusted},
                 {.name = "local", .shape = {1}, .buffer = true, .exchange = Exchange::none}});
  const Participation participation(TrainOptions{}, layout, 3);
  EXPECT_TRUE(participation.sends(0, 1, 0));
  EXPECT_FALSE(participation.sends(0, 1, 1));
  EXPECT_FALSE(participation.sends(0, 1, 2));
}

TEST(ParticipationTest, WithoutSubsamplingAndSparsityEverybodySendsEverything) {
  const Participation participation(TrainOptions{}, Layout({{"a", {1}}}), 3);
  for (uint32_t round = 1; round <= 1000; ++round) {
    EXPECT_TRUE(participation.active(0, round));
    EXPECT_TRUE(participation.sends(0, round, 0));
  }
}

}  // namespace
}  // namespace zenops
