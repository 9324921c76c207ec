#include "actors/round.hpp"

#include <gtest/gtest.h>

#include "base/philox.hpp"

namespace zenops {
namespace {

Round round_of(uint32_t workers, bool trusted = false) {
  std::vector<Member> members;
  for (uint32_t w = 0; w < workers; ++w) members.push_back({w, 1, true});
  return Round(members, trusted);
}

TEST(RoundTest, IsFullWhenEveryAwaitedMemberHasSpoken) {
  Round r = round_of(4);
  r.offer(0, {});
  r.skip(1);
  r.refuse(2, Ec::not_finite);
  EXPECT_FALSE(r.full());
  r.lose(3, 1);
  EXPECT_TRUE(r.full());
}

TEST(RoundTest, AlsoWaitsForTheTrustedRowWhenTheRuleNeedsOne) {
  Round r = round_of(1, true);
  r.offer(0, {});
  EXPECT_FALSE(r.full());
  r.offer_trusted({});
  EXPECT_TRUE(r.full());
  Round fallen = round_of(1, true);
  fallen.offer(0, {});
  fallen.lose_trusted();
  EXPECT_TRUE(fallen.full());
  EXPECT_EQ(fallen.trusted(), nullptr);
}

TEST(RoundTest, DoesNotWaitForWhoIsNotAwaitedButTakesItsRow) {
  Round r({{0, 1, true}, {1, 1, false}}, false);
  r.offer(0, {});
  EXPECT_TRUE(r.full());
  EXPECT_TRUE(r.may_speak(1, 1));
  r.offer(1, {});
  EXPECT_EQ(r.seats()[1].state, Round::State::taken);
}

TEST(RoundTest, RefusesStrangersOldIncarnationsDuplicatesAndLateOnes) {
  Round r({{3, 2, true}, {4, 1, true}}, false);
  EXPECT_EQ(r.may_speak(5, 1).error().code, Ec::stranger);
  EXPECT_EQ(r.may_speak(3, 1).error().code, Ec::stale);
  EXPECT_TRUE(r.may_speak(3, 2));
  r.offer(3, {});
  EXPECT_EQ(r.may_speak(3, 2).error().code, Ec::duplicate);
  r.close();
  EXPECT_EQ(r.may_speak(4, 1).error().code, Ec::late);
}

TEST(RoundTest, ARefusedMemberDoesNotGetASecondWord) {
  Round r = round_of(1);
  r.refuse(0, Ec::not_finite);
  EXPECT_EQ(r.may_speak(0, 1).error().code, Ec::duplicate);
  EXPECT_EQ(r.seats()[0].refusal, Ec::not_finite);
}

TEST(RoundTest, AFallChangesNothingThatWasSaidBeforeOrBySomebodyElse) {
  Round r = round_of(2);
  r.offer(0, {});
  r.lose(0, 1);
  EXPECT_EQ(r.seats()[0].state, Round::State::taken);
  r.lose(1, 7);  // another incarnation
  EXPECT_EQ(r.seats()[1].state, Round::State::absent);
  r.lose(9, 1);
}

TEST(RoundTest, AnEmptyRoundIsFull) { EXPECT_TRUE(round_of(0).full()); }

// A model of the round beside it: whatever the order of words, each member has at most one, the first.
TEST(RoundTest, KeepsTheFirstWordOfEachUnderAnyOrderOfEvents) {
  const uint64_t seed = 5;
  Stream random({.seed = seed});
  for (int trial = 0; trial < 500; ++trial) {
    Round r = round_of(4);
    std::vector<Round::State> first(4, Round::State::absent);
    for (int event = 0; event < 12; ++event) {
      const uint32_t w = random.below(4);
      const bool may = r.may_speak(w, 1).has_value();
      ASSERT_EQ(may, first[w] == Round::State::absent) << "seed " << seed << " trial " << trial;
      switch (random.below(4)) {
        case 0:
          if (may) r.offer(w, {}), first[w] = Round::State::taken;
          break;
        case 1:
          if (may) r.skip(w), first[w] = Round::State::inactive;
          break;
        case 2:
          if (may) r.refuse(w, Ec::wrong_shape), first[w] = Round::State::refused;
          break;
        default:
          r.lose(w, 1);
          if (first[w] == Round::State::absent) first[w] = Round::State::lost;
      }
    }
    for (uint32_t w = 0; w < 4; ++w) ASSERT_EQ(r.seats()[w].state, first[w]) << "seed " << seed << " trial " << trial;
  }
}

}  // namespace
}  // namespace zenops
