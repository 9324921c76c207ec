#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/aggregation/rules/measured.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;

Floats monna(const std::vector<Floats>& rows, const Floats& trusted, double f) {
  return made(*rule("monna", {{"f", f}}), rows, measured(rows, trusted));
}

TEST(MonnaTest, AveragesTheNearestToTheTrustedRowWhichItselfIsNoneOfThem) {
  EXPECT_THAT(monna({{90}, {12}, {9}, {-90}, {15}}, {10}, 2), ElementsAre(12));
}

TEST(MonnaTest, TheTrustedRowDecidesWhereTheMajorityLies) {
  EXPECT_THAT(monna({{-8}, {-8}, {-8}, {1}, {1}}, {1}, 2), ElementsAre(testing::FloatEq(-2)));
}

TEST(MonnaTest, ARowGivenAsTheTrustedOneTooIsByzFLsPivot) {
  // ByzFL 1.0: MoNNA(f=1, idx=0) of [1, 2, 3], [4, 5, 6], [7, 8, 9] is [2.5, 3.5, 4.5].
  EXPECT_THAT(monna({{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}, {1, 2, 3}, 1), ElementsAre(2.5f, 3.5f, 4.5f));
}

TEST(MonnaTest, SeesWhoIsNearFarFromZero) {
  EXPECT_THAT(monna({{8193}, {8192}, {8191}, {8196}, {8187}}, {8192}, 2), ElementsAre(8192));
}

// A lie has to lie nearer to the trusted row than an honest one, or it does not count.
TEST(MonnaTest, NoLieIsFartherOutThanTheFarthestHonestRow) {
  for (const float lie : {1e38f, -1e20f, 14.0f, 7.0f, 10.0f}) {
    const Floats out = monna({{lie}, {lie}, {9}, {11}, {13}}, {10}, 2);
    EXPECT_GE(out[0], 7) << lie;
    EXPECT_LE(out[0], 13) << lie;
  }
}

}  // namespace
}  // namespace zenops
