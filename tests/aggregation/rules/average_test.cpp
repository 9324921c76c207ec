#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/aggregation/rules/defaults.hpp"

namespace zenops {
namespace {

using testing::Each;
using testing::SizeIs;

TEST(AverageTest, WeighsEveryRowTheSameInEveryBlock) {
  const Plan plan = rule("average")->decide(only_rows(4, 3));
  ASSERT_THAT(plan.blocks, SizeIs(3));
  for (const BlockPlan& block : plan.blocks) {
    EXPECT_EQ(block.combine, Combine::weighted_sum);
    EXPECT_THAT(block.weights, testing::AllOf(SizeIs(4), Each(0.25f)));
    EXPECT_THAT(block.verdicts, testing::AllOf(SizeIs(4), Each(Verdict::accepted)));
  }
  EXPECT_EQ(plan.note, "");
}

}  // namespace
}  // namespace zenops
