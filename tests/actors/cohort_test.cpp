#include "actors/cohort.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <latch>
#include <thread>

namespace zenops {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

/// Of a batch b the gradient is (weights[0] + b.inputs[0]) in every number; it notes how many came together.
class Adding final : public JointReplica {
 public:
  explicit Adding(std::vector<size_t>& together) : together_(together) {}
  static inline std::mutex notes;
  std::span<float> weights() override { return weights_; }
  std::span<float> own_weights(size_t k) override {
    if (own_.size() <= k) own_.resize(8, std::vector<float>(2));
    return own_[k];
  }
  std::vector<float> compute_gradients_apart(std::span<const Batch* const> batches) override {
    auto out = compute_gradients(batches);
    for (size_t k = 0; k < batches.size(); ++k) gradients_[k] = std::vector<float>(2, own_[k][0] + batches[k]->inputs[0]);
    return out;
  }
  std::vector<float> compute_gradients(std::span<const Batch* const> batches) override {
    if (fails) throw std::runtime_error("an illegal memory access was encountered");
    {
      std::lock_guard lock(notes);
      together_.push_back(batches.size());
    }
    gradients_.clear();
    std::vector<float> losses;
    for (const Batch* batch : batches) {
      gradients_.push_back(std::vector<float>(2, weights_[0] + batch->inputs[0]));
      losses.push_back(batch->inputs[0]);
    }
    return losses;
  }
  std::span<const float> gradient(size_t k) const override { return gradients_[k]; }
  void move_buffers(size_t, std::span<float>) const override {}
  static inline std::atomic<bool> fails = false;

 private:
  std::vector<size_t>& together_;
  std::vector<float> weights_ = std::vector<float>(2);
  std::vector<std::vector<float>> own_, gradients_;
};

Row row(float x) {
  static Rows rows;
  Row out = rows.make(2);
  std::ranges::fill(out.mutable_view(), x);
  return out;
}

Cohort::Draw of(float x, size_t size = 1) {
  return [x, size](Batch& batch) {
    batch = {static_cast<uint32_t>(size), 1, 1, 1, std::vector<float>(size, x), std::vector<int64_t>(size), {}};
    return true;
  };
}

/// Steps by x + 1, x + 2, … after the first, which add the gradient to the weights and count in the momentum.
LocalSteps steps(uint32_t count, float x) {
  return {.steps = count,
          .draw =
              [x](uint32_t step, Batch& batch) {
                batch.inputs[0] = x + static_cast<float>(step);
                return true;
              },
          .begin =
              [](std::vector<float>& momentum) {
                momentum = {100, 100};
                return true;
              },
          .take =
              [](std::span<float> w, std::span<float> m, std::span<const float> g, std::span<const float>) {
                w[0] += g[0];
                m[0] += 1;
              }};
}

/// Tells that somebody has begun to wait: only they set an alarm.
class ObservedClock final : public Clock {
 public:
  Time now() const override { return clock_.now(); }
  void at(Time when, std::function<void()> wake) override {
    clock_.at(when, std::move(wake));
    std::lock_guard lock(mutex_);
    ++alarms_;
    set_.notify_all();
  }
  void pass(Duration d) { clock_.pass(d); }
  /// For one more than when this was called last.
  void await_alarm() {
    std::unique_lock lock(mutex_);
    ++awaited_;
    set_.wait(lock, [this] { return alarms_ >= awaited_; });
  }
  size_t alarms() const {
    std::lock_guard lock(mutex_);
    return alarms_;
  }

