#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/aggregation/rules/measured.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::FloatEq;

TEST(NormClippingTest, CutsWhatIsLongerThanTheMedianRow) {
  EXPECT_THAT(made(*rule("norm_clipping"), {{1}, {-2}, {3}, {1000}, {-6}}), ElementsAre(FloatEq((1 - 2 + 3 + 3 - 3) / 5.0f)));
}

TEST(NormClippingTest, OfAnEvenNumberTakesTheShorterOfTheTwoInTheMiddle) {
  EXPECT_THAT(made(*rule("norm_clipping"), {{1}, {2}, {400}, {800}}), ElementsAre(FloatEq(7.0f / 4)));
}

TEST(NormClippingTest, TakesAnotherShareOrALengthOfYourOwn) {
  const std::vector<Floats> rows = {{1}, {2}, {4}, {8}};
  EXPECT_THAT(made(*rule("norm_clipping", {{"quantile", 0}}), rows), ElementsAre(1));
  EXPECT_THAT(made(*rule("norm_clipping", {{"quantile", 0.75}}), rows), ElementsAre(FloatEq(11.0f / 4)));
  EXPECT_THAT(made(*rule("norm_clipping", {{"quantile", 1}}), rows), ElementsAre(FloatEq(15.0f / 4)));
  EXPECT_THAT(made(*rule("norm_clipping", {{"tau", 5}}), rows), ElementsAre(FloatEq(12.0f / 4)));
}

TEST(NormClippingTest, NoLieMovesItByMoreThanTheMedianLengthOverN) {
  const std::vector<Floats> still = {{0, 0}, {0, 0}, {3, 4}, {5, 0}, {0, 5}, {4, 3}, {-3, 4}};
  const Floats before = made(*rule("norm_clipping"), still);
  for (const float lie : {1e38f, -1e38f, 1e20f, 6.0f}) {
    auto rows = still;
    rows[0] = rows[1] = {lie, lie};
    const Floats after = made(*rule("norm_clipping"), rows);
    EXPECT_LE(std::hypot(after[0] - before[0], after[1] - before[1]), 2 * 5.0f / 7 * 1.0001f) << lie;
  }
}

TEST(NormClippingTest, WeighsByTheSamples) {
  const std::vector<Floats> rows = {{1}, {1}, {-50}};
  Geometry geometry = measured(rows);
  geometry.counts = {10, 10, 20};
  EXPECT_THAT(made(*rule("norm_clipping", {{"weighted", 1}}), rows, geometry), ElementsAre(testing::FloatNear(0, 1e-6f)));
  EXPECT_THAT(made(*rule("norm_clipping"), rows, geometry), ElementsAre(FloatEq(1.0f / 3)));
}

}  // namespace
}  // namespace zenops
