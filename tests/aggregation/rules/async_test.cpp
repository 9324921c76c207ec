// The rules that judge updates as they come, against zeno-ps: C.5, C.6 and the papers, by numbers that were worked out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/aggregation/rules/defaults.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::FloatEq;

/// One update u beside v.
Geometry beside(double dot, double squared_norm, double trusted) {
  return {.rows = 1, .blocks = {{.squared_norms = {squared_norm}, .dots = {dot}, .trusted_squared_norm = trusted}}};
}

float weight(const Plan& plan) { return plan.blocks[0].weights[0]; }
Verdict verdict(const Plan& plan) { return plan.blocks[0].verdicts[0]; }

TEST(NaiveAsyncTest, TakesTheUpdateAsItIs) {
  const Plan plan = rule("naive_async")->decide({.rows = 1, .blocks = {{}, {}}});
  EXPECT_EQ(plan.blocks.size(), 2u);
  EXPECT_EQ(weight(plan), 1);
  EXPECT_FALSE(plan.blocks[0].toward);
  EXPECT_TRUE(rule("fed_async")->decide({.rows = 1, .blocks = {{}}}).blocks[0].toward);
}

TEST(ZenoppTest, TakesAShortUpdateThatAgreesAsItIs) {
  const Plan plan = rule("zenopp")->decide(beside(1, 1, 4));  // cos = 1 / 2
  EXPECT_EQ(weight(plan), 1);
  EXPECT_EQ(verdict(plan), Verdict::accepted);
}

TEST(ZenoppTest, CutsALongUpdateToTheTrustedRowsLength) {
  EXPECT_THAT(weight(rule("zenopp")->decide(beside(6, 36, 4))), FloatEq(1.0f / 3));  // √(4 / 36)
}

TEST(ZenoppTest, TurnsAnUpdateThatOpposesRoundAndShrinksItByTheCosine) {
  const Plan plan = rule("zenopp")->decide(beside(-6, 36, 4));  // cos = −1 / 2, clip = 1 / 3
  EXPECT_THAT(weight(plan), FloatEq(-1.0f / 6));
  EXPECT_EQ(verdict(plan), Verdict::opposes);
}

TEST(ZenoppTest, TheBoundaryItselfIsAccepted) {
  EXPECT_EQ(verdict(rule("zenopp", {{"eta", -0.5}})->decide(beside(-1, 1, 4))), Verdict::accepted);
  EXPECT_EQ(verdict(rule("zenopp", {{"eta", -0.5}})->decide(beside(-1 - 1e-9, 1, 4))), Verdict::opposes);
}

TEST(ZenoppTest, WithoutADirectionThereIsNoUpdateWhereZenoPSHasNaN) {
  EXPECT_EQ(weight(rule("zenopp")->decide(beside(0, 0, 4))), 0);
  EXPECT_EQ(weight(rule("zenopp")->decide(beside(0, 1, 0))), 0);
}

TEST(ZenoppTest, StaysFiniteForTheLargestFloats) {
  const double huge = 1e76;
  const Plan plan = rule("zenopp")->decide(beside(-1e38, huge, 1));
  EXPECT_TRUE(std::isfinite(weight(plan)));
}

TEST(ZenoppPaperTest, GivesTheUpdateTheTrustedLengthUpOrDown) {
  EXPECT_THAT(weight(rule("zenopp_paper")->decide(beside(1, 1, 4))), FloatEq(2));
  EXPECT_THAT(weight(rule("zenopp_paper")->decide(beside(6, 36, 4))), FloatEq(1.0f / 3));
}

TEST(ZenoppPaperTest, DropsWhatDoesNotMakeUpForItsLength) {
  // ⟨u, v⟩ = 2 · 0.5 = 1 in the trusted length, ρ ‖v‖² = 4 ρ.
  EXPECT_EQ(verdict(rule("zenopp_paper", {{"rho", 0.25}})->decide(beside(0.5, 1, 4))), Verdict::accepted);
  EXPECT_EQ(verdict(rule("zenopp_paper", {{"rho", 0.26}})->decide(beside(0.5, 1, 4))), Verdict::opposes);
  EXPECT_EQ(weight(rule("zenopp_paper", {{"rho", 0.26}})->decide(beside(0.5, 1, 4))), 0);
  EXPECT_EQ(verdict(rule("zenopp_paper", {{"rho", 0.26}, {"epsilon", 0.05}})->decide(beside(0.5, 1, 4))),
            Verdict::accepted);
}

Geometry of_sender(double rate, std::vector<double> rates, uint32_t accepted_ago = UINT32_MAX, size_t members = 4) {
  Geometry out{.rows = 1, .blocks = {{.squared_norms = {1}, .changes = {1}, .moves = {1}}}, .members = members};
  out.senders = {{rate, accepted_ago}};
  out.rates = std::move(rates);
  return out;
}

TEST(KardamTest, PassesTheSlowestNMinusF) {
  const auto kardam = rule("kardam", {{"f", 1}});
  EXPECT_EQ(weight(kardam->decide(of_sender(3, {1, 2, 3, 9}))), 1);
  EXPECT_EQ(weight(kardam->decide(of_sender(9, {1, 2, 3, 9}))), 0);
  EXPECT_EQ(verdict(kardam->decide(of_sender(9, {1, 2, 3, 9}))), Verdict::outlier);
}

TEST(KardamTest, TakesNobodyTwiceAmong2FPlus1) {
  const auto kardam = rule("kardam", {{"f", 1}});
  EXPECT_EQ(weight(kardam->decide(of_sender(1, {1, 2, 3, 9}, 1))), 0);
  EXPECT_EQ(weight(kardam->decide(of_sender(1, {1, 2, 3, 9}, 2))), 1);
}

TEST(KardamTest, AFirstUpdatePassesOnlyAsLongAsTooFewAreKnown) {
  const auto kardam = rule("kardam", {{"f", 1}});
  EXPECT_EQ(weight(kardam->decide(of_sender(-1, {1, 2}))), 1);
  EXPECT_EQ(weight(kardam->decide(of_sender(-1, {1, 2, 3}))), 0);
}

TEST(KardamTest, ARateThatIsNoNumberDoesNotPass) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(weight(rule("kardam", {{"f", 1}})->decide(of_sender(infinity, {1, 2, 3, infinity}))), 0);
}

TEST(AsyncCenteredClippingTest, MovesItsMeanByTheNthPartOfTheDifferenceAndNoFurtherThanTau) {
  // u at distance 2 of v, four workers.
  Geometry near{.rows = 1,
                .blocks = {{.squared_norms = {4}, .dots = {0}, .trusted_squared_norm = 0, .distances = {4}, .inner = {}}},
                .members = 4};
  const Plan whole = rule("async_centered_clipping", {{"tau", 10}})->decide(near);
  EXPECT_THAT(weight(whole), FloatEq(0.25f));
  EXPECT_THAT(whole.blocks[0].trusted_weight, FloatEq(0.75f));
  const Plan cut = rule("async_centered_clipping", {{"tau", 1}})->decide(near);
  EXPECT_THAT(weight(cut), FloatEq(0.125f));
  EXPECT_THAT(cut.blocks[0].trusted_weight, FloatEq(0.875f));
}

}  // namespace
}  // namespace zenops