 private:
  ManualClock clock_;
  mutable std::mutex mutex_;
  std::condition_variable set_;
  size_t alarms_ = 0, awaited_ = 0;
};

/// Patience is 200 ms of a clock that the test moves.
class CohortTest : public testing::Test {
 protected:
  CohortTest() { Adding::fails = false; }
  /// What one asks for, on a thread of its own; NaN: it is to compute alone.
  std::future<float> asks(uint32_t round, uint32_t worker) {
    return std::async(std::launch::async, [this, round, worker] {
      const auto lease = cohort.gradient(round, worker);
      return lease ? (**lease).gradient[1] : NAN;
    });
  }
  static bool waits(const std::future<float>& asked) { return asked.wait_for(0s) == std::future_status::timeout; }
  /// What each asks for, all at once; NaN: it is to compute alone.
  std::vector<float> all_ask(uint32_t round, std::vector<uint32_t> workers) {
    std::vector<float> out(workers.size());
    std::vector<std::thread> threads;
    for (size_t k = 0; k < workers.size(); ++k)
      threads.emplace_back([&, k] {
        const auto lease = cohort.gradient(round, workers[k]);
        out[k] = lease ? (**lease).gradient[1] : NAN;
        EXPECT_TRUE(!lease || (**lease).loss + 10 == out[k]);
      });
    for (auto& thread : threads) thread.join();
    return out;
  }
  std::vector<size_t> together;
  std::vector<std::thread::id> prepared;
  const std::shared_ptr<ObservedClock> clock = std::make_shared<ObservedClock>();
  Cohort cohort{{.workers = {3, 4, 5},
                 .make = [this] { return std::make_unique<Adding>(together); },
                 .prepare_thread =
                     [this] {
                       std::lock_guard lock(Adding::notes);
                       prepared.push_back(std::this_thread::get_id());
                     },
                 .patience = 200ms,
                 .clock = clock}};
};

TEST_F(CohortTest, ComputesOnceForAllThatEnter) {
  const Row parameters = row(10);
  for (uint32_t w : {5u, 3u, 4u}) cohort.enter(1, w, {parameters}, of(static_cast<float>(w)));
  EXPECT_THAT(all_ask(1, {3, 4, 5}), ElementsAre(13, 14, 15));
  EXPECT_THAT(together, ElementsAre(3));
}

// w ← w + (w + x), from 10, with x, x + 1, x + 2.
float after_three(float x) { return 2 * (2 * (2 * 10 + x) + x + 1) + x + 2; }

TEST_F(CohortTest, TakesFurtherStepsForAllThatEnter) {
  const Row parameters = row(10);
  for (uint32_t w : {5u, 3u, 4u}) cohort.enter(1, w, {parameters}, of(static_cast<float>(w)), steps(3, static_cast<float>(w)));
  std::vector<std::thread> threads;
  for (uint32_t w : {3u, 4u, 5u})
    threads.emplace_back([&, w] {
      const auto lease = cohort.gradient(1, w);
      ASSERT_TRUE(lease && lease->taken());
      EXPECT_EQ(lease->taken()->steps, 3u);
      EXPECT_EQ(lease->taken()->weights[0], after_three(static_cast<float>(w)));
      EXPECT_THAT(lease->taken()->momentum, ElementsAre(103, 100));
      EXPECT_EQ(lease->taken()->loss, 3 * w + 3) << "of inputs w, w + 1, w + 2";
    });
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(together, ElementsAre(3, 3, 3));
}

TEST_F(CohortTest, LeavesOneAloneWhoHasBegunByItself) {
  const Row parameters = row(10);
  for (uint32_t w : {3u, 4u, 5u}) {
    LocalSteps local = steps(2, 1);
    if (w == 4) local.begin = [](std::vector<float>&) { return false; };
    cohort.enter(1, w, {parameters}, of(1), local);
  }
  EXPECT_TRUE(cohort.gradient(1, 3)->taken());
  EXPECT_FALSE(cohort.gradient(1, 4));
  EXPECT_TRUE(cohort.gradient(1, 5)->taken());
  EXPECT_THAT(together, ElementsAre(2, 2));
}

// Each waits in its first step for the other, which only another thread can take meanwhile.
TEST_F(CohortTest, HasThoseWhoWaitTakeAPart) {
  const Row parameters = row(10);
  cohort.pass(1, 5);
  std::latch both(2);
  for (uint32_t w : {3u, 4u}) {
    LocalSteps local = steps(2, 1);
    local.take = [&both, first = true](std::span<float>, std::span<float>, std::span<const float>, std::span<const float>) mutable {
      if (std::exchange(first, false)) both.arrive_and_wait();
    };
    cohort.enter(1, w, {parameters}, of(1), local);
  }
  std::thread other([&] { EXPECT_TRUE(cohort.gradient(1, 3)); });
  EXPECT_TRUE(cohort.gradient(1, 4));
  other.join();
}

TEST_F(CohortTest, KeepsTheStepsThatWereTakenWhenAPassFails) {
  const Row parameters = row(10);
  for (uint32_t w : {3u, 4u, 5u}) {
    LocalSteps local = steps(3, 1);
    local.draw = [draw = local.draw](uint32_t step, Batch& batch) {
      if (step == 2) Adding::fails = true;
      return draw(step, batch);
    };
    cohort.enter(1, w, {parameters}, of(1), local);
  }
  EXPECT_THROW(cohort.gradient(1, 4), std::runtime_error);
  Adding::fails = false;
  const auto lease = cohort.gradient(1, 5);
  ASSERT_TRUE(lease && lease->taken());
  EXPECT_EQ(lease->taken()->steps, 2u);
  EXPECT_EQ(lease->taken()->weights[0], 2 * (2 * 10 + 1) + 2);
  for (uint32_t w : {3u, 4u, 5u}) cohort.enter(2, w, {parameters}, of(1), steps(3, 1));
  EXPECT_FALSE(cohort.gradient(2, 3)) << "and then each computes alone";
}

TEST_F(CohortTest, TakesTheNextRoundsStepsOnlyWhenNobodyReadsTheLast) {
  const Row parameters = row(10);
  for (uint32_t w : {3u, 4u, 5u}) cohort.enter(1, w, {parameters}, of(1), steps(3, 1));
  auto slow = cohort.gradient(1, 3);
  for (uint32_t w : {3u, 4u, 5u}) cohort.enter(2, w, {parameters}, of(2), steps(3, 2));
  std::thread next([&] { EXPECT_EQ(cohort.gradient(2, 4)->taken()->weights[0], after_three(2)); });
  clock->await_alarm();
  EXPECT_EQ(slow->taken()->weights[0], after_three(1));
  EXPECT_THAT(together, ElementsAre(3, 3, 3)) << "of the first round alone";
  slow.reset();
  next.join();
}

TEST_F(CohortTest, IsLeftAloneAlsoWhenAFurtherStepFailsOnceTheRoundIsOver) {
  const Row parameters = row(10);
  for (uint32_t w : {3u, 4u, 5u}) {
    LocalSteps local = steps(3, 1);
    local.draw = [this, draw = local.draw, parameters](uint32_t step, Batch& batch) {
      if (step == 2 && !Adding::fails.exchange(true)) cohort.enter(2, 3, {parameters}, of(1), steps(3, 1));
      return draw(step, batch);
    };
    cohort.enter(1, w, {parameters}, of(1), local);
  }
  EXPECT_THROW(cohort.gradient(1, 4), std::runtime_error);
  Adding::fails = false;
  EXPECT_FALSE(cohort.gradient(2, 3)) << "and then each computes alone";
}

TEST_F(CohortTest, WhatIsThrownBesidesTheOneWhoComputesIsThePasssFailure) {
  const Row parameters = row(10);
  cohort.pass(1, 5);
  for (uint32_t w : {3u, 4u}) {
    LocalSteps local = steps(2, 1);
    local.take = [](std::span<float>, std::span<float>, std::span<const float>, std::span<const float>) { throw 7; };
    cohort.enter(1, w, {parameters}, of(1), local);
  }
  EXPECT_THROW(cohort.gradient(1, 3), std::runtime_error);
  EXPECT_FALSE(cohort.gradient(1, 4));
}

TEST_F(CohortTest, WaitsForWhoHasNotYetEntered) {
  const Row parameters = row(10);
  cohort.enter(1, 3, {parameters}, of(1));
  auto first = asks(1, 3);
  clock->await_alarm();
  cohort.enter(1, 4, {parameters}, of(2));
  EXPECT_TRUE(waits(first));
  cohort.pass(1, 5);
  EXPECT_EQ(first.get(), 11);
  EXPECT_THAT(all_ask(1, {4}), ElementsAre(12));
  EXPECT_THAT(together, ElementsAre(2));
}

TEST_F(CohortTest, KnowsEqualParametersThatLieElsewhere) {
  cohort.pass(7, 5);
  cohort.enter(7, 3, {row(10)}, of(1));
  cohort.enter(7, 4, {row(10)}, of(2));
  EXPECT_THAT(all_ask(7, {3, 4}), ElementsAre(11, 12));
}

TEST_F(CohortTest, LeavesWhoBeginsElsewhereAlone) {
  const Row parameters = row(10);
  cohort.enter(1, 3, {parameters}, of(1));
  cohort.enter(1, 4, {row(11)}, of(2));
  cohort.enter(1, 5, {parameters}, of(3));
  EXPECT_THAT(all_ask(1, {3, 4, 5}), ElementsAre(11, testing::IsNan(), 13));
}

TEST_F(CohortTest, LeavesWhoseBatchIsOfAnotherShapeAlone) {
  const Row parameters = row(10);
  cohort.enter(1, 3, {parameters}, of(1));
  cohort.enter(1, 4, {parameters}, of(2, 7));
  cohort.enter(1, 5, {parameters}, of(3));
  EXPECT_THAT(all_ask(1, {3, 4, 5}), ElementsAre(11, testing::IsNan(), 13));
}

TEST_F(CohortTest, LeavesOneWhoIsAloneAlone) {
  cohort.enter(1, 3, {row(10)}, of(1));
  cohort.pass(1, 4);
  cohort.pass(1, 5);
  EXPECT_FALSE(cohort.gradient(1, 3));
  EXPECT_FALSE(cohort.gradient(1, 4)) << "who has passed has nothing to get";
  EXPECT_THAT(together, testing::IsEmpty());
}

TEST_F(CohortTest, LetsWhoComesAfterTheRoundComputeAlone) {
  const Row parameters = row(10);
  for (uint32_t w : {3u, 4u, 5u}) cohort.enter(2, w, {parameters}, of(1));
  all_ask(2, {3, 4, 5});
  cohort.enter(1, 3, {parameters}, of(9));
  EXPECT_FALSE(cohort.gradient(1, 3)) << "of an old round";
  EXPECT_TRUE(cohort.gradient(2, 3)) << "which does not end the one that there is";
}

TEST_F(CohortTest, ComputesTheNextRoundOnlyWhenNobodyReadsTheLast) {
  const Row parameters = row(10);
  for (uint32_t w : {3u, 4u, 5u}) cohort.enter(1, w, {parameters}, of(1));
  auto slow = cohort.gradient(1, 3);
  const auto last = (**slow).gradient;
  for (uint32_t w : {3u, 4u, 5u}) cohort.enter(2, w, {parameters}, of(2));
  auto next = asks(2, 4);
  clock->await_alarm();
  EXPECT_TRUE(waits(next));
  EXPECT_THAT(last, ElementsAre(11, 11));
  slow.reset();
  EXPECT_EQ(next.get(), 12);
}

TEST_F(CohortTest, SaysOnceThatAPassHasFailedAndLeavesEverybodyAloneFromThenOn) {
  const Row parameters = row(10);
  for (uint32_t w : {3u, 4u, 5u}) cohort.enter(1, w, {parameters}, of(1));
  Adding::fails = true;
  try {
    cohort.gradient(1, 4);
    FAIL() << "nobody was told";
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "in one pass for workers 3 to 5: an illegal memory access was encountered; from now on each of them computes alone");
  }
  Adding::fails = false;
  EXPECT_FALSE(cohort.gradient(1, 3));
  EXPECT_FALSE(cohort.gradient(1, 5));
  cohort.enter(2, 3, {parameters}, of(1));
  EXPECT_FALSE(cohort.gradient(2, 3)) << "who waits for nobody";
}

