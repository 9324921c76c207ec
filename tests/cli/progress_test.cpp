#include "cli/progress.hpp"

#include <gtest/gtest.h>

namespace zenops {
namespace {

using namespace std::chrono_literals;
using Style = Progress::Style;

RoundReport report(uint32_t round, uint32_t rounds) {
  RoundReport r;
  r.round = round;
  r.rounds = rounds;
  r.wall_seconds = 0.5;
  r.loss = 0.25;
  return r;
}

TEST(ProgressTest, SaysHowFarHowFastAndHowLong) {
  ManualClock clock;
  clock.pass(100s);
  Progress progress(Style::lines, 80, clock);
  auto first = report(1, 4);
  first.evaluation = Evaluation{.loss = 0.5, .accuracy = 0.75, .top5 = 1, .classes = {}};
  EXPECT_EQ(progress.after(first), "round 1/4  accuracy 0.750  loss 0.250  2.0 rounds/s  ETA 2 s\n");
  clock.pass(500ms);
  EXPECT_EQ(progress.after(report(2, 4)), "round 2/4  accuracy 0.750  loss 0.250  2.0 rounds/s  ETA 1 s\n");
}

TEST(ProgressTest, SaysHowWellABackdoorTookWhereThereIsOne) {
  ManualClock clock;
  clock.pass(100s);
  Progress progress(Style::lines, 80, clock);
  auto first = report(1, 4);
  first.evaluation = Evaluation{.loss = 0.5, .accuracy = 0.75, .top5 = 1, .classes = {}, .attack_success = 0.98};
  EXPECT_EQ(progress.after(first), "round 1/4  accuracy 0.750  attack success 0.980  loss 0.250  2.0 rounds/s  ETA 2 s\n");
}

TEST(ProgressTest, WritesALineEveryTenthOfTheRounds) {
  ManualClock clock;
  Progress progress(Style::lines, 80, clock);
  int lines = 0;
  for (uint32_t round = 1; round <= 1000; ++round) {
    clock.pass(1ms);
    lines += !progress.after(report(round, 1000)).empty();
  }
  EXPECT_EQ(lines, 11);  // the first round, then every hundredth; the last is said anyway
}

TEST(ProgressTest, WritesALineEveryTenSecondsOfASlowRun) {
  ManualClock clock;
  Progress progress(Style::lines, 80, clock);
  EXPECT_NE(progress.after(report(1, 1000)), "");
  clock.pass(9s);
  EXPECT_EQ(progress.after(report(2, 1000)), "");
  clock.pass(1s);
  EXPECT_NE(progress.after(report(3, 1000)), "");
}

TEST(ProgressTest, ABarFitsItsTerminalAndGoesAway) {
  ManualClock clock;
  clock.pass(1s);
  Progress progress(Style::bar, 30, clock);
  EXPECT_EQ(progress.end(), "");
  EXPECT_EQ(progress.after(report(1, 2)), "\r[============            ] ro\x1b[K");
  clock.pass(10ms);
  EXPECT_EQ(progress.after(report(1, 2)), "");  // too soon for eyes
  EXPECT_EQ(progress.after(report(2, 2)), "\r[========================] ro\x1b[K");
  EXPECT_EQ(progress.end(), "\r\x1b[K");
}

TEST(ProgressTest, SilenceIsSilent) {
  ManualClock clock;
  Progress progress(Style::silent, 80, clock);
  EXPECT_EQ(progress.after(report(1, 1)) + progress.end(), "");
}

TEST(ProgressTest, DurationsAreReadable) {
  EXPECT_EQ(duration_text(0.4), "0 s");
  EXPECT_EQ(duration_text(59.6), "1 min");
  EXPECT_EQ(duration_text(200), "3 min 20 s");
  EXPECT_EQ(duration_text(7500), "2 h 5 min");
  EXPECT_EQ(duration_text(-1), "0 s");
}

}  // namespace
}  // namespace zenops
