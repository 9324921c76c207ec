#include "base/clock.hpp"

#include <gmock/gmock.h>

#include <future>
#include <vector>

namespace zenops {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(ManualClockTest, WakesInOrderOfTimeAndNotBefore) {
  ManualClock clock;
  std::vector<int> woken;
  clock.after(3s, [&] { woken.push_back(3); });
  clock.after(1s, [&] { woken.push_back(1); });
  clock.after(2s, [&] { woken.push_back(2); });
  clock.pass(1s - 1ns);
  EXPECT_THAT(woken, IsEmpty());
  clock.pass(1ns);
  EXPECT_THAT(woken, ElementsAre(1));
  clock.pass(10s);
  EXPECT_THAT(woken, ElementsAre(1, 2, 3));
}

TEST(ManualClockTest, ShowsAWakeTheTimeItWasMeantFor) {
  ManualClock clock;
  const auto start = clock.now();
  std::vector<Clock::Duration> seen;
  clock.after(2s, [&] { seen.push_back(clock.now() - start); });
  clock.after(1s, [&] { clock.after(500ms, [&] { seen.push_back(clock.now() - start); }); });
  clock.pass(5s);
  EXPECT_THAT(seen, ElementsAre(1500ms, 2s));
  EXPECT_EQ(clock.now() - start, 5s);
}

TEST(ManualClockTest, WakesAtOnceForWhatIsPastAndNeverTurnsBack) {
  ManualClock clock;
  clock.pass(10s);
  const auto before = clock.now();
  Clock::Time seen{};
  clock.at(before - 5s, [&] { seen = clock.now(); });
  clock.pass(0s);
  EXPECT_EQ(seen, before);
  EXPECT_EQ(clock.now(), before);
}

TEST(ManualClockTest, WakesOnlyOnce) {
  ManualClock clock;
  int times = 0;
  clock.after(1s, [&] { ++times; });
  clock.pass(2s);
  clock.pass(2s);
  EXPECT_EQ(times, 1);
}

TEST(SystemClockTest, WakesNotBeforeTheTime) {
  SystemClock clock;
  const auto when = clock.now() + 2ms;
  std::promise<Clock::Time> woken;
  clock.at(when, [&] { woken.set_value(clock.now()); });
  EXPECT_GE(woken.get_future().get(), when);
}

TEST(SystemClockTest, AnEarlierWakeOvertakesALaterOne) {
  SystemClock clock;
  clock.after(1h, [] { FAIL(); });
  std::promise<void> woken;
  clock.after(1ms, [&] { woken.set_value(); });
  woken.get_future().wait();
}

TEST(SystemClockTest, DropsItsWakesWhenItGoes) {
  auto held = std::make_shared<int>();
  const std::weak_ptr<int> watch = held;
  {
    SystemClock clock;
    clock.after(1h, [held = std::move(held)] { FAIL(); });
  }
  EXPECT_TRUE(watch.expired());
}

}  // namespace
}  // namespace zenops