TEST_F(CohortTest, LeavesThoseOutWhoseBatchCannotBeDrawn) {
  const Row parameters = row(10);
  cohort.enter(1, 3, {parameters}, [](Batch&) { return false; });
  for (uint32_t w : {4u, 5u}) cohort.enter(1, w, {parameters}, of(static_cast<float>(w)));
  EXPECT_THAT(all_ask(1, {3, 4, 5}), ElementsAre(testing::IsNan(), 14, 15));
  cohort.enter(2, 3, {parameters}, [](Batch&) -> bool { throw std::runtime_error("a lie that fails"); });
  for (uint32_t w : {4u, 5u}) cohort.enter(2, w, {parameters}, of(static_cast<float>(w)));
  EXPECT_THAT(all_ask(2, {3, 4, 5}), ElementsAre(testing::IsNan(), 14, 15)) << "which is no business of the others";
}

TEST_F(CohortTest, HoldsOnToNobodyOnceItHasComputed) {
  const auto worker = std::make_shared<int>(0);
  const Row parameters = row(10);
  for (uint32_t w : {3u, 4u, 5u})
    cohort.enter(1, w, {parameters}, [worker](Batch& batch) { return of(1)(batch); },
                 {.steps = 2, .draw = [worker](uint32_t, Batch&) { return true; }, .begin = steps(2, 1).begin, .take = steps(2, 1).take});
  EXPECT_EQ(worker.use_count(), 7);
  EXPECT_TRUE(cohort.gradient(1, 3));
  EXPECT_EQ(worker.use_count(), 1);
}

