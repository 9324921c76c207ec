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

TEST(CafTest, WithoutLiarsIsTheMean) {
  EXPECT_THAT(made(*rule("caf", {{"f", 0}}), {{1}, {2}, {30}}), ElementsAre(FloatEq(11)));
}

TEST(CafTest, WeighsDownByTheSquaredDistanceInTheDirectionOfTheLargestVariance) {
  // μ = 2, τ = 1, 1, 4: c = 3/4, 3/4, 0. Then μ = 1, and nothing varies.
  EXPECT_THAT(made(*rule("caf", {{"f", 1}}), {{1}, {1}, {4}}), ElementsAre(FloatEq(1)));
  // μ = 3, τ = 9, 4, 25: c = 16/25, 21/25, 0; then μ = (21 / 37), of less variance.
  EXPECT_THAT(made(*rule("caf", {{"f", 1}}), {{0}, {1}, {8}}), ElementsAre(FloatNear(21.0f / 37, 1e-6f)));
}

TEST(CafTest, KeepsTheMeanOfTheSmallestVarianceNotTheLast) {
  // μ = (0, 1), λ = 128 / 6 along x. The first two go at once; then μ = (0, 0), λ = 25 along y, and nobody stays.
  EXPECT_THAT(made(*rule("caf", {{"f", 2}}), {{8, 3}, {-8, 3}, {0, 5}, {0, 5}, {0, -5}, {0, -5}}),
              ElementsAre(FloatNear(0, 1e-6f), FloatNear(1, 1e-6f)));
}

TEST(CafTest, RowsThatAreAllTheSameStayWhatTheyAre) {
  EXPECT_THAT(made(*rule("caf", {{"f", 2}}), {{5, 7}, {5, 7}, {5, 7}, {5, 7}, {5, 7}}),
              ElementsAre(FloatEq(5), FloatEq(7)));
}

TEST(CafTest, LiesThatHideBehindALongerOneAreFoundWhenItIsGone) {
  std::mt19937 random(4);
  auto rows = normal_rows(random, 11, 20).rows;
  rows[2] = Floats(20, 3e38f);
  rows[5] = Floats(20, 1e15f);
  rows[8] = Floats(20, -30.0f);
  const Floats out = made(*rule("caf", {{"f", 3}}), rows);
  for (const float x : out) EXPECT_LT(std::abs(x), 2.5f);
}

TEST(CafTest, LiarsWhoSayTheSameOnBothSidesDoNotCancelEachOther) {
  std::vector<Floats> rows;
  for (int k = 0; k < 7; ++k) rows.push_back({static_cast<float>(k) / 7, 0});
  for (const float lie : {1e6f, 1e30f}) {
    auto all = rows;
    all.insert(all.end(), {{0, lie}, {0, -lie}, {0, lie}});
    const Floats out = made(*rule("caf", {{"f", 3}}), all);
    EXPECT_LE(std::abs(out[0]), 1);
    EXPECT_LE(std::abs(out[1]), 1) << lie;
  }
}

}  // namespace
}  // namespace zenops
