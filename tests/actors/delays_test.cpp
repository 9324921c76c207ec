#include "actors/delays.hpp"

#include <gtest/gtest.h>

namespace zenops {
namespace {

using Kind = DelayOptions::Kind;

TEST(DelaysTest, TheFirstThatFitsANameCounts) {
  const Delays delays({{"worker/3", Kind::constant, 7, 0}, {"worker/*", Kind::constant, 2, 0}}, 1);
  EXPECT_EQ(delays.seconds(Role::worker, 3, 1), 7);
  EXPECT_EQ(delays.seconds(Role::worker, 33, 1), 2);
  EXPECT_EQ(delays.seconds(Role::validator, 3, 1), 0);
}

TEST(DelaysTest, AreDrawnAnewForEachTaskAndTheSameForEachWhoAsks) {
  const Delays delays({{"worker/*", Kind::uniform, 1, 3}}, 5), same({{"worker/*", Kind::uniform, 1, 3}}, 5),
      other({{"worker/*", Kind::uniform, 1, 3}}, 6);
  double sum = 0;
  int equal = 0;
  for (uint32_t task = 1; task <= 1000; ++task) {
    const double d = delays.seconds(Role::worker, 4, task);
    EXPECT_TRUE(d >= 1 && d < 3) << d;
    EXPECT_EQ(d, same.seconds(Role::worker, 4, task));
    equal += d == other.seconds(Role::worker, 4, task);
    sum += d;
  }
  EXPECT_NEAR(sum / 1000, 2, 0.1);
  EXPECT_LT(equal, 5);
}

TEST(DelaysTest, ExponentialOnesHaveTheirMean) {
  const Delays delays({{"validator/0", Kind::exponential, 0.5, 0}}, 1);
  double sum = 0;
  for (uint32_t task = 1; task <= 4000; ++task) {
    const double d = delays.seconds(Role::validator, 0, task);
    EXPECT_GE(d, 0);
    sum += d;
  }
  EXPECT_NEAR(sum / 4000, 0.5, 0.03);
}

}  // namespace
}  // namespace zenops
