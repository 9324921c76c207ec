#include "runtime/restarts.hpp"

#include <gtest/gtest.h>

namespace zenops {
namespace {

using namespace std::chrono_literals;

TEST(RestartsTest, WaitsTwiceAsLongAfterEachFallUpToALimit) {
  Restarts r({.intensity = 10, .period = 1h, .backoff = 20ms, .max_backoff = 100ms});
  const Clock::Time t{};
  EXPECT_EQ(r.fell(t), 20ms);
  EXPECT_EQ(r.fell(t + 1s), 40ms);
  EXPECT_EQ(r.fell(t + 2s), 80ms);
  EXPECT_EQ(r.fell(t + 3s), 100ms);
}

TEST(RestartsTest, GivesUpWhoFallsTooOftenWithinThePeriod) {
  Restarts r({.intensity = 2, .period = 10s});
  const Clock::Time t{};
  EXPECT_TRUE(r.fell(t));
  EXPECT_TRUE(r.fell(t + 1s));
  EXPECT_FALSE(r.fell(t + 2s));
}

TEST(RestartsTest, ForgetsFallsOlderThanThePeriod) {
  Restarts r({.intensity = 1, .period = 10s, .backoff = 20ms});
  const Clock::Time t{};
  EXPECT_EQ(r.fell(t), 20ms);
  EXPECT_EQ(r.fell(t + 11s), 20ms);
}

TEST(RestartsTest, GivesUpAtTheFirstFallWhatCannotBeBegunAfresh) {
  EXPECT_FALSE(Restarts(RestartSpec::never()).fell({}));
}

}  // namespace
}  // namespace zenops