TEST_F(CohortTest, PreparesEveryThreadThatComputes) {
  const Row parameters = row(10);
  for (uint32_t round : {1u, 2u}) {
    for (uint32_t w : {3u, 4u, 5u}) cohort.enter(round, w, {parameters}, of(1));
    std::thread([&] { EXPECT_TRUE(cohort.gradient(round, 3)); }).join();
  }
  EXPECT_EQ(prepared.size(), 2u);
}

TEST_F(CohortTest, WaitsOnceForOneWhoIsGone) {
  const Row parameters = row(10);
  const auto enter = [&](uint32_t round) {
    for (uint32_t w : {3u, 4u}) cohort.enter(round, w, {parameters}, of(1));
  };
  enter(1);
  auto first = asks(1, 3);
  clock->await_alarm();
  clock->pass(199ms);
  EXPECT_TRUE(waits(first));
  clock->pass(1ms);
  EXPECT_EQ(first.get(), 11);
  for (uint32_t round : {2u, 3u}) {
    enter(round);
    EXPECT_THAT(all_ask(round, {3, 4}), ElementsAre(11, 11));
  }
  EXPECT_EQ(clock->alarms(), 1u) << "nobody waits for it again";
  EXPECT_THAT(together, ElementsAre(2, 2, 2));
  for (uint32_t w : {5u, 3u, 4u}) cohort.enter(4, w, {parameters}, of(1));
  EXPECT_THAT(all_ask(4, {3, 4, 5}), ElementsAre(11, 11, 11)) << "it has come again";
}

