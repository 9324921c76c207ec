#include "runtime/supervision.hpp"

#include <gtest/gtest.h>

namespace zenops {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

constexpr Clock::Time t{};

Supervisor::Options options(Together strategy, uint32_t intensity = 5) {
  return {.strategy = strategy, .restarts = {.intensity = intensity, .period = 10s, .backoff = 20ms}, .jitter = 0};
}

/// a, b and c, all up.
Supervision abc(Together strategy, uint32_t intensity = 5) {
  Supervision s(options(strategy, intensity));
  auto step = s.begin({{"a"}, {"b"}, {"c"}});
  while (!step.start.empty()) {
    const Names names = step.start;
    step = {};
    for (const auto& name : names) {
      const auto next = s.began(name);
      step.start.insert(step.start.end(), next.start.begin(), next.start.end());
    }
  }
  return s;
}

TEST(SupervisionTest, StrangersStartAtOnceAndAGroupOneAfterTheOther) {
  Supervision apart(options(Together::one_for_one)), group(options(Together::rest_for_one));
  EXPECT_EQ(apart.begin({{"a"}, {"b"}}).start, (Names{"a", "b"}));
  EXPECT_EQ(group.begin({{"a"}, {"b"}}).start, (Names{"a"}));
  EXPECT_EQ(group.began("b").start, Names{}) << "it was not told to start";
  EXPECT_EQ(group.began("a").start, (Names{"b"}));
}

TEST(SupervisionTest, AGroupStopsInReverseEachWhenTheOneBeforeHasAndStartsAgainInOrder) {
  Supervision s = abc(Together::one_for_all);
  auto step = s.fell("b", Cause::crashed, t);
  EXPECT_EQ(step.stop, (Names{"c"}));
  EXPECT_EQ(step.pause, 20ms);
  EXPECT_TRUE(s.stopping("c"));
  EXPECT_EQ(s.paused(step.ticket).start, Names{}) << "a and c are still up";
  EXPECT_EQ(s.fell("c", Cause::stopped, t).stop, (Names{"a"}));
  EXPECT_EQ(s.fell("a", Cause::stopped, t).start, (Names{"a"}));
  EXPECT_EQ(s.began("a").start, (Names{"b"}));
  EXPECT_EQ(s.began("b").start, (Names{"c"}));
}

TEST(SupervisionTest, AnotherLifeFollowsWhoStopsLastAlsoWhenItBeginsAtOnce) {
  Supervision s = abc(Together::one_for_all);
  const auto fall = s.fell("b", Cause::crashed, t);
  EXPECT_TRUE(fall.restarts);
  s.paused(fall.ticket);
  EXPECT_TRUE(s.fell("c", Cause::stopped, t).restarts);
  const auto last = s.fell("a", Cause::stopped, t);
  EXPECT_EQ(last.start, (Names{"a"}));
  EXPECT_TRUE(last.restarts);
}

TEST(SupervisionTest, NobodyStartsBeforeThePauseIsOver) {
  Supervision s = abc(Together::one_for_all);
  const auto ticket = s.fell("b", Cause::crashed, t).ticket;
  s.fell("c", Cause::stopped, t);
  EXPECT_EQ(s.fell("a", Cause::stopped, t).start, Names{});
  EXPECT_EQ(s.paused(ticket + 1).start, Names{}) << "of another decision";
  EXPECT_EQ(s.paused(ticket).start, (Names{"a"}));
}

TEST(SupervisionTest, WhoFallsWhileTheGroupStartsBeginsItAllAgain) {
  Supervision s = abc(Together::one_for_all);
  const auto first = s.fell("a", Cause::crashed, t);
  EXPECT_EQ(first.stop, (Names{"c"}));
  EXPECT_EQ(s.fell("c", Cause::stopped, t).stop, (Names{"b"}));
  s.fell("b", Cause::stopped, t);
  EXPECT_EQ(s.paused(first.ticket).start, (Names{"a"}));
  EXPECT_EQ(s.began("a").start, (Names{"b"}));
  auto again = s.fell("b", Cause::crashed, t + 1s);
  EXPECT_EQ(again.stop, (Names{"c"})) << "it was about to be started";
  EXPECT_EQ(s.fell("c", Cause::stopped, t).stop, (Names{"a"}));
  s.fell("a", Cause::stopped, t);
  EXPECT_EQ(s.paused(first.ticket).start, Names{});
  EXPECT_EQ(s.paused(again.ticket).start, (Names{"a"}));
}

TEST(SupervisionTest, AProcessThatDiesWithAllOfAGroupIsOneFall) {
  Supervision s = abc(Together::one_for_all, 1);
  const auto step = s.fell("a", Cause::crashed, t);
  EXPECT_TRUE(s.fell("b", Cause::crashed, t).restarts);
  s.fell("c", Cause::crashed, t);
  EXPECT_EQ(s.paused(step.ticket).start, (Names{"a"}));
}

TEST(SupervisionTest, AGroupThatFallsTooOftenIsStoppedAndStaysDown) {
  Supervision s = abc(Together::rest_for_one, 0);
  const auto step = s.fell("c", Cause::crashed, t);
  EXPECT_FALSE(step.pause.has_value());
  EXPECT_FALSE(step.restarts);
  EXPECT_EQ(step.stop, (Names{"b"}));
  const auto second = s.fell("b", Cause::stopped, t), last = s.fell("a", Cause::stopped, t);
  EXPECT_EQ(second.stop, (Names{"a"}));
  EXPECT_EQ(last.start, Names{});
  EXPECT_FALSE(second.restarts || last.restarts);
}

TEST(SupervisionTest, WhoWaitsWhenItsGroupIsGivenUpIsToldSo) {
  Supervision s = abc(Together::rest_for_one, 1);
  s.fell("c", Cause::crashed, t);
  const auto step = s.fell("b", Cause::crashed, t);
  EXPECT_EQ(step.stop, (Names{"c"}));
  const auto told = s.fell("c", Cause::stopped, t);
  EXPECT_EQ(told.stop, (Names{"a"}));
  EXPECT_FALSE(told.restarts);
}

}  // namespace
}  // namespace zenops
