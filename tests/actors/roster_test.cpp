#include "actors/roster.hpp"

#include <gtest/gtest.h>

namespace zenops {
namespace {

TEST(RosterTest, BeginsWithEverybodysFirstIncarnation) {
  const auto m = Roster(3).members();
  ASSERT_EQ(m.size(), 3u);
  EXPECT_EQ(m[2].worker, 2u);
  EXPECT_EQ(m[2].incarnation, 1u);
  EXPECT_TRUE(m[2].awaited);
}

TEST(RosterTest, DoesNotAwaitWhoMissedARoundUntilItIsHeardOf) {
  Roster r(3);
  r.missed(1);
  EXPECT_FALSE(r.members()[1].awaited);
  EXPECT_TRUE(r.members()[0].awaited);
  r.heard_of(1);
  EXPECT_TRUE(r.members()[1].awaited);
}

TEST(RosterTest, AwaitsEverybodyAgainWhenNobodyIsLeftToAwait) {
  Roster r(2);
  r.missed(0);
  r.missed(1);
  EXPECT_TRUE(r.members()[0].awaited);
  EXPECT_TRUE(r.members()[1].awaited);
}

TEST(RosterTest, LeavesOutTheFallenAndTakesInItsNextIncarnation) {
  Roster r(2);
  r.down(0, 1);
  ASSERT_EQ(r.members().size(), 1u);
  EXPECT_EQ(r.members()[0].worker, 1u);
  r.up(0, 2);
  EXPECT_EQ(r.members()[0].incarnation, 2u);
  r.down(0, 1);  // old news
  EXPECT_EQ(r.members().size(), 2u);
}

}  // namespace
}  // namespace zenops