TEST_F(CohortTest, WaitsAgainForOneWhoWasLateOnceItHasCome) {
  const Row parameters = row(10);
  for (uint32_t w : {3u, 4u}) cohort.enter(1, w, {parameters}, of(1));
  clock->pass(200ms);
  all_ask(1, {3, 4});
  EXPECT_EQ(clock->alarms(), 0u) << "patience was over when they asked";
  cohort.enter(1, 5, {parameters}, of(1));
  EXPECT_FALSE(cohort.gradient(1, 5)) << "for this round it is too late";
  for (uint32_t w : {3u, 4u}) cohort.enter(2, w, {parameters}, of(1));
  auto first = asks(2, 3);
  clock->await_alarm();
  cohort.enter(2, 5, {parameters}, of(1));
  EXPECT_EQ(first.get(), 11);
  EXPECT_THAT(together, ElementsAre(2, 3));
}

TEST_F(CohortTest, WaitsFromTheFirstThatEntersNotFromTheFirstThatPasses) {
  cohort.pass(1, 5);
  clock->pass(250ms);
  const Row parameters = row(10);
  cohort.enter(1, 3, {parameters}, of(1));
  auto first = asks(1, 3);
  clock->await_alarm();
  cohort.enter(1, 4, {parameters}, of(2));
  EXPECT_EQ(first.get(), 11);
}

