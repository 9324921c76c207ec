#include "runtime/supervisor.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/philox.hpp"

namespace zenops {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;
using State = Supervisor::State;

constexpr Clock::Time t{};

std::vector<ChildSpec> abc(Lifetime lifetime = Lifetime::permanent) {
  return {{"a", lifetime}, {"b", lifetime}, {"c", lifetime}};
}

Supervisor::Options options(Together strategy, uint32_t intensity = 5) {
  return {.strategy = strategy,
          .restarts = {.intensity = intensity, .period = 10s, .backoff = 20ms, .max_backoff = 100ms},
          .jitter = 0};
}

TEST(SupervisorTest, StartsInOrderAndStopsInReverse) {
  const Supervisor s(options(Together::one_for_one), abc());
  EXPECT_EQ(s.start_order(), (Names{"a", "b", "c"}));
  EXPECT_EQ(s.stop_order(), (Names{"c", "b", "a"}));
}

TEST(SupervisorTest, WhoIsStoppedAndStartedWithWhomeverFell) {
  const struct {
    Together strategy;
    Names stop, start;
  } table[] = {{Together::one_for_one, {}, {"b"}},
               {Together::one_for_all, {"c", "a"}, {"a", "b", "c"}},
               {Together::rest_for_one, {"c"}, {"b", "c"}}};
  for (const auto& line : table) {
    Supervisor s(options(line.strategy), abc());
    const Decision d = s.fell("b", Cause::crashed, t);
    EXPECT_EQ(d.stop, line.stop);
    EXPECT_EQ(d.start, line.start);
    EXPECT_EQ(d.after, 20ms);
    EXPECT_FALSE(d.given_up);
    EXPECT_EQ(s.due(d.ticket), line.start);
    EXPECT_TRUE(s.due(d.ticket).empty()) << "nobody is started twice";
  }
}

TEST(SupervisorTest, WhoIsBegunAgainAfterWhat) {
  const struct {
    Lifetime lifetime;
    Cause cause;
    bool begins;
  } table[] = {{Lifetime::permanent, Cause::crashed, true},  {Lifetime::permanent, Cause::ended, true},
               {Lifetime::permanent, Cause::evicted, true},  {Lifetime::permanent, Cause::stopped, false},
               {Lifetime::transient, Cause::crashed, true},  {Lifetime::transient, Cause::ended, false},
               {Lifetime::transient, Cause::evicted, true},  {Lifetime::transient, Cause::stopped, false},
               {Lifetime::temporary, Cause::crashed, false}, {Lifetime::temporary, Cause::ended, false},
               {Lifetime::temporary, Cause::evicted, false}, {Lifetime::temporary, Cause::stopped, false}};
  for (const auto& line : table)
    for (const Together strategy : {Together::one_for_one, Together::one_for_all, Together::rest_for_one}) {
      Supervisor s(options(strategy), abc(line.lifetime));
      const Decision d = s.fell("a", line.cause, t);
      EXPECT_EQ(!d.start.empty(), line.begins);
      EXPECT_EQ(s.state("a"), line.begins ? State::waiting : State::gone);
      EXPECT_TRUE(line.begins || d.stop.empty()) << "the others are left alone";
    }
}

TEST(SupervisorTest, TemporarySiblingsAreStoppedWithTheGroupAndNotBegunAgain) {
  Supervisor s(options(Together::one_for_all), {{"a", {}}, {"b", Lifetime::temporary}, {"c", {}}});
  const Decision d = s.fell("a", Cause::crashed, t);
  EXPECT_EQ(d.stop, (Names{"c", "b"}));
  EXPECT_EQ(d.start, (Names{"a", "c"}));
  EXPECT_EQ(s.state("b"), State::gone);
}

TEST(SupervisorTest, WaitsTwiceAsLongAfterEachFallWithinThePeriodUpToALimit) {
  Supervisor s(options(Together::one_for_one), abc());
  Clock::Time now = t;
  for (const auto pause : {20ms, 40ms, 80ms, 100ms, 100ms}) {
    const Decision d = s.fell("a", Cause::crashed, now += 1s);
    EXPECT_EQ(d.after, pause);
    s.due(d.ticket);
  }
  EXPECT_EQ(s.fell("a", Cause::crashed, now + 11s).after, 20ms);
  EXPECT_EQ(s.fell("b", Cause::crashed, now).after, 20ms);
}

TEST(SupervisorTest, PausesShiverByNameAndFallAndTheSeedSaysHow) {
  const auto pauses = [](uint64_t seed, const std::string& name) {
    auto o = options(Together::one_for_one, 100);
    o.jitter = 0.5;
    o.seed = seed;
    Supervisor s(o, abc());
    std::vector<Clock::Duration> out;
    for (int k = 0; k < 20; ++k) {
      const Decision d = s.fell(name, Cause::crashed, t + k * 11s);
      s.due(d.ticket);
      out.push_back(d.after);
      EXPECT_LE(d.after, 20ms);
      EXPECT_GE(d.after, 10ms);
    }
    EXPECT_GT(*std::ranges::max_element(out) - *std::ranges::min_element(out), 4ms);
    return out;
  };
  EXPECT_EQ(pauses(1, "a"), pauses(1, "a"));
  EXPECT_NE(pauses(1, "a"), pauses(1, "b"));
  EXPECT_NE(pauses(1, "a"), pauses(2, "a"));
}

TEST(SupervisorTest, AStormOfOneEndsThatOne) {
  Supervisor s(options(Together::one_for_one, 2), abc());
  for (int k = 0; k < 2; ++k) s.due(s.fell("a", Cause::crashed, t + k * 1s).ticket);
  s.due(s.fell("b", Cause::crashed, t + 2s).ticket);
  const Decision d = s.fell("a", Cause::crashed, t + 3s);
  EXPECT_TRUE(d.given_up);
  EXPECT_TRUE(d.start.empty());
  EXPECT_TRUE(d.stop.empty());
  EXPECT_EQ(d.why, "a fell 3 times within 10 s, 2 are allowed: given up");
  EXPECT_EQ(s.state("a"), State::gone);
  EXPECT_EQ(s.state("b"), State::running);
  EXPECT_FALSE(s.fell("a", Cause::crashed, t + 4s).given_up) << "it is said once";
}

TEST(SupervisorTest, AStormOfAGroupEndsTheGroup) {
  Supervisor s(options(Together::rest_for_one, 2), abc());
  s.due(s.fell("a", Cause::crashed, t).ticket);
  s.due(s.fell("b", Cause::crashed, t + 1s).ticket);
  const Decision d = s.fell("c", Cause::crashed, t + 2s);
  EXPECT_TRUE(d.given_up);
  EXPECT_EQ(d.stop, (Names{"b", "a"}));
  EXPECT_EQ(d.why, "the group of c fell 3 times within 10 s, 2 are allowed: given up");
  EXPECT_EQ(s.state("a"), State::gone);
}

TEST(SupervisorTest, FallsThatAreOldAreForgotten) {
  Supervisor s(options(Together::one_for_all, 1), abc());
  for (int k = 0; k < 10; ++k) {
    const Decision d = s.fell("a", Cause::crashed, t + k * 11s);
    ASSERT_FALSE(d.given_up);
    s.due(d.ticket);
  }
}

TEST(SupervisorTest, GivesUpAtTheFirstFallWhatCannotBeBegunAfresh) {
  Supervisor s({.restarts = RestartSpec::never()}, abc());
  const Decision d = s.fell("a", Cause::crashed, t);
  EXPECT_TRUE(d.given_up);
  EXPECT_EQ(d.why, "a fell 1 time within 60 s, 0 are allowed: given up");
}

TEST(SupervisorTest, AChildMayHaveItsOwnSpec) {
  const RestartSpec patient{.intensity = 1000, .period = 1h, .backoff = 7s, .max_backoff = 7s};
  Supervisor::Options together = options(Together::one_for_one, 1);
  together.jitter = 0;
  Supervisor s(together, {{.name = "a"}, {.name = "b", .restarts = patient}, {.name = "c", .restarts = RestartSpec::never()}});
  EXPECT_TRUE(s.fell("c", Cause::crashed, Clock::Time{}).given_up);
  for (int k = 0; k < 3; ++k) {
    const Decision decision = s.fell("b", Cause::crashed, Clock::Time{});
    EXPECT_FALSE(decision.given_up);
    EXPECT_EQ(decision.after, 7s);
    s.due(decision.ticket);
  }
  s.due(s.fell("a", Cause::crashed, Clock::Time{}).ticket);
  EXPECT_TRUE(s.fell("a", Cause::crashed, Clock::Time{}).given_up);
}

TEST(SupervisorTest, AnEvictedOneIsReplacedElsewhereAndThatIsNoCrash) {
  Supervisor s(options(Together::one_for_one, 1), abc());
  for (int k = 0; k < 20; ++k) {
    const Decision d = s.fell("a", Cause::evicted, t + k * 1ms, k % 2 ? "node b" : "node a");
    ASSERT_FALSE(d.given_up);
    ASSERT_EQ(d.start, Names{"a"});
    s.due(d.ticket);
  }
  EXPECT_EQ(s.evictions("a"), 20u);
  const Decision d = s.fell("a", Cause::crashed, t + 1s);
  EXPECT_FALSE(d.given_up);
  EXPECT_EQ(d.after, 20ms) << "evictions do not make a crash's pause longer";
  EXPECT_EQ(d.avoid, (Names{"node a", "node b"}));
  EXPECT_EQ(Supervisor(options(Together::one_for_one), abc()).fell("b", Cause::evicted, t, "n").why,
            "b was evicted; it is started again elsewhere in 20 ms");
}

TEST(SupervisorTest, FallsOfWhoWaitsToBeStartedChangeNothing) {
  Supervisor s(options(Together::one_for_all, 1), abc());
  const Decision first = s.fell("a", Cause::crashed, t);
  for (const auto* name : {"a", "b", "c"}) {  // they were stopped by us, and say so
    const Decision d = s.fell(name, Cause::crashed, t + 1ms);
    EXPECT_FALSE(d.given_up);
    EXPECT_TRUE(d.start.empty());
  }
  EXPECT_EQ(s.due(first.ticket), (Names{"a", "b", "c"}));
  EXPECT_TRUE(s.fell("b", Cause::crashed, t + 2ms).given_up) << "a fall after it was started counts";
}

TEST(SupervisorTest, ALaterDecisionTakesUpWhoStillWaits) {
  Supervisor s(options(Together::rest_for_one), abc());
  const Decision of_c = s.fell("c", Cause::crashed, t);
  const Decision of_a = s.fell("a", Cause::crashed, t + 1ms);
  EXPECT_EQ(of_a.stop, Names{"b"}) << "c is down already";
  EXPECT_EQ(of_a.start, (Names{"a", "b", "c"}));
  EXPECT_TRUE(s.due(of_c.ticket).empty()) << "c must not come before a";
  EXPECT_EQ(s.due(of_a.ticket), (Names{"a", "b", "c"}));
}

TEST(SupervisorTest, TheOperatorMayStopWhoWaits) {
  Supervisor s(options(Together::one_for_one), abc());
  const Decision d = s.fell("a", Cause::crashed, t);
  EXPECT_EQ(s.fell("a", Cause::stopped, t).why, "a was stopped and is not begun again");
  EXPECT_TRUE(s.due(d.ticket).empty());
  EXPECT_EQ(s.state("a"), State::gone);
  EXPECT_TRUE(s.add({"a"}));
  EXPECT_EQ(s.start_order(), (Names{"b", "c", "a"}));
}

TEST(SupervisorTest, UnknownNamesAndTakenOnes) {
  Supervisor s(options(Together::one_for_all), abc());
  const Decision d = s.fell("nobody", Cause::crashed, t);
  EXPECT_TRUE(d.stop.empty() && d.start.empty() && !d.given_up);
  EXPECT_EQ(d.why, "nobody fell, and is not supervised here");
  EXPECT_FALSE(s.add({"b"}));
  EXPECT_TRUE(s.add({"d"}));
  EXPECT_EQ(s.state("nobody"), State::unknown);
  EXPECT_TRUE(s.due(77).empty());
  EXPECT_TRUE(s.due(0).empty());
}

TEST(SupervisorTest, WhateverFallsInWhateverOrderNobodyRunsTwiceAndNobodyIsForgotten) {
  for (uint32_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Stream random({.seed = seed, .role = Role::data, .purpose = Purpose::order});
    const auto strategy = static_cast<Together>(random.below(3));
    Supervisor s(options(strategy, 8), {{"a", {}}, {"b", Lifetime::transient}, {"c", {}}, {"d", Lifetime::temporary}});
    std::map<std::string, bool> up{{"a", true}, {"b", true}, {"c", true}, {"d", true}};
    std::vector<uint64_t> tickets;
    Clock::Time now = t;
    for (int step = 0; step < 60; ++step) {
      now += std::chrono::milliseconds(random.below(3000));
      if (!tickets.empty() && random.below(2)) {
        const size_t k = random.below(static_cast<uint32_t>(tickets.size()));
        for (const auto& name : s.due(tickets[k])) {
          ASSERT_FALSE(up[name]) << name << " was started while it ran";
          up[name] = true;
        }
        tickets.erase(tickets.begin() + static_cast<long>(k));
      } else {
        const std::string name(1, static_cast<char>('a' + random.below(4)));
        const bool ran = up[name];
        const Decision d = s.fell(name, static_cast<Cause>(random.below(3)), now);
        up[name] = false;
        ASSERT_TRUE(ran || (d.start.empty() && d.stop.empty()));
        for (const auto& other : d.stop) {
          ASSERT_TRUE(up[other]) << other << " was stopped while it was down";
          up[other] = false;
        }
        if (!d.start.empty()) tickets.push_back(d.ticket);
      }
      for (const auto& [name, runs] : up) ASSERT_EQ(s.state(name) == State::running, runs) << name;
    }
    for (const uint64_t ticket : tickets)
      for (const auto& name : s.due(ticket)) up[name] = true;
    for (const auto& [name, runs] : up)
      ASSERT_NE(s.state(name), State::waiting) << "nobody waits for a ticket that was lost";
  }
}

}  // namespace
}  // namespace zenops
