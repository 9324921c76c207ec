#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/aggregation/rules/defaults.hpp"

namespace zenops {
namespace {

using testing::Each;
using testing::ElementsAre;

constexpr double kTrusted = 4;  // ‖v‖²

Geometry one_block(std::vector<double> dots, std::vector<double> squared_norms, double trusted = kTrusted) {
  const size_t rows = dots.size();
  return {.rows = rows, .blocks = {{std::move(squared_norms), std::move(dots), trusted}}};
}

TEST(ZenoTest, AveragesTheRowsThatAgreeAndAreNotTooLong) {
  const Plan plan = rule("zeno")->decide(one_block({3, -3, 3, 2}, {4, 4, 400, 1}));
  EXPECT_EQ(plan.blocks[0].combine, Combine::weighted_sum);
  EXPECT_THAT(plan.blocks[0].verdicts,
              ElementsAre(Verdict::accepted, Verdict::opposes, Verdict::too_long, Verdict::accepted));
  EXPECT_THAT(plan.blocks[0].weights, ElementsAre(0.5f, 0, 0, 0.5f));
  EXPECT_EQ(plan.note, "");
}

TEST(ZenoTest, RefusesExactlyAtTheBoundaryOfTheDotProduct) {
  for (const double eta : {-0.25, 0.0, 0.25}) {
    const double edge = eta * kTrusted;
    const Plan plan = rule("zeno", {{"eta", eta}})->decide(one_block({edge, std::nextafter(edge, 10)}, {1, 1}));
    EXPECT_THAT(plan.blocks[0].verdicts, ElementsAre(Verdict::opposes, Verdict::accepted)) << eta;
  }
}

TEST(ZenoTest, RefusesExactlyAtTheBoundaryOfTheNorm) {
  for (const double rho : {0.0, 0.5, 3.0}) {
    const double edge = (1 + rho) * kTrusted;
    const Plan plan = rule("zeno", {{"rho", rho}})->decide(one_block({1, 1}, {edge, std::nextafter(edge, 0)}));
    EXPECT_THAT(plan.blocks[0].verdicts, ElementsAre(Verdict::too_long, Verdict::accepted)) << rho;
  }
}

TEST(ZenoTest, SaysThatALongRowOpposesWhenItDoesBoth) {
  EXPECT_THAT(rule("zeno")->decide(one_block({-9}, {900})).blocks[0].verdicts, ElementsAre(Verdict::opposes));
}

TEST(ZenoTest, CountsARowOfZerosWhileEtaIsNegative) {
  EXPECT_THAT(rule("zeno")->decide(one_block({0, 3}, {0, 4})).blocks[0].weights, ElementsAre(0.5f, 0.5f));
  EXPECT_THAT(rule("zeno", {{"eta", 0.0}})->decide(one_block({0, 3}, {0, 4})).blocks[0].weights, ElementsAre(0, 1));
}

TEST(ZenoTest, AcceptsNothingBesideATrustedRowOfZeros) {
  const Plan plan = rule("zeno")->decide(one_block({0, 0}, {0, 1}, 0));
  EXPECT_THAT(plan.blocks[0].weights, Each(0.0f));
  EXPECT_EQ(plan.note, "no row accepted in 1 of 1 blocks");
}

TEST(ZenoTest, JudgesEveryBlockByItselfAndCountsThoseWithoutAnUpdate) {
  Geometry geometry = one_block({3}, {4});
  geometry.blocks.push_back({{4}, {-3}, kTrusted});
  geometry.blocks.push_back({{400}, {3}, kTrusted});
  const Plan plan = rule("zeno")->decide(geometry);
  EXPECT_THAT(plan.blocks[0].weights, ElementsAre(1));
  EXPECT_THAT(plan.blocks[1].verdicts, ElementsAre(Verdict::opposes));
  EXPECT_THAT(plan.blocks[2].verdicts, ElementsAre(Verdict::too_long));
  EXPECT_EQ(plan.note, "no row accepted in 2 of 3 blocks");
}

TEST(ZenoTest, RefusesWhatIsNotANumber) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  const Plan plan = rule("zeno")->decide(one_block({nan, 1, -infinity, infinity}, {1, nan, 1, infinity}));
  EXPECT_THAT(plan.blocks[0].verdicts,
              ElementsAre(Verdict::opposes, Verdict::too_long, Verdict::opposes, Verdict::too_long));
  EXPECT_THAT(rule("zeno")->decide(one_block({1}, {1}, nan)).blocks[0].verdicts, ElementsAre(Verdict::opposes));
}

TEST(ZenoTest, RefusesALiarMeasuredFromItsRow) {
  const std::vector<float> trusted = {1, 2, 2}, honest = {1, 2, 1}, flipped = {-10, -20, -20}, huge = {1e38f, 1e38f, 1e38f};
  const std::vector<const float*> rows = {honest.data(), flipped.data(), huge.data(), nullptr};
  const Plan plan = rule("zeno")->decide({.rows = 4, .blocks = {measure(rows, trusted.data(), 3)}});
  EXPECT_THAT(plan.blocks[0].verdicts,
              ElementsAre(Verdict::accepted, Verdict::opposes, Verdict::too_long, Verdict::accepted));
  std::vector<float> out(3);
  combine(plan.blocks[0], rows, 3, out.data());
  EXPECT_THAT(out, ElementsAre(0.5f, 1.0f, 0.5f));
}

}  // namespace
}  // namespace zenops
