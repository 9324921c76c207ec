#include "actors/pace.hpp"

#include <gmock/gmock.h>

namespace zenops {
namespace {

TEST(PaceTest, RoundsOfZenoPSsExperiments) {  // zeno-ps: E.4
  EXPECT_EQ(Pace(195, 32).rounds(200), 1218u);
  EXPECT_EQ(Pace(97, 32).rounds(200), 606u);
  EXPECT_EQ(Pace(91, 8).rounds(200), 2275u);
  EXPECT_EQ(Pace(260, 1).rounds(200), 52000u);
}

TEST(PaceTest, AnEpochEndsInTheRoundThatTakesItsLastStep) {
  const Pace pace(10, 4);
  EXPECT_EQ(pace.epochs(2), 0u);
  EXPECT_EQ(pace.epochs(3), 1u);
  EXPECT_EQ(pace.epochs(5), 2u);
  EXPECT_FALSE(pace.ends_epoch(2));
  EXPECT_TRUE(pace.ends_epoch(3));
  EXPECT_FALSE(pace.ends_epoch(4));
  EXPECT_TRUE(pace.ends_epoch(5));
}

TEST(PaceTest, ADecayAfterAnEpochBeginsWithTheFirstRoundThatHasNoneOfItsSteps) {
  EXPECT_EQ(Pace(10, 4).round_after(1), 4u);
  EXPECT_EQ(Pace(10, 5).round_after(1), 3u);
  EXPECT_THAT(Pace(10, 5).moments({2, 9}, {1, 3}), testing::ElementsAre(2, 3, 7, 9));
}

TEST(PaceTest, ARunHasARoundAtLeast) { EXPECT_EQ(Pace(10, 100).rounds(0.01), 1u); }

}  // namespace
}  // namespace zenops
