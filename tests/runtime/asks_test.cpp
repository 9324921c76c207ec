#include "runtime/asks.hpp"

#include <gmock/gmock.h>

namespace zenops {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// Says how often it was told to wake somebody.
class CountingClock final : public Clock {
 public:
  Time now() const override { return time_.now(); }
  void at(Time when, std::function<void()> wake) override {
    ++told;
    time_.at(when, std::move(wake));
  }
  void pass(Duration d) { time_.pass(d); }
  int told = 0;

 private:
  ManualClock time_;
};

class AsksTest : public testing::Test {
 protected:
  uint64_t ask(const std::string& whom, Clock::Duration within) {
    return asks_.open(whom, within, [this](Expected<Envelope> answer) {
      heard_.push_back(answer ? std::to_string(answer->incarnation) : answer.error().what);
    });
  }
  static Envelope answer(uint32_t number) {
    Envelope envelope;
    envelope.incarnation = number;
    return envelope;
  }
  std::vector<std::string> heard() { return std::exchange(heard_, {}); }

  CountingClock clock_;
  Asks asks_{clock_};
  std::vector<std::string> heard_;
};

TEST_F(AsksTest, GivesEachQuestionOneAnswerTheFirst) {
  const uint64_t a = ask("a", 1s), b = ask("b", 1s);
  EXPECT_NE(a, 0u);
  EXPECT_NE(a, b);
  asks_.answer(b, answer(2));
  asks_.answer(a, answer(1));
  asks_.answer(a, answer(3));
  asks_.fail(b, {Ec::failed, "too late"});
  clock_.pass(1h);
  asks_.close();
  EXPECT_THAT(heard(), ElementsAre("2", "1"));
}

TEST_F(AsksTest, TellsEachInItsTimeThatNothingCame) {
  ask("a", 3s), ask("a", 1s), ask("a", 2s), ask("b", 1500ms);
  clock_.pass(999ms);
  EXPECT_THAT(heard(), IsEmpty());
  clock_.pass(1ms);
  EXPECT_THAT(heard(), ElementsAre("a did not answer within 1000 ms"));
  ask("a", 100ms);
  clock_.pass(100ms);
  EXPECT_THAT(heard(), ElementsAre("a did not answer within 100 ms"));
  clock_.pass(2s);
  EXPECT_THAT(heard(), ElementsAre("b did not answer within 1500 ms", "a did not answer within 2000 ms",
                                   "a did not answer within 3000 ms"));
}

TEST_F(AsksTest, WhatIsAnsweredLeavesNoTimerBehind) {
  for (int k = 0; k < 1000; ++k) {
    asks_.answer(ask("a", 5s), answer(1));
    clock_.pass(10ms);  // ten seconds in all
  }
  EXPECT_LE(clock_.told, 4);
  EXPECT_EQ(heard().size(), 1000u);
  ask("a", 5s);
  clock_.pass(5s);
  EXPECT_THAT(heard(), ElementsAre("a did not answer within 5000 ms"));
}

TEST_F(AsksTest, WhoeverWaitsForALifeThatIsOverIsToldInTheOrderOfTheQuestions) {
  std::vector<std::string> expected;
  for (int k = 0; k < 20; ++k) {
    asks_.open("a", 1s,
               [this, k](Expected<Envelope> answer) { heard_.push_back(std::to_string(k) + answer.error().what); });
    expected.push_back(std::to_string(k) + "a#2 was lost before it answered: x");
    ask("b" + std::to_string(k), 1s);
  }
  asks_.over({"a", 2}, "x");
  EXPECT_EQ(heard(), expected);
  asks_.close();
  EXPECT_EQ(heard().size(), 20u);
}

}  // namespace
}  // namespace zenops
