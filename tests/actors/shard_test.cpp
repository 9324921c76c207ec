// A shard in rounds: one shard of a model of 8 numbers, everybody else played by the test.
#include "actors/shard.hpp"

#include <gmock/gmock.h>

#include <future>
#include <latch>

#include "tests/actors/one_shard.hpp"
#include "tests/aggregation/counted.hpp"
#include "tests/aggregation/separate_memory.hpp"

namespace zenops {
namespace {

class ShardTest : public OneShardTest<Shard> {
 protected:
  explicit ShardTest(Send send = Send::delta, ServerOptions server = {},
                     std::function<void(Holder::Options&)> change = {})
      : OneShardTest(std::chrono::hours(1), send, server, std::move(change)) {}
  void open(uint32_t round) { open(round, round - 1, 1); }
  void open(uint32_t round, uint32_t version, float lr) {
    say("scheduler", Envelope::of<wire::Open>([&](wire::Open::Builder out) {
          out.setRound(round);
          out.setStep(round);
          out.setVersion(version);
          out.setLr(lr);
          auto members = out.initMembers(2);
          for (uint32_t w = 0; w < 2; ++w) {
            members[w].setWorker(w);
            members[w].setIncarnation(1);
            members[w].setAwaited(true);
          }
        }));
  }
  std::vector<wire::State> states(const Envelope& measured) {
    std::vector<wire::State> out;
    const Msg<wire::Measured> m(measured);
    for (const auto row : m->getRows()) out.push_back(row.getState());
    return out;
  }
};

TEST_F(ShardTest, ARowThatIsQuickerThanItsRoundIsTakenWhenThatOpens) {
  push("worker/0", 1, 1);
  push("worker/0", 2, 1);  // when this is refused, the one before it has been kept
  EXPECT_EQ(Msg<wire::Refused>(told("worker/0"))->getCode(), static_cast<uint8_t>(Ec::duplicate));
  open(1);
  push("worker/1", 1, 1);
  EXPECT_THAT(states(told("validator/0")), testing::ElementsAre(wire::State::TAKEN, wire::State::TAKEN));
}

TEST_F(ShardTest, ARowOfARoundThatIsOverIsRefused) {
  open(1);
  say("scheduler", Envelope::of<wire::Apply>([](wire::Apply::Builder out) { out.setRound(1); }));
  told("scheduler");  // that it has committed
  open(2);
  push("worker/0", 1, 1);  // refused whether the second round is open already or not
  const auto code = Msg<wire::Refused>(told("worker/0"))->getCode();
  EXPECT_EQ(code, static_cast<uint8_t>(Ec::stale));
}

TEST_F(ShardTest, AnOpeningThatComesAgainLateTakesNothingBack) {
  auto whole_round = [this](uint32_t round) {
    open(round);
    push("worker/0", round, 1);
    push("worker/1", round, 1);
    EXPECT_THAT(states(told("validator/0")), testing::ElementsAre(wire::State::TAKEN, wire::State::TAKEN));
  };
  whole_round(1);
  say("scheduler", Envelope::of<wire::Apply>([](wire::Apply::Builder out) { out.setRound(1); }));
  told("scheduler");  // that it has committed
  open(1);
  whole_round(2);  // from what the first made
}

/// Whose workers send gradients, and which steps with momentum: by the processor, and in memory elsewhere.
class SteppingShardTest : public ShardTest, public testing::WithParamInterface<bool> {
 protected:
  SteppingShardTest() : SteppingShardTest(std::make_shared<SeparateMemory>()) {}
  explicit SteppingShardTest(std::shared_ptr<SeparateMemory> memory)
      : ShardTest(Send::gradient, {.kind = ServerOptions::Kind::momentum, .lr = 2, .momentum = 0.5f},
                  [memory, there = GetParam()](Holder::Options& options) {
                    if (there) options.accelerator = separate(memory);
                  }),
        memory_(memory) {}
  void TearDown() override { EXPECT_EQ(memory_->stepped > 0, GetParam()); }
  /// The parameters, all alike, after a round in which both workers send `value`; or one from which no row enters.
  float after(uint32_t round, uint32_t version, float lr, std::optional<float> value) {
    open(round, version, lr);
    if (value) {
      push("worker/0", round, *value);
      push("worker/1", round, *value);
      told("validator/0");
    }
    const auto applying = [&](wire::Apply::Builder out) {
      out.setRound(round);
      auto plan = out.initPlans(1)[0];
      auto blocks = plan.initBlocks(2);
      if (!value) return;
      plan.initWorkers(2).set(1, 1);
      for (auto block : blocks)
        for (uint32_t k = 0; k < 2; ++k) (k ? block.getWeights() : block.initWeights(2)).set(k, 0.5f);
    };
    for (int times = again_ ? 2 : 1; times > 0; --times) say("scheduler", Envelope::of<wire::Apply>(applying));
    told("scheduler");  // that it has committed
    say("scheduler", Envelope::of<wire::Pull>([&](wire::Pull::Builder out) { out.setVersion(round); }));
    const auto parameters = told("scheduler");
    const auto view = Msg<wire::Parameters>(parameters).rows()[0].view();
    EXPECT_THAT(view, testing::Each(view[0]));
    return view[0];
  }
  const std::shared_ptr<SeparateMemory> memory_;
  bool again_ = false;  // the plans come twice
};

TEST_P(SteppingShardTest, StepsByTheRowsTimesTheRoundsRate) {
  EXPECT_EQ(after(1, 0, 0.25f, 4), 2) << "m = 0.25 · 4";
  EXPECT_EQ(after(2, 1, 0.5f, 4), 2 + 5) << "m = 0.5 · 1 + 0.5 · 4";
}

TEST_P(SteppingShardTest, ARoundInWhichNoRowEntersChangesNothing) {
  after(1, 0, 0.25f, 4);
  EXPECT_EQ(after(2, 1, 0.25f, {}), 2);
  EXPECT_EQ(after(3, 2, 0.25f, 0), 2 + 1) << "of zeros the mean of before is halved";
}

TEST_P(SteppingShardTest, ARoundThatIsMadeAgainBeginsWithWhatTheOptimizerKnewBefore) {
  after(1, 0, 0.25f, 4);
  EXPECT_EQ(after(2, 1, 0.25f, 8), 2 + 5);
  EXPECT_EQ(after(3, 1, 0.25f, 8), 2 + 5);
  EXPECT_EQ(after(4, 3, 0.25f, 8), 2 + 5 + 2 * (0.5f * 2.5f + 2));
}

TEST_P(SteppingShardTest, WhatIsSavedIsWhatTheOptimizerKnowsAndItGoesOnFromThere) {
  after(1, 0, 0.25f, 4);
  EXPECT_EQ(after(2, 1, 0.25f, 8), 2 + 5);
  say("scheduler", Envelope::of<wire::Save>([](wire::Save::Builder out) { out.setTicket(1); }));
  const Envelope envelope = told("scheduler");
  const Msg<wire::Saved> saved(envelope);
  const auto state = read_state(saved->getState(), saved.rows());
  ASSERT_TRUE(state);
  EXPECT_THAT(state->tensor("server/m").view(), testing::Each(2.5f)) << "0.5 · 1 + 0.25 · 8";
  EXPECT_EQ(after(3, 2, 0.25f, 8), 2 + 5 + 6.5f);
  say("scheduler", Envelope::of<wire::Restore>(
                       [&](wire::Restore::Builder out) {
                         out.setTicket(2);
                         out.setVersion(2);
                         write(*state, out.initState());
                       },
                       rows_of(*state)));
  told("scheduler");  // that it is restored
  EXPECT_EQ(after(3, 2, 0.25f, 8), 2 + 5 + 6.5f);
}

TEST_P(SteppingShardTest, WhatIsAppliedTwiceIsMadeOnce) {
  after(1, 0, 0.25f, 4);
  again_ = true;
  EXPECT_EQ(after(2, 1, 0.25f, 8), 2 + 5);
  EXPECT_EQ(after(3, 2, 0.25f, 8), 2 + 5 + 6.5f);
}

INSTANTIATE_TEST_SUITE_P(HereAndThere, SteppingShardTest, testing::Bool());

/// Whose tables grow, with memory elsewhere that takes segments of `least` bytes of rows.
class GrowingShardTest : public ShardTest, public testing::WithParamInterface<size_t> {
 protected:
  GrowingShardTest() : GrowingShardTest(std::make_shared<Counted::Counts>()) {}
  // The shard is made on another thread, maybe before this is.
  explicit GrowingShardTest(std::shared_ptr<Counted::Counts> counts)
      : ShardTest(Send::delta, {},
                  [counts, least = GetParam()](Holder::Options& options) {
                    options.needs = {.table = true};
                    options.grow = true;
                    options.accelerator =
                        std::make_shared<Counted>(separate(std::make_shared<SeparateMemory>(), least), counts);
                  }),
        counts_(counts) {}
  const std::shared_ptr<Counted::Counts> counts_;
};

TEST_P(GrowingShardTest, GrowsTheTablesOfSegmentsThatTheAcceleratorWouldLeave) {
  open(1);
  push("worker/0", 1, 1);
  push("worker/1", 1, 1);
  told("validator/0");
  // Two rows of 5 numbers, and of 3.
  const int takes = GetParam() <= 24 ? 2 : GetParam() <= 40 ? 1 : 0;
  EXPECT_EQ(counts_->measured, takes);
  EXPECT_EQ(counts_->asked_to_measure, takes) << "the others have their table";
}

INSTANTIATE_TEST_SUITE_P(AllSegmentsSomeAndNone, GrowingShardTest, testing::Values(0, 40, 1000));

/// Whose rows are measured in memory elsewhere.
class BringingShardTest : public ShardTest {
 protected:
  explicit BringingShardTest(Needs needs = {.table = true}) : BringingShardTest(needs, std::make_shared<SeparateMemory>()) {}
  // The shard is made on another thread, maybe before this is.
  BringingShardTest(Needs needs, std::shared_ptr<SeparateMemory> memory)
      : ShardTest(Send::delta, {},
                  [memory, needs](Holder::Options& options) {
                    options.needs = needs;
                    options.accelerator = separate(memory);
                  }),
        memory_(memory) {}
  /// Both workers' rows enter.
  void apply(uint32_t round) {
    say("scheduler", Envelope::of<wire::Apply>([round](wire::Apply::Builder out) {
          out.setRound(round);
          auto plan = out.initPlans(1)[0];
          plan.initWorkers(2).set(1, 1);
          for (auto block : plan.initBlocks(2))
            for (uint32_t k = 0; k < 2; ++k) (k ? block.getWeights() : block.initWeights(2)).set(k, 0.5f);
        }));
    told("scheduler");  // that it has committed
  }
  /// From now on: passed once so many segments of rows have been copied, each of which goes on when it may.
  std::unique_ptr<std::latch> copies(std::ptrdiff_t count, std::shared_future<void> may = {}) {
    auto out = std::make_unique<std::latch>(count);
    std::lock_guard lock(memory_->mutex);
    memory_->before_upload = [&latch = *out, may = std::move(may), left = std::make_shared<std::atomic<std::ptrdiff_t>>(count)] {
      if (--*left >= 0) latch.count_down();
      if (may.valid()) may.wait();
    };
    return out;
  }
  const std::shared_ptr<SeparateMemory> memory_;
};

TEST_F(BringingShardTest, ARowIsThereBeforeTheNextHasCome) {
  const auto both_segments = copies(2);
  open(1);
  push("worker/0", 1, 1);
  both_segments->wait();
  push("worker/1", 1, 2);
  EXPECT_THAT(states(told("validator/0")), testing::ElementsAre(wire::State::TAKEN, wire::State::TAKEN));
  EXPECT_EQ(memory_->uploads, 4) << "none was copied twice";
  apply(1);
  EXPECT_EQ(memory_->uploads, 4 + 2) << "and the weights";
  EXPECT_EQ(memory_->floats, 8u) << "the weights alone";
}

TEST_F(BringingShardTest, ARoundThatIsOpenedAnewWhileARowIsOnItsWayLeavesNothingBehind) {
  std::promise<void> may;
  auto one = copies(1, may.get_future().share());
  open(1);
  push("worker/0", 1, 100);
  one->wait();
  open(2, 0, 1);
  push("worker/0", 2, 1);
  may.set_value();
  push("worker/1", 2, 2);
  const Envelope measured = told("validator/0");
  EXPECT_EQ(Msg<wire::Measured>(measured)->getRound(), 2u);
  apply(2);
  while (memory_->floats > 8) std::this_thread::yield();  // the weights stay; of the first round, until its copy has been heard of
}

TEST_F(BringingShardTest, WhereACopyFailsTheProcessorMeasures) {
  std::latch both_segments(2);
  {
    std::lock_guard lock(memory_->mutex);
    memory_->before_upload = [&] {
      both_segments.count_down();
      throw std::runtime_error("GPU 0, copying to it: out of resources");
    };
  }
  open(1);
  push("worker/0", 1, 1);
  both_segments.wait();
  say("worker/1", Envelope::of<wire::Skip>([](wire::Skip::Builder out) { out.setRound(1); }));
  EXPECT_THAT(states(told("validator/0")), testing::ElementsAre(wire::State::TAKEN, wire::State::INACTIVE));
  EXPECT_EQ(memory_->measured, 0);
  EXPECT_EQ(memory_->floats, 0u);
}

/// For whose rule the rows' number is enough.
class CombiningShardTest : public BringingShardTest {
 protected:
  CombiningShardTest() : BringingShardTest(Needs{}) {}
};

TEST_F(CombiningShardTest, RowsOfWhichNothingIsMeasuredAreBroughtOnceTheyHaveBeenCombinedThere) {
  for (const uint32_t round : {1, 2}) {
    const auto all = copies(4);
    open(round);
    push("worker/0", round, 1);
    push("worker/1", round, 1);
    told("validator/0");
    if (round == 2) all->wait();  // nobody has planned yet
    apply(round);
    EXPECT_EQ(memory_->uploads, 2 + 4 * static_cast<int>(round)) << "the weights once";
    EXPECT_EQ(memory_->floats, 8u) << "the weights alone";
  }
}

TEST_F(ShardTest, OnlyOneRowOfASenderIsKeptForLater) {
  push("worker/0", 7, 1);
  push("worker/0", 8, 1);
  push("worker/0", 9, 1);
  for (int k = 0; k < 2; ++k) EXPECT_EQ(Msg<wire::Refused>(told("worker/0"))->getCode(), static_cast<uint8_t>(Ec::duplicate));
}

}  // namespace
}  // namespace zenops
