#include <gmock/gmock.h>

#include "aggregation/draws.hpp"
#include "tests/aggregation/rules/made.hpp"

namespace zenops {
namespace {

using testing::Each;

TEST(DncTest, LeavesOutThoseWhoStandOutTogetherInSomeCoordinates) {
  std::mt19937 random(1);
  std::vector<float> direction(400, 0.1f), lie = direction;
  for (size_t i = 0; i < 400; i += 4) lie[i] += 1;  // no longer than an honest row
  const auto rows = among_liars(random, 12, 3, direction, lie);
  for (const double r : {10'000.0, 60.0}) {
    const auto out = made("dnc", rows, {{"f", 3}, {"r", r}, {"iterations", 3}});
    for (size_t k = 9; k < 12; ++k) EXPECT_EQ(out.plan.weights[k], 0) << "liar " << k << ", r = " << r;
  }
}

TEST(DncTest, LeavesOutAsManyAsCTimesF) {
  std::mt19937 random(2);
  const auto rows = normal_rows(random, 13, 50).rows;
  for (const auto& [c, left] : {std::pair(1.0, 10), {1.5, 9}, {0.0, 13}, {1000.0, 1}}) {
    const auto out = made("dnc", rows, {{"f", 3}, {"c", c}});
    EXPECT_EQ(std::ranges::count(out.plan.verdicts, Verdict::accepted), left) << c;
  }
}

TEST(DncTest, WhereNoRowIsGoodEveryTimeNothingIsAddedAndTheNoteSaysSo) {
  std::mt19937 random(3);
  const auto out = made("dnc", normal_rows(random, 9, 300).rows, {{"f", 4}, {"c", 2}, {"r", 5}, {"iterations", 50}});
  EXPECT_THAT(out.row, Each(0.0f));
  EXPECT_EQ(out.note, "no row accepted in 1 of 1 blocks");
}

TEST(DncTest, OfRowsThatDoNotDifferWhereTheyAreLookedAtKeepsTheEarlier) {
  std::mt19937 random(6);
  auto rows = normal_rows(random, 9, 40).rows;
  const AggregateOptions options{.seed = 3};
  for (const size_t i : drawn({.draw = 3, .whole = 40}, 40, 0, 4))
    for (auto& row : rows) row[i] = 0.1f;
  const auto out = made("dnc", rows, {{"f", 2}, {"r", 4}}, options);
  for (size_t k = 0; k < 9; ++k) EXPECT_EQ(out.plan.weights[k] != 0, k < 7) << k;
}

TEST(DncTest, HasTheSameBitsHoweverItsCoordinatesAreCutAndOthersForAnotherDraw) {
  std::mt19937 random(4);
  const auto rows = normal_rows(random, 11, 70'001).rows;
  const Parameters given = {{"f", 2}, {"r", 300}, {"iterations", 2}};
  const auto expected = made("dnc", rows, given);
  for (const uint32_t shards : {2u, 3u, 7u}) EXPECT_EQ(made("dnc", rows, given, {.shards = shards}).row, expected.row);
  size_t others = 0;
  for (uint64_t seed = 2; seed < 12; ++seed) others += made("dnc", rows, given, {.seed = seed}).row != expected.row;
  EXPECT_GT(others, 0u);
}

TEST(DncTest, ReadsNoRowBeforeItCombinesThem) {
  std::mt19937 random(5);
  const auto rows = normal_rows(random, 5, 1000).rows;
  EXPECT_EQ(made("dnc", rows, {{"f", 1}, {"r", 10}}).bytes_read, 4u * 1000 * sizeof(float));
  EXPECT_EQ(passes(Rules::standard(), {{"dnc"}}), 1);
}

TEST(DncTest, AfterBucketsLooksAtDrawnCoordinatesAlone) {
  const RuleChoice choice{{"dnc"}, {{"bucketing"}}};
  EXPECT_FALSE(make_rule(Rules::standard(), choice)->needs().lengths());
  EXPECT_EQ(passes(Rules::standard(), choice), 1);
}

}  // namespace
}  // namespace zenops
