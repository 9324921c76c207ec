// A shard in rounds: one shard of a model of 8 numbers, everybody else played by the test.
#include "actors/shard.hpp"

#include <gmock/gmock.h>

#include "tests/actors/one_shard.hpp"

namespace zenops {
namespace {

class ShardTest : public OneShardTest<Shard> {
 protected:
  ShardTest() : OneShardTest(std::chrono::hours(1)) {}
  void open(uint32_t round) {
    say("scheduler", Envelope::of<wire::Open>([&](wire::Open::Builder out) {
          out.setRound(round);
          out.setStep(round);
          out.setVersion(round - 1);
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

TEST_F(ShardTest, OnlyOneRowOfASenderIsKeptForLater) {
  push("worker/0", 7, 1);
  push("worker/0", 8, 1);
  push("worker/0", 9, 1);
  for (int k = 0; k < 2; ++k) EXPECT_EQ(Msg<wire::Refused>(told("worker/0"))->getCode(), static_cast<uint8_t>(Ec::duplicate));
}

}  // namespace
}  // namespace zenops
