#include "models/schedule.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

namespace zenops {
namespace {

using Kind = ScheduleOptions::Kind;
using testing::Each;
using testing::ElementsAre;

std::vector<float> shares(const ScheduleOptions& options, uint32_t rounds) {
  const Schedule schedule(options, rounds);
  std::vector<float> out;
  for (uint32_t r = 1; r <= rounds; ++r) out.push_back(schedule.share(r));
  return out;
}

TEST(ScheduleTest, ConstantIsAlwaysTheWhole) { EXPECT_THAT(shares({.rounds = {}}, 5), Each(1)); }

TEST(ScheduleTest, StepFallsFromTheNamedRoundsOn) {
  EXPECT_THAT(shares({.kind = Kind::step, .rounds = {3, 5}, .factor = .5f}, 6),
              ElementsAre(1, 1, .5f, .5f, .25f, .25f));
}

TEST(ScheduleTest, WarmUpRisesInEqualStepsToTheWhole) {
  EXPECT_THAT(shares({.rounds = {}, .warmup = 4}, 6), ElementsAre(.25f, .5f, .75f, 1, 1, 1));
}

TEST(ScheduleTest, WarmUpMultipliesWhatTheStepsLeave) {
  EXPECT_THAT(shares({.kind = Kind::step, .rounds = {2}, .factor = .5f, .warmup = 4}, 5),
              ElementsAre(.25f, .25f, .375f, .5f, .5f));
}

TEST(ScheduleTest, CosineFallsFromTheWholeTowardsTheLast) {
  const auto s = shares({.kind = Kind::cosine, .rounds = {}, .last = .2f}, 8);
  for (uint32_t r = 1; r <= 8; ++r)
    EXPECT_FLOAT_EQ(s[r - 1], static_cast<float>(.2 + .8 * (1 + std::cos(std::numbers::pi * (r - 1) / 8)) / 2)) << r;
  EXPECT_EQ(s[0], 1);
}

TEST(ScheduleTest, CosineBeginsAfterTheWarmUp) {
  const auto s = shares({.kind = Kind::cosine, .rounds = {}, .warmup = 2}, 6);
  EXPECT_THAT(std::vector(s.begin(), s.begin() + 3), ElementsAre(.5f, 1, 1));
  EXPECT_FLOAT_EQ(s[4], .5f) << "half of the four rounds after it";
}

TEST(ScheduleTest, AWarmUpLongerThanTheRunNeverGetsThere) {
  for (auto kind : {Kind::constant, Kind::cosine})
    EXPECT_THAT(shares({.kind = kind, .rounds = {}, .warmup = 10}, 3), ElementsAre(.1f, .2f, .3f));
}

TEST(ScheduleTest, ARoundAfterTheLastHasTheLastOnesShare) {
  const Schedule schedule({.kind = Kind::cosine, .rounds = {}}, 4);
  EXPECT_EQ(schedule.share(9), schedule.share(4));
}

}  // namespace
}  // namespace zenops
