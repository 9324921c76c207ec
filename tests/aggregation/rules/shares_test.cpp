#include "aggregation/rules/shares.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/aggregation/rules/measured.hpp"

namespace zenops {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::FloatEq;

constexpr double kInf = std::numeric_limits<double>::infinity(), kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<double> shares(std::vector<double> counts, double weighted = 1, double cap = 4) {
  return Shares({{"weighted", weighted}, {"count_cap", cap}}).of({.rows = counts.size(), .counts = counts});
}

TEST(SharesTest, AreTheCountsOverTheirMedian) { EXPECT_THAT(shares({10, 40, 20}), ElementsAre(0.5, 2, 1)); }

TEST(SharesTest, AreAllTheSameUnlessTheyAreToBeWeighted) { EXPECT_THAT(shares({10, 40, 20}, 0), Each(1)); }

TEST(SharesTest, NobodyCountsForMoreThanTheCap) {
  for (const double claim : {1e30, 1e308, kInf}) EXPECT_THAT(shares({10, claim, 20, 5}), ElementsAre(1, 4, 2, 0.5)) << claim;
}

TEST(SharesTest, AreNumbersWhereMostCountsAreInfinite) {
  EXPECT_THAT(shares({kInf, 10, kInf, 0, kInf}), ElementsAre(1, testing::DoubleNear(0, 1e-300), 1, 0, 1));
  EXPECT_THAT(shares({kInf, kInf}), Each(1));
  EXPECT_THAT(shares({5e-324, kInf, 5e-324}), ElementsAre(1, 4, 1));
}

TEST(SharesTest, ACountThatIsNoneCountsForNothing) {
  EXPECT_THAT(shares({kNan, 10, 0, -7, 20}), ElementsAre(0, 1, 0, 0, 2));
}

TEST(SharesTest, WithoutAnyCountAllCountTheSame) {
  EXPECT_THAT(shares({0, kNan, -1}), Each(1));
  EXPECT_THAT(Shares({{"count_cap", 4}}).of({.rows = 3}), ElementsAre(1, 1, 1));
}

TEST(SharesTest, AFewHoldLessThanHalfWhateverTheyClaim) {
  const size_t n = 21, f = 2;  // f < n / (2 (1 + 4))
  std::vector<double> counts;
  for (size_t k = 0; k < n; ++k) counts.push_back(k < f ? 1e30 : k < n / 2 + f ? 1 : 7);
  double liars = 0, all = 0;
  const auto held = shares(counts);
  for (size_t k = 0; k < n; ++k) {
    all += held[k];
    if (k < f) liars += held[k];
  }
  EXPECT_LT(liars, all / 2);
}

TEST(SharesTest, AmongThoseWhoCountForNothingAllCountTheSame) {
  const std::vector<size_t> chosen = {0, 2};
  EXPECT_THAT(among(chosen, std::vector<double>{0, 5, 0}), ElementsAre(0.5, 0, 0.5));
  EXPECT_THAT(among(chosen, std::vector<double>{1, 5, 3}), ElementsAre(0.25, 0, 0.75));
}

TEST(SharesTest, WeighTheMeanOfWhatARuleHasChosen) {
  const std::vector<Floats> rows = {{0}, {8}, {900}, {4}, {6}};
  Geometry geometry = measured(rows, {5});
  geometry.counts = {10, 30, 40, 10, 10};
  for (const std::string name : {"mda", "smea", "cge", "monna"})
    EXPECT_THAT(made(*rule(name, {{"f", 1}, {"weighted", 1}}), rows, geometry), ElementsAre(FloatEq(340.0f / 60))) << name;
  // Krum's three are 4, 6 and 8.
  EXPECT_THAT(made(*rule("multi_krum", {{"f", 1}, {"weighted", 1}, {"m", 3}}), rows, geometry),
              ElementsAre(FloatEq(340.0f / 50)));
}

}  // namespace
}  // namespace zenops
