#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/aggregation/rules/defaults.hpp"

namespace zenops {
namespace {

using testing::Each;
using testing::SizeIs;

Plan plan_for(size_t rows, const Parameters& given = {}) { return rule("phocas", given)->decide(only_rows(rows)); }

TEST(PhocasTest, TrimsWhatZenoPsTrims) {
  for (size_t n = 3; n <= 200; ++n) {
    const Plan plan = plan_for(n);
    EXPECT_EQ(plan.blocks[0].combine, Combine::nearest_mean);
    EXPECT_EQ(plan.blocks[0].trim, std::max<size_t>(1, n / 5)) << n;
    EXPECT_THAT(plan.blocks[0].verdicts, testing::AllOf(SizeIs(n), Each(Verdict::accepted)));
    EXPECT_EQ(plan.note, "");
  }
}

TEST(PhocasTest, KeepsTheTrimBelowHalfTheRowsWhateverTheRatio) {
  for (size_t n = 3; n <= 40; ++n) EXPECT_LT(2 * plan_for(n, {{"trim_ratio", 0.499}}).blocks[0].trim, n);
}

TEST(PhocasTest, SaysWhenItIsThePlainMean) {
  EXPECT_EQ(plan_for(1).note, "1 row: nothing to trim, plain mean");
  EXPECT_EQ(plan_for(2).note, "2 rows: nothing to trim, plain mean");
  EXPECT_THAT(plan_for(2).blocks[0].weights, testing::ElementsAre(0.5f, 0.5f));
}

TEST(PhocasTest, TrimsAsManyRowsAsThereAreLiarsOrAsItCan) {
  EXPECT_EQ(plan_for(15, {{"f", 7.0}}).blocks[0].trim, 7u);
  EXPECT_EQ(plan_for(6, {{"f", 3.0}}).blocks[0].trim, 2u);
  EXPECT_EQ(plan_for(6, {{"f", 3.0}}).note, "6 rows: trims 2 instead of f = 3");
}

TEST(PhocasTest, ObjectsToMoreLiarsThanItWithstands) {
  const Rules rules = Rules::standard();
  const RuleEntry& entry = *rules.find("phocas");
  EXPECT_EQ(entry.objection(defaults(entry, {{"f", 2.0}}), 4), "phocas needs n > 2f = 4, got n = 4");
  EXPECT_EQ(entry.objection(defaults(entry, {{"f", 2.0}}), 5), std::nullopt);
}

}  // namespace
}  // namespace zenops
