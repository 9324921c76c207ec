#include "cli/sweep_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace zenops {
namespace {

using testing::HasSubstr;

CellOutcome done(double accuracy) {
  return {.state = CellOutcome::State::done,
          .result = {{"accuracy", accuracy},
                     {"loss", 1.5},
                     {"rounds", 4},
                     {"seconds", 2.0},
                     {"accepted", {{"honest", 0.5}, {"poisoned", nullptr}}},
                     {"sha256", "abc"}},
          .cause = {}};
}

/// Two attacks × two rules × two seeds.
class SweepTableTest : public testing::Test {
 protected:
  SweepTableTest() {
    sweep_.axes = {{"attack", {"none", "loud"}}, {"rule", {"average", "zeno"}}};
    sweep_.columns = 1;
    for (size_t k = 0; k < 8; ++k) {
      Sweep::Cell cell;
      cell.at = {k / 4, k / 2 % 2};
      cell.seed = k % 2;
      sweep_.cells.push_back(cell);
    }
    outcomes_ = {done(0.80), done(0.82), done(0.7), done(0.7), done(0.1), done(0.3), done(0.6), {}};
    outcomes_[7] = {.state = CellOutcome::State::failed, .result = {}, .cause = "no data, \"none\""};
  }
  Sweep sweep_;
  std::vector<CellOutcome> outcomes_;
};

TEST_F(SweepTableTest, HasMeansAndDeviationsOverTheSeedsThatAreDone) {
  EXPECT_EQ(to_text(tabulate(sweep_, outcomes_)),
            "            average           zeno\n"
            "none  0.810 ± 0.014  0.700 ± 0.000\n"
            "loud  0.200 ± 0.141          0.600\n");
}

TEST_F(SweepTableTest, TheWorstCaseIsARowOfItsOwn) {
  sweep_.worst_over = 0;
  const auto table = tabulate(sweep_, outcomes_);
  ASSERT_EQ(table.rows.size(), 3u);
  EXPECT_EQ(table.rows[2].name, "worst");
  EXPECT_NEAR(table.rows[2].cells[0]->mean, 0.2, 1e-12);
  EXPECT_NEAR(table.rows[2].cells[1]->mean, 0.6, 1e-12);
}

TEST_F(SweepTableTest, WhatHasNoResultIsADash) {
  outcomes_[6] = {};
  EXPECT_THAT(to_markdown(tabulate(sweep_, outcomes_), "grid"), HasSubstr("| loud | 0.200 ± 0.141 | – |\n"));
}

TEST_F(SweepTableTest, CsvHasALineForEachCell) {
  const auto csv = to_csv(sweep_, outcomes_);
  EXPECT_THAT(csv, HasSubstr("attack,rule,seed,state,accuracy,"));
  EXPECT_THAT(csv, HasSubstr("\nnone,average,1,done,0.82,1.5,4,2.0,0.5,,,abc,\n"));
  EXPECT_THAT(csv, HasSubstr("\nloud,zeno,1,failed,,,,,,,,,\"no data, \"\"none\"\"\"\n"));
  EXPECT_EQ(std::ranges::count(csv, '\n'), 9);
  outcomes_[0].result["attack_success"] = 0.25;
  EXPECT_THAT(to_csv(sweep_, outcomes_), HasSubstr(",poisoned_accepted,attack_success,"));
  EXPECT_THAT(to_csv(sweep_, outcomes_), HasSubstr(",2.0,0.5,,0.25,abc,\n"));
}

}  // namespace
}  // namespace zenops
