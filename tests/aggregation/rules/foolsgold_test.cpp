#include <gmock/gmock.h>

#include "tests/aggregation/rules/defaults.hpp"
#include "tests/aggregation/rules/made.hpp"

namespace zenops {
namespace {

using testing::Each;
using testing::ElementsAre;

TEST(FoolsGoldTest, SendersWhoSayTheSameLoseTheirVotes) {
  const auto out = made("foolsgold", {{1, 0, 0}, {0, 0, 5}, {0, 1, 0}, {0, 0, 5}, {0, 0, 1}});
  EXPECT_THAT(out.plan.weights, ElementsAre(0.5f, 0, 0.5f, 0, 0));
}

TEST(FoolsGoldTest, PuppetsMayBeTheMajority) {
  std::mt19937 random(1);
  auto rows = normal_rows(random, 4, 200).rows;
  rows.insert(rows.end(), 20, std::vector<float>(200, -10));
  const auto out = made("foolsgold", rows);
  for (size_t k = 0; k < rows.size(); ++k) EXPECT_EQ(out.plan.weights[k] > 0, k < 4) << k;
}

// An honest row that happens to resemble a puppet's is pardoned: its sender resembles others less than the puppets do.
TEST(FoolsGoldTest, PardonsWhoResemblesAPuppetLessThanAnotherPuppetDoes) {
  const auto out = made("foolsgold", {{1, 1, 0}, {0, 1, 0}, {0, 1, 0}, {0, 0, 1}});
  EXPECT_GT(out.plan.weights[0], 0);
  EXPECT_EQ(out.plan.weights[1], 0);
  EXPECT_EQ(out.plan.weights[2], 0);
  EXPECT_GT(out.plan.weights[3], out.plan.weights[0]);
}

// m = (0, 1, 1): what row 0 has in common with the others is (−1) · 0 / 1, and its vote is whole; theirs are 1 − 1.
TEST(FoolsGoldTest, WhoOpposesPuppetsKeepsItsVote) {
  const auto out = made("foolsgold", {{1, 0}, {-1, 0}, {-1, 0}});
  EXPECT_THAT(out.plan.weights, ElementsAre(1, 0, 0));
  EXPECT_THAT(out.row, ElementsAre(1, 0));
}

// Each round's rows differ; what they sum to does not.
TEST(FoolsGoldTest, JudgesBySumsAndAveragesRows) {
  const Samples rows({{1, 0}, {0, 1}, {0.7f, 0.7f}}), sums({{5, 0}, {5, 0}, {0, 5}});
  const Products products = {.squared_norms = {}, .sums = {measure(sums.pointers, nullptr, 2, true)}};
  const Plan plan = rule("foolsgold")->decide({.rows = 3, .blocks = {products}});
  EXPECT_THAT(plan.blocks[0].weights, ElementsAre(0, 0, 1));
}

TEST(FoolsGoldTest, WhereAllSayTheSameNothingIsAddedAndTheNoteSaysSo) {
  const auto out = made("foolsgold", {{1, 2}, {1, 2}, {2, 4}});
  EXPECT_THAT(out.row, Each(0.0f));
  EXPECT_EQ(out.note, "no row accepted in 1 of 1 blocks");
}

TEST(FoolsGoldTest, OneSenderAloneKeepsItsVote) { EXPECT_THAT(made("foolsgold", {{3, 4}}).row, ElementsAre(3, 4)); }

}  // namespace
}  // namespace zenops
