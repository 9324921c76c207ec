#include <gmock/gmock.h>

#include "tests/aggregation/rules/defaults.hpp"
#include "tests/aggregation/rules/made.hpp"

namespace zenops {
namespace {

using testing::Each;
using testing::ElementsAre;

/// Of rows with these lengths, of whose 100 numbers so many are positive and the others negative.
Geometry geometry(std::vector<double> lengths, std::vector<double> positives) {
  Products products;
  for (const double length : lengths) products.squared_norms.push_back(length * length);
  for (const double positive : positives) products.negatives.push_back(100 - positive);
  products.positives = std::move(positives);
  return {.rows = lengths.size(), .blocks = {products}};
}

TEST(SignGuardTest, LeavesOutWhatIsMuchShorterOrLongerThanTheMedian) {
  const Plan plan = rule("signguard")->decide(geometry({10, 0.9, 10, 31, 10, 10}, {50, 50, 50, 50, 50, 50}));
  EXPECT_THAT(plan.blocks[0].verdicts, ElementsAre(Verdict::accepted, Verdict::outlier, Verdict::accepted, Verdict::too_long,
                                                   Verdict::accepted, Verdict::accepted));
  EXPECT_THAT(plan.blocks[0].weights, ElementsAre(0.25f, 0, 0.25f, 0, 0.25f, 0.25f));
}

TEST(SignGuardTest, CutsWhatIsLongerThanTheMedianToIt) {
  const Plan plan = rule("signguard")->decide(geometry({10, 20, 10}, {50, 50, 50}));
  EXPECT_THAT(plan.blocks[0].weights, ElementsAre(1.0f / 3, 1.0f / 6, 1.0f / 3));
}

TEST(SignGuardTest, LeavesOutTheSmallerClusterOfSigns) {
  const Plan plan = rule("signguard")->decide(geometry({10, 10, 10, 10, 10}, {60, 40, 61, 59, 40}));
  EXPECT_THAT(plan.blocks[0].weights, ElementsAre(1.0f / 3, 0, 1.0f / 3, 1.0f / 3, 0));
}

TEST(SignGuardTest, WhereTheFiltersHaveNoRowInCommonNothingIsAddedAndTheNoteSaysSo) {
  // The three with the same signs have lengths that nobody else has.
  const Plan plan = rule("signguard")->decide(geometry({1000, 1000, 0, 10, 10, 10, 0.001}, {50, 50, 50, 20, 90, 0, 50}));
  EXPECT_THAT(plan.blocks[0].weights, Each(0.0f));
  EXPECT_EQ(plan.note, "no row accepted in 1 of 1 blocks");
}

TEST(SignGuardTest, RowsOfZerosAreAllAlike) {
  EXPECT_THAT(made("signguard", {{0, 0}, {0, 0}, {0, 0}}).plan.weights, Each(1.0f / 3));
}

// The attack that it was made for: as long as an honest row, but turned round.
TEST(SignGuardTest, LeavesOutLiarsWhoTurnTheirRowsRound) {
  std::mt19937 random(1);
  std::vector<float> direction(400, 0.3f);
  std::vector<float> lie(400, -0.4f);
  for (size_t i = 0; i < 100; ++i) direction[i] = -0.3f, lie[i] = 0.4f;
  const auto rows = among_liars(random, 13, 4, direction, lie);
  const auto out = made("signguard", rows);
  for (size_t k = 0; k < rows.size(); ++k) EXPECT_EQ(out.plan.verdicts[k] == Verdict::accepted, k < 9) << k;
}

TEST(SignGuardTest, SaysThatRowsThatAreNewHaveNoSignsItKnows) {
  const Rules rules = Rules::standard();
  EXPECT_EQ(objection(rules, {{.name = "signguard"}, {{.name = "nnm"}}}, 9),
            "signguard counts signs in the rows as they were sent and takes no nnm before it, which makes new ones");
  EXPECT_EQ(objection(rules, {{.name = "signguard"}, {{.name = "clipping"}}}, 9), std::nullopt);
}

}  // namespace
}  // namespace zenops
