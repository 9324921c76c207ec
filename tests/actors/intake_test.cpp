#include "actors/intake.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace zenops {
namespace {

Update update(uint32_t worker, uint32_t number, bool active = true) { return {worker, 1, number, active, 0, NAN}; }

/// Which numbers are taken up until none is.
std::vector<uint32_t> taken(Intake& intake) {
  std::vector<uint32_t> out;
  while (const auto next = intake.next()) {
    out.push_back(next->number);
    if (next->active) intake.keep(*next);
  }
  return out;
}

TEST(IntakeTest, NothingIsTakenUpBeforeThereIsARowToJudgeBy) {
  Intake intake;
  intake.offer(update(3, 70));
  EXPECT_FALSE(intake.next());
  intake.judge_by(12);
  EXPECT_EQ(intake.direction(), 12u);
  EXPECT_EQ(taken(intake), std::vector<uint32_t>{70});
}

TEST(IntakeTest, AfterAsManyAsItsGroupHasItWantsAnotherRowAndTakesNothingUp) {
  Intake intake;
  intake.judge_by(1);
  EXPECT_FALSE(intake.wants_a_row(3));
  EXPECT_FALSE(intake.wants_a_row(3));
  intake.offer(update(0, 5));
  EXPECT_TRUE(intake.wants_a_row(3));
  EXPECT_FALSE(intake.next());
  intake.judge_by(2);
  EXPECT_FALSE(intake.wants_a_row(3)) << "the count begins anew";
  EXPECT_EQ(taken(intake), std::vector<uint32_t>{5});
}

TEST(IntakeTest, ASecondUpdateOfAWorkerWaitsForTheNextBatchAndIsThenTheFirst) {
  Intake intake;
  intake.judge_by(0);
  intake.offer(update(1, 10));
  intake.offer(update(1, 11));
  intake.offer(update(2, 20));
  EXPECT_EQ(taken(intake), (std::vector<uint32_t>{10, 20}));
  intake.offer(update(3, 30));
  const auto batch = intake.close();
  ASSERT_EQ(batch.size(), 2u);
  EXPECT_EQ(batch[1].worker, 2u);
  EXPECT_TRUE(intake.empty());
  EXPECT_EQ(taken(intake), (std::vector<uint32_t>{11, 30}));
}

TEST(IntakeTest, AResultWithoutAnUpdateWaitsForNobody) {
  Intake intake;
  intake.judge_by(0);
  intake.offer(update(1, 10));
  intake.offer(update(1, 11, false));
  EXPECT_EQ(taken(intake), (std::vector<uint32_t>{10, 11}));
}

}  // namespace
}  // namespace zenops
