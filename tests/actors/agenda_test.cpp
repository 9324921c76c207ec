#include "actors/agenda.hpp"

#include <gmock/gmock.h>

namespace zenops {
namespace {

constexpr TraineeId kZero{Role::worker, 0}, kOne{Role::worker, 1}, kTwo{Role::worker, 2}, kValidator{Role::validator, 0};

TEST(AgendaTest, InSimulatedTimeWaitsForWhoEndsFirstHoweverLongOthersHaveBeenThere) {
  Agenda agenda(true);
  agenda.begin(kZero, 3);
  agenda.begin(kOne, 1);
  agenda.came(kZero);
  EXPECT_EQ(agenda.next(), std::nullopt);
  EXPECT_EQ(agenda.awaited(), kOne);
  agenda.came(kOne);
  EXPECT_EQ(agenda.next(), kOne);
  EXPECT_EQ(agenda.now(), 1);
  EXPECT_EQ(agenda.next(), kZero);
  EXPECT_EQ(agenda.now(), 3);
  EXPECT_EQ(agenda.next(), std::nullopt);
}

TEST(AgendaTest, WhoEndsAtTheSameMomentIsInTheOrderOfRoleAndIndex) {
  Agenda agenda(true);
  for (const TraineeId who : {kValidator, kTwo, kZero, kOne}) agenda.begin(who, 2);
  for (const TraineeId who : {kValidator, kTwo, kOne, kZero}) agenda.came(who);
  for (const TraineeId who : {kZero, kOne, kTwo, kValidator}) EXPECT_EQ(agenda.next(), who);
}

TEST(AgendaTest, ATaskBeginsAtTheMomentOfTheResultBeforeIt) {
  Agenda agenda(true);
  agenda.begin(kZero, 2);
  agenda.begin(kOne, 5);
  agenda.came(kZero);
  ASSERT_EQ(agenda.next(), kZero);
  agenda.begin(kZero, 2);
  agenda.came(kZero);
  EXPECT_EQ(agenda.next(), kZero);
  EXPECT_EQ(agenda.now(), 4);
  agenda.begin(kZero, 2);
  agenda.came(kZero);
  EXPECT_EQ(agenda.next(), std::nullopt) << "that of worker 1 ends first";
}

TEST(AgendaTest, InRealTimeResultsCountAsTheyCome) {
  Agenda agenda(false);
  agenda.begin(kZero, 1);
  agenda.begin(kOne, 2);
  agenda.came(kOne);
  EXPECT_EQ(agenda.next(), kOne);
  EXPECT_EQ(agenda.next(), std::nullopt);
  agenda.came(kZero);
  EXPECT_EQ(agenda.next(), kZero);
  EXPECT_EQ(agenda.now(), 0);
}

TEST(AgendaTest, AResultCountsOnceAndOnlyForATask) {
  Agenda agenda(true);
  agenda.came(kZero);
  agenda.begin(kZero, 1);
  EXPECT_EQ(agenda.next(), std::nullopt);
  agenda.came(kZero);
  agenda.came(kZero);
  EXPECT_EQ(agenda.next(), kZero);
  EXPECT_EQ(agenda.next(), std::nullopt);
  EXPECT_FALSE(agenda.busy(kZero));
}

TEST(AgendaTest, WhoIsNotAwaitedHoldsUpNobodyAndCountsWhenItComes) {
  Agenda agenda(true);
  agenda.begin(kZero, 1, false);
  agenda.begin(kOne, 5);
  agenda.came(kOne);
  EXPECT_EQ(agenda.next(), kOne);
  agenda.came(kZero);
  EXPECT_EQ(agenda.next(), kZero);
  EXPECT_EQ(agenda.now(), 5) << "time does not go back";
}

TEST(AgendaTest, WhoIsDroppedIsNoLongerWaitedFor) {
  Agenda agenda(true);
  agenda.begin(kZero, 1);
  agenda.begin(kOne, 2);
  agenda.came(kOne);
  agenda.drop(kZero);
  EXPECT_EQ(agenda.next(), kOne);
  agenda.came(kZero);
  EXPECT_EQ(agenda.next(), std::nullopt);
}

}  // namespace
}  // namespace zenops
