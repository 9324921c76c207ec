#include <gmock/gmock.h>

#include "tests/aggregation/rules/made.hpp"

namespace zenops {
namespace {

using testing::Each;
using testing::ElementsAre;

TEST(SignSgdMajorityTest, MovesEachParameterByTheStepWhereMostRowsMoveIt) {
  const auto out = made("signsgd_majority", {{3, -1, 0, 1}, {0.1f, -200, 0, -1}, {-9, 5, 7, 0}}, {{"step", 0.25}});
  EXPECT_THAT(out.row, ElementsAre(0.25f, -0.25f, 0.25f, 0));
  EXPECT_THAT(out.plan.verdicts, Each(Verdict::accepted));
}

TEST(SignSgdMajorityTest, AMinorityOfLiarsTurnsNoSignOnWhichTheHonestAgree) {
  std::mt19937 random(1);
  auto rows = among_liars(random, 11, 5, std::vector<float>(50, 2), std::vector<float>(50, -3e38f));
  EXPECT_THAT(made("signsgd_majority", rows, {{"step", 1}}).row, Each(1.0f));
}

TEST(SignSgdMajorityTest, AStepOfZeroMovesNothing) {
  EXPECT_THAT(made("signsgd_majority", {{1, 2}}, {{"step", 0}}).row, Each(0.0f));
}

}  // namespace
}  // namespace zenops
