#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/aggregation/rules/measured.hpp"
#include "tests/aggregation/samples.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::FloatEq;
using testing::FloatNear;

Floats rfa(const std::vector<Floats>& rows, std::vector<double> counts, const Parameters& given = {}) {
  Geometry geometry = measured(rows);
  geometry.counts = std::move(counts);
  return made(*rule("rfa", given), rows, geometry);
}

TEST(RfaTest, StandsWhereMoreThanHalfOfTheSamplesAre) {
  EXPECT_THAT(rfa({{0}, {10}, {20}}, {30, 10, 10}), ElementsAre(FloatNear(0, 1e-3f)));
  EXPECT_THAT(rfa({{0}, {10}, {20}}, {10, 10, 30}), ElementsAre(FloatNear(20, 1e-3f)));
  EXPECT_THAT(rfa({{0}, {10}, {20}}, {}), ElementsAre(FloatNear(10, 1e-3f)));
}

TEST(RfaTest, BeginsAtTheWeightedMeanAndTakesTheirStep) {
  // z = (2 · 0 + 6) / 3 = 2; β = 2 / 2, 1 / 4: z = (6 / 4) / (5 / 4).
  EXPECT_THAT(rfa({{0}, {6}}, {20, 10}, {{"iterations", 1}}), ElementsAre(FloatEq(1.2f)));
}

TEST(RfaTest, GoesOnWhereTheirFourStepsLeaveALongLieItsPull) {
  const std::vector<Floats> rows = {{1e30f}, {1}, {2}, {3}, {4}};
  EXPECT_GT(rfa(rows, {}, {{"iterations", 4}})[0], 1e20f);
  EXPECT_LE(rfa(rows, {})[0], 4);
}

TEST(RfaTest, LiesDoNotMoveItHoweverLongTheyAre) {
  std::mt19937 random(41);
  auto rows = normal_rows(random, 11, 30).rows;
  for (const size_t liar : {0, 3, 5, 9}) rows[liar] = Floats(30, 1e10f);
  const Floats far = rfa(rows, {});
  for (const size_t liar : {0, 3, 5, 9}) rows[liar] = Floats(30, 3e38f);
  const Floats farther = rfa(rows, {});
  for (size_t i = 0; i < 30; ++i) EXPECT_NEAR(far[i], farther[i], 1e-3);
}

TEST(RfaTest, ALiarThatClaimsAllTheSamplesDoesNotOwnTheResult) {
  std::vector<Floats> rows(12, Floats{1.0f});
  rows[5] = {-100};
  std::vector<double> counts(12, 50);
  counts[5] = 1e30;
  EXPECT_THAT(rfa(rows, counts), ElementsAre(FloatNear(1, 1e-3f)));
  EXPECT_THAT(rfa(rows, counts, {{"count_cap", 1e6}}), ElementsAre(FloatNear(-100, 1e-3f)));
}

}  // namespace
}  // namespace zenops
