#include "runtime/detector.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/philox.hpp"

namespace zenops {
namespace {

using namespace std::chrono_literals;
using State = Detector::State;

/// A detector in a time of its own, which looks every 50 ms.
class Watch {
 public:
  explicit Watch(Detector::Options options = {}) : detector(options) { detector.begin("a", now); }
  /// Until `t`; what check() said.
  std::vector<Detector::Change> until(Clock::Duration t) {
    std::vector<Detector::Change> all;
    for (; next_ <= Clock::Time{} + t; next_ += 50ms) {
      now = next_;
      for (auto& change : detector.check(next_)) all.push_back(change);
    }
    now = Clock::Time{} + t;
    return all;
  }
  void beats(int count, Clock::Duration apart = 100ms) {
    for (int k = 0; k < count; ++k) {
      until(now - Clock::Time{} + apart);
      EXPECT_TRUE(detector.heard("a", now));
    }
  }
  Clock::Duration time() const { return now - Clock::Time{}; }
  Detector detector;
  Clock::Time now{};

 private:
  Clock::Time next_{};
};

TEST(DetectorTest, ARegularPeerIsSuspectAfterHalfItsDeadlineAndThenDead) {
  Watch w;
  w.beats(20);
  EXPECT_EQ(w.detector.deadline("a"), 400ms);
  EXPECT_TRUE(w.until(w.time() + 200ms).empty());
  const auto suspect = w.until(w.time() + 50ms);
  ASSERT_EQ(suspect.size(), 1u);
  EXPECT_EQ(suspect[0].to, State::suspect);
  const auto dead = w.until(w.time() + 200ms);
  ASSERT_EQ(dead.size(), 1u);
  EXPECT_EQ(dead[0].to, State::dead);
  EXPECT_EQ(dead[0].why, "no heartbeat for 0.45 s, more than 0.4 s");
  EXPECT_TRUE(w.until(w.time() + 5s).empty()) << "it is said once";
}

TEST(DetectorTest, ASuspectThatIsHeardOfIsAlive) {
  Watch w;
  w.beats(20);
  w.until(w.time() + 300ms);
  EXPECT_EQ(w.detector.state("a"), State::suspect);
  EXPECT_TRUE(w.detector.heard("a", w.now));
  EXPECT_EQ(w.detector.state("a"), State::alive);
}

TEST(DetectorTest, TheDeadStayDeadUntilANewLifeBegins) {
  Watch w;
  w.beats(20);
  w.until(w.time() + 2s);
  ASSERT_EQ(w.detector.state("a"), State::dead);
  EXPECT_FALSE(w.detector.heard("a", w.now));
  EXPECT_EQ(w.detector.state("a"), State::dead);
  w.detector.begin("a", w.now);
  EXPECT_EQ(w.detector.state("a"), State::alive);
  EXPECT_EQ(w.detector.deadline("a"), 1s) << "nothing is known of this life";
}

TEST(DetectorTest, StrangersAndTheForgottenAreNotListenedTo) {
  Watch w;
  EXPECT_FALSE(w.detector.heard("b", w.now));
  w.detector.forget("a");
  EXPECT_FALSE(w.detector.heard("a", w.now));
  EXPECT_EQ(w.detector.state("a"), State::unknown);
  EXPECT_TRUE(w.until(10s).empty());
}

TEST(DetectorTest, WhoSaysNothingAtAllIsNoticedAtTheCeiling) {
  Watch w;
  EXPECT_EQ(w.until(1s).size(), 1u);
  EXPECT_EQ(w.until(1050ms).at(0).to, State::dead);
}

TEST(DetectorTest, ABurstOfBeatsThatWereHeldUpKillsNobody) {
  Watch w;
  for (int round = 0; round < 20; ++round) {
    w.beats(10);
    w.until(w.time() + 390ms);
    for (int k = 0; k < 40; ++k) {
      w.now += 1us;
      ASSERT_TRUE(w.detector.heard("a", w.now));
    }
    EXPECT_GE(w.detector.deadline("a"), 400ms);
  }
}

TEST(DetectorTest, TimeInWhichWeWereStarvedOurselvesIsNoSilenceOfOthers) {
  Watch w;
  w.beats(20);
  w.now += 30s;
  EXPECT_TRUE(w.detector.check(w.now).empty());
  EXPECT_EQ(w.detector.state("a"), State::alive);
  w.now += 50ms;
  EXPECT_TRUE(w.detector.heard("a", w.now));
  EXPECT_EQ(w.detector.deadline("a"), 400ms) << "nor does it make the deadline longer";
  // The next silence is one.
  for (int k = 0; k < 10; ++k) w.detector.check(w.now += 50ms);
  EXPECT_EQ(w.detector.state("a"), State::dead);
}

TEST(DetectorTest, BeatsFromBeforeTheLastOneChangeNothing) {
  Watch w;
  w.beats(20);
  EXPECT_TRUE(w.detector.heard("a", w.now - 10s));
  EXPECT_TRUE(w.detector.check(w.now).empty());
}

TEST(DetectorTest, NoFalseAlarmForJitterThatWasSeenAndAlwaysNoticedWithinTheCeiling) {
  for (uint32_t seed = 0; seed < 1000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Stream random({.seed = seed, .role = Role::data, .purpose = Purpose::delay});
    Watch w;
    // Times between beats: about 100 ms and, often or seldom, up to `most` more.
    const uint32_t most = 1 + random.below(600), often = 1 + random.below(8);
    std::deque<Clock::Duration> seen;
    for (int beat = 0; beat < 200; ++beat) {
      Clock::Duration gap = 60ms + std::chrono::milliseconds(random.below(80));
      if (random.below(often) == 0) gap = 100ms + std::chrono::milliseconds(random.below(most));
      // Once something is known, one that is longer than any before would be an alarm with good reason.
      if (seen.size() >= 8) gap = std::min(gap, std::max<Clock::Duration>(400ms, *std::ranges::max_element(seen)));
      for (const auto& change : w.until(w.time() + gap)) ASSERT_NE(change.to, State::dead) << change.why;
      ASSERT_TRUE(w.detector.heard("a", w.now));
      seen.push_back(gap);
      if (seen.size() > 64) seen.pop_front();
      ASSERT_LE(w.detector.deadline("a"), 1s);
    }
    const Clock::Duration last = w.time();
    w.until(last + 1100ms);
    ASSERT_EQ(w.detector.state("a"), State::dead);
  }
}

TEST(DetectorTest, ManyPeersAreToldInTheOrderOfTheirNames) {
  Detector d({});
  Clock::Time now{};
  for (const auto* name : {"c", "a", "b"}) d.begin(name, now);
  for (int k = 0; k < 10; ++k) EXPECT_TRUE(d.check(now += 50ms).empty());
  const auto changes = d.check(now += 50ms);
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(changes[0].peer, "a");
  EXPECT_EQ(changes[2].peer, "c");
}

}  // namespace
}  // namespace zenops
