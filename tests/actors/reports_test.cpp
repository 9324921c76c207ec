#include "actors/reports.hpp"

#include <gmock/gmock.h>

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ReportsTest : public testing::Test {
 protected:
  void close(uint32_t round, bool awaits) {
    RoundReport report;
    report.round = round;
    reports_.add(report, awaits);
  }
  std::vector<uint32_t> told() {
    std::vector<uint32_t> rounds;
    while (const auto report = reports_.next()) {
      rounds.push_back(report->round);
      last_ = *report;
    }
    return rounds;
  }
  Reports reports_;
  RoundReport last_;
};

TEST_F(ReportsTest, WithoutEvaluationsAreToldAtOnce) {
  close(1, false);
  EXPECT_THAT(told(), ElementsAre(1));
  close(2, false);
  EXPECT_THAT(told(), ElementsAre(2));
}

TEST_F(ReportsTest, LaterRoundsWaitForTheEvaluationOfAnEarlierOne) {
  close(1, true);
  close(2, false);
  close(3, true);
  close(4, false);
  EXPECT_THAT(told(), IsEmpty());
  reports_.evaluated(3, {.loss = 3, .accuracy = .3, .top5 = 0, .classes = {}});
  EXPECT_THAT(told(), IsEmpty());
  reports_.evaluated(1, {.loss = 1, .accuracy = .1, .top5 = 0, .classes = {}});
  EXPECT_THAT(told(), ElementsAre(1, 2, 3, 4));
}

TEST_F(ReportsTest, EachHasItsOwnEvaluation) {
  close(1, true);
  close(2, false);
  reports_.evaluated(2, {.loss = 2, .accuracy = .2, .top5 = 0, .classes = {}});
  reports_.evaluated(1, {.loss = 1, .accuracy = .1, .top5 = 0, .classes = {}});
  reports_.evaluated(1, {.loss = 9, .accuracy = .9, .top5 = 0, .classes = {}});
  const auto first = reports_.next(), second = reports_.next();
  EXPECT_EQ(first->evaluation->accuracy, .1);
  EXPECT_FALSE(second->evaluation.has_value());
}

TEST_F(ReportsTest, WhatWillNotComeIsNotWaitedFor) {
  close(1, false);
  close(2, true);
  reports_.give_up("the evaluator was lost");
  EXPECT_THAT(told(), ElementsAre(1, 2));
  EXPECT_THAT(last_.notes, ElementsAre("the evaluator was lost"));
  EXPECT_FALSE(last_.evaluation.has_value());
}

}  // namespace
}  // namespace zenops