TEST_F(CohortTest, LetsAllComputeAloneRatherThanWaitForAReaderWithoutEnd) {
  const Row parameters = row(10);
  for (uint32_t w : {3u, 4u, 5u}) cohort.enter(1, w, {parameters}, of(1));
  const auto slow = cohort.gradient(1, 3);
  for (uint32_t w : {3u, 4u, 5u}) cohort.enter(2, w, {parameters}, of(2));
  auto next = asks(2, 4);
  clock->await_alarm();
  EXPECT_TRUE(waits(next));
  clock->pass(200ms);
  EXPECT_TRUE(std::isnan(next.get()));
  EXPECT_THAT((**slow).gradient, ElementsAre(11, 11));
}

TEST_F(CohortTest, MayBeGoneWhenItsAlarmRings) {
  auto gone = std::make_unique<Cohort>(
      Cohort::Options{.workers = {3, 4}, .make = [this] { return std::make_unique<Adding>(together); }, .patience = 200ms, .clock = clock});
  gone->enter(1, 3, {row(10)}, of(1));
  std::thread first([&] { EXPECT_TRUE(gone->gradient(1, 3)); });
  clock->await_alarm();
  gone->enter(1, 4, {row(10)}, of(1));
  first.join();
  gone.reset();
  clock->pass(200ms);
}

TEST(CohortsTest, ComputeForOthersRatherThanWait) {
  std::vector<size_t> together;
  std::mutex busy;  // as long as it is held the first two do not end
  std::vector<Cohort::Options> options;
  for (std::vector<uint32_t> workers : {std::vector<uint32_t>{0, 1}, {2, 3}})
    options.push_back({.workers = workers, .make = [&] { return std::make_unique<Adding>(together); }});
  Adding::fails = false;
  const Cohorts cohorts(std::move(options));
  const Row parameters = row(10);
  const auto slow = [&](Batch& batch) {
    std::lock_guard lock(busy);
    return of(1)(batch);
  };
  cohorts.of(0)->enter(1, 0, {parameters}, slow);
  for (uint32_t w : {1u, 2u, 3u}) cohorts.of(w)->enter(1, w, {parameters}, of(1));
  std::vector<std::thread> threads;
  {
    std::lock_guard lock(busy);
    for (uint32_t w : {0u, 1u}) threads.emplace_back([&, w] { EXPECT_TRUE(cohorts.of(w)->gradient(1, w)); });
    const auto none = [&] {
      std::lock_guard lock(Adding::notes);
      return together.empty();
    };
    while (none()) std::this_thread::sleep_for(1ms);  // the one that waits has computed for workers 2 and 3
  }
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(together, ElementsAre(2, 2));
  EXPECT_TRUE(cohorts.of(2)->gradient(1, 2));
}

TEST(CohortsTest, AreOfTheWorkersThatTheyName) {
  std::vector<size_t> together;
  std::vector<Cohort::Options> options;
  for (std::vector<uint32_t> workers : {std::vector<uint32_t>{0, 1}, {4, 5}})
    options.push_back({.workers = workers, .make = [&] { return std::make_unique<Adding>(together); }});
  const Cohorts cohorts(std::move(options));
  EXPECT_EQ(cohorts.of(0), cohorts.of(1));
  EXPECT_NE(cohorts.of(4), cohorts.of(1));
  EXPECT_EQ(cohorts.of(2), nullptr);
}

}  // namespace
}  // namespace zenops
