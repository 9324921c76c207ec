#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/aggregation/rules/defaults.hpp"

namespace zenops {
namespace {

using testing::Each;
using testing::SizeIs;

Plan plan_for(size_t rows, const Parameters& given = {}) { return rule("trimmed_mean", given)->decide(only_rows(rows)); }

TEST(TrimmedMeanTest, TrimsWhatZenoPsTrims) {
  for (size_t n = 5; n <= 200; ++n) {
    const Plan plan = plan_for(n);
    EXPECT_EQ(plan.blocks[0].combine, Combine::trimmed_mean);
    EXPECT_EQ(plan.blocks[0].trim, std::min<size_t>((n - 2) / 2, n / 5)) << n;
    EXPECT_THAT(plan.blocks[0].verdicts, testing::AllOf(SizeIs(n), Each(Verdict::accepted)));
    EXPECT_EQ(plan.note, "");
  }
}

TEST(TrimmedMeanTest, RoundsTheRatioAsZenoPsPythonDoes) {
  EXPECT_EQ(plan_for(15).blocks[0].trim, 3u);                          // int(0.2 * 15)
  EXPECT_EQ(plan_for(100, {{"trim_ratio", 0.29}}).blocks[0].trim, 28u);  // int(0.29 * 100), since 0.29 is below 29 / 100
}

TEST(TrimmedMeanTest, LeavesAtLeastTwoRowsWhateverTheRatio) {
  for (size_t n = 4; n <= 40; ++n) EXPECT_LE(2 * plan_for(n, {{"trim_ratio", 0.499}}).blocks[0].trim + 2, n);
}

TEST(TrimmedMeanTest, SaysWhenItIsThePlainMean) {
  for (size_t n = 1; n <= 4; ++n) {
    const Plan plan = plan_for(n);
    EXPECT_EQ(plan.blocks[0].combine, Combine::weighted_sum);
    EXPECT_THAT(plan.blocks[0].weights, testing::AllOf(SizeIs(n), Each(1 / static_cast<float>(n))));
    EXPECT_EQ(plan.note, std::to_string(n) + (n == 1 ? " row" : " rows") + ": nothing to trim, plain mean");
  }
}

TEST(TrimmedMeanTest, SaysNothingWhenThePlainMeanIsWhatWasAskedFor) {
  EXPECT_EQ(plan_for(7, {{"trim_ratio", 0.0}}).note, "");
  EXPECT_EQ(plan_for(7, {{"f", 0.0}}).note, "");
  EXPECT_THAT(plan_for(7, {{"f", 0.0}}).blocks[0].weights, SizeIs(7));
}

TEST(TrimmedMeanTest, TrimsAsManyRowsAsThereAreLiars) {
  EXPECT_EQ(plan_for(15, {{"f", 7.0}}).blocks[0].trim, 7u);
  EXPECT_EQ(plan_for(15, {{"f", 1.0}}).blocks[0].trim, 1u);
  EXPECT_EQ(plan_for(3, {{"f", 1.0}}).note, "");
}

TEST(TrimmedMeanTest, TrimsWhatItCanWhenTooFewRowsCame) {
  const Plan plan = plan_for(6, {{"f", 3.0}});
  EXPECT_EQ(plan.blocks[0].trim, 2u);
  EXPECT_EQ(plan.note, "6 rows: trims 2 instead of f = 3");
  EXPECT_EQ(plan_for(2, {{"f", 3.0}}).note, "2 rows: nothing to trim, plain mean");
}

TEST(TrimmedMeanTest, ObjectsToMoreLiarsThanItWithstands) {
  const Rules rules = Rules::standard();
  const RuleEntry& entry = *rules.find("trimmed_mean");
  EXPECT_EQ(entry.objection(defaults(entry, {{"f", 3.0}}), 5), "trimmed_mean needs n > 2f = 6, got n = 5");
  EXPECT_EQ(entry.objection(defaults(entry, {{"f", 3.0}}), 6), "trimmed_mean needs n > 2f = 6, got n = 6");
  EXPECT_EQ(entry.objection(defaults(entry, {{"f", 3.0}}), 7), std::nullopt);
}

}  // namespace
}  // namespace zenops
