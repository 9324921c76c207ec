// A shard of asynchronous training among liars: one shard of a model of 8 numbers, everybody else played by the test.
#include "actors/async_shard.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <deque>

#include "actors/wire/compose.hpp"
#include "runtime/system.hpp"

namespace zenops {
namespace {

using testing::Each;
using testing::ElementsAre;

/// Says what the test says, and keeps what it is told.
class Puppet final : public Actor {
 public:
  struct Strings {
    std::mutex mutex;
    std::condition_variable heard;
    std::deque<std::pair<std::string, Envelope>> say;  // to whom
    std::deque<Envelope> told;
  };
  Puppet(Context& context, Strings& strings) : Actor(context), strings_(strings) {}
  Behavior handlers() override {
    auto keep = [this](const auto& m) {
      std::lock_guard lock(strings_.mutex);
      strings_.told.push_back(m.envelope());
      strings_.heard.notify_all();
    };
    const From anybody{"shard/0"};
    return Behavior{}
        .on<wire::Start>(the_operator,
                         [this](const Msg<wire::Start>&) {
                           std::lock_guard lock(strings_.mutex);
                           for (auto& [to, envelope] : strings_.say) context().tell(to, std::move(envelope));
                           strings_.say.clear();
                         })
        .on<wire::Measured>(anybody, keep)
        .on<wire::Parameters>(anybody, keep)
        .on<wire::Committed>(anybody, keep)
        .on<wire::Refused>(anybody, keep);
  }

 private:
  Strings& strings_;
};

class AsyncShardTest : public testing::Test {
 protected:
  AsyncShardTest() {
    for (const char* name : {"scheduler", "validator/0", "worker/0", "worker/1"})
      system_.spawn(
          name, [this, name](Context& c) { return std::make_unique<Puppet>(c, puppets_[name]); }, RestartSpec::never());
    system_.spawn(
        "shard/0",
        [this](Context& c) {
          Row zeros = rows_->make(8);
          std::ranges::fill(zeros.mutable_view(), 0.0f);
          return std::make_unique<AsyncShard>(c, Holder::Options{0, 1, 1, {.norms = true}, std::chrono::seconds(5)}, layout_,
                                              rows_, zeros);
        },
        RestartSpec::never());
  }
  void say(const std::string& name, Envelope envelope) {
    {
      std::lock_guard lock(puppets_[name].mutex);
      puppets_[name].say.emplace_back("shard/0", std::move(envelope));
    }
    system_.tell(name, Envelope::of<wire::Start>());
  }
  /// The next that the puppet is told.
  Envelope told(const std::string& name) {
    auto& strings = puppets_[name];
    std::unique_lock lock(strings.mutex);
    EXPECT_TRUE(strings.heard.wait_for(lock, std::chrono::seconds(10), [&] { return !strings.told.empty(); })) << name;
    if (strings.told.empty()) return {};
    Envelope first = strings.told.front();
    strings.told.pop_front();
    return first;
  }
  void push(const std::string& worker, uint32_t number, float value) {
    Row row = rows_->make(8);
    std::ranges::fill(row.mutable_view(), value);
    say(worker, push_to(layout_.shard(0, 1), number, layout_, row, {true, true}));
  }
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

  const Layout layout_{{{"a", {5}}, {"b", {3}}}};
  std::shared_ptr<Rows> rows_ = std::make_shared<Rows>();
  std::map<std::string, Puppet::Strings> puppets_;
  SystemClock clock_;
  Pool pool_{2};
  System system_{{}, clock_, pool_};
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
