// A shard of asynchronous training among liars: one shard of a model of 8 numbers, everybody else played by the test.
#include "actors/async_shard.hpp"

#include <gmock/gmock.h>

#include "tests/actors/one_shard.hpp"

namespace zenops {
namespace {

using testing::Each;
using testing::ElementsAre;

class AsyncShardTest : public OneShardTest<AsyncShard> {
 protected:
  AsyncShardTest() : OneShardTest(std::chrono::seconds(5)) {}
  void batch(uint32_t batch, uint32_t worker, uint32_t number) {
    say("scheduler", Envelope::of<wire::Batch>([&](wire::Batch::Builder out) {
          out.setNumber(batch);
          auto update = out.initUpdates(1)[0];
          update.setWorker(worker);
          update.setIncarnation(1);
          update.setNumber(number);
        }));
  }
  /// The whole of that worker's update.
  void fold(uint32_t batch, uint32_t worker) {
    say("scheduler", Envelope::of<wire::Fold>([&](wire::Fold::Builder out) {
          out.setBatch(batch);
          out.setShare(1);
          out.initDamping(1).set(0, 1);
          auto plan = out.initPlan();
          plan.initWorkers(1).set(0, worker);
          auto blocks = plan.initBlocks(2);
          for (uint32_t b = 0; b < 2; ++b) blocks[b].initWeights(1).set(0, 1);
        }));
  }
  void serve(const std::string& to, uint32_t number) {
    say("scheduler", Envelope::of<wire::Serve>([&](wire::Serve::Builder out) {
          out.setTo(to);
          out.setNumber(number);
        }));
  }
  wire::State state_of_the_only_row(const Envelope& measured) {
    const Msg<wire::Measured> m(measured);
    EXPECT_EQ(m->getRows().size(), 1u);
    return m->getRows()[0].getState();
  }
};

TEST_F(AsyncShardTest, WhatIsServedHasEveryFoldThatWasSaidBeforeAndNoneAfter) {
  push("worker/0", 1, 1);
  push("worker/1", 1, 10);
  batch(1, 0, 1);
  EXPECT_EQ(state_of_the_only_row(told("validator/0")), wire::State::TAKEN);
  batch(2, 1, 1);
  told("validator/0");
  fold(1, 0);
  serve("worker/0", 2);
  fold(2, 1);
  serve("worker/1", 2);
  EXPECT_THAT(told("worker/0").rows[0].view(), Each(1.0f));
  EXPECT_THAT(told("worker/1").rows[0].view(), Each(11.0f));
}

TEST_F(AsyncShardTest, TheFirstWordAboutATaskCounts) {
  push("worker/0", 1, 1);
  push("worker/0", 1, 100);
  EXPECT_EQ(Msg<wire::Refused>(told("worker/0"))->getCode(), static_cast<uint8_t>(Ec::duplicate));
  batch(1, 0, 1);
  told("validator/0");
  fold(1, 0);
  serve("worker/1", 1);
  EXPECT_THAT(told("worker/1").rows[0].view(), Each(1.0f));
}

TEST_F(AsyncShardTest, AnUpdateThatWasJudgedCannotBeSaidAgain) {
  push("worker/0", 1, 1);
  batch(1, 0, 1);
  told("validator/0");
  fold(1, 0);
  push("worker/0", 1, 1);
  EXPECT_EQ(Msg<wire::Refused>(told("worker/0"))->getCode(), static_cast<uint8_t>(Ec::duplicate));
}

TEST_F(AsyncShardTest, KeepsAFewUpdatesOfAWorkerAndRefusesTheRest) {
  for (uint32_t number = 1; number <= AsyncShard::max_kept + 2; ++number) push("worker/0", number, 1);
  for (int k = 0; k < 2; ++k)
    EXPECT_EQ(Msg<wire::Refused>(told("worker/0"))->getCode(), static_cast<uint8_t>(Ec::duplicate));
}

TEST_F(AsyncShardTest, NobodyWaitsForAnUpdateThatItsWorkerHasPassedOver) {
  push("worker/0", 7, 1);
  batch(1, 0, 3);
  EXPECT_EQ(state_of_the_only_row(told("validator/0")), wire::State::REFUSED);
}

TEST_F(AsyncShardTest, ABatchWaitsForAPushThatIsOnItsWay) {
  batch(1, 0, 1);
  push("worker/0", 1, 2);
  EXPECT_EQ(state_of_the_only_row(told("validator/0")), wire::State::TAKEN);
}

TEST_F(AsyncShardTest, AnUpdateThatIsNotFiniteIsRefusedToItsSenderAndToTheValidator) {
  push("worker/0", 1, std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(Msg<wire::Refused>(told("worker/0"))->getCode(), static_cast<uint8_t>(Ec::not_finite));
  batch(1, 0, 1);
  EXPECT_EQ(state_of_the_only_row(told("validator/0")), wire::State::REFUSED);
}

TEST_F(AsyncShardTest, ABatchThatNobodyPlannedChangesNothingAndMakesAVersion) {
  push("worker/0", 1, 5);
  batch(1, 0, 1);
  told("validator/0");
  say("scheduler", Envelope::of<wire::Fold>([](wire::Fold::Builder out) { out.setBatch(1); }));
  EXPECT_EQ(Msg<wire::Committed>(told("scheduler"))->getRound(), 1u);
  say("scheduler", Envelope::of<wire::Pull>([](wire::Pull::Builder out) { out.setVersion(1); }));
  EXPECT_THAT(told("scheduler").rows[0].view(), Each(0.0f));
}

}  // namespace
}  // namespace zenops
