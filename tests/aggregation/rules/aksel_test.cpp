#include <gmock/gmock.h>

#include "tests/aggregation/rules/made.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;

TEST(AkselTest, AveragesTheHalfNearestToTheMedian) {
  // Median (2, 2): squares of distances 2, 0, 1, 98, 18.
  const auto out = made("aksel", {{1, 1}, {2, 2}, {2, 3}, {9, 9}, {5, -1}});
  EXPECT_THAT(out.plan.weights, ElementsAre(1.0f / 3, 1.0f / 3, 1.0f / 3, 0, 0));
}

TEST(AkselTest, AveragesAllButTheLiarsThatWereDeclared) {
  const auto out = made("aksel", {{1, 1}, {2, 2}, {2, 3}, {9, 9}, {5, -1}}, {{"f", 1}});
  EXPECT_THAT(out.plan.weights, ElementsAre(0.25f, 0.25f, 0.25f, 0, 0.25f));
}

TEST(AkselTest, LeavesOutLiarsOfAnySize) {
  std::mt19937 random(1);
  for (const float lie : {3e38f, -1e20f, 5.0f}) {
    const auto rows = among_liars(random, 11, 5, std::vector<float>(60, 1), std::vector<float>(60, lie));
    for (size_t k = 6; k < 11; ++k) EXPECT_EQ(made("aksel", rows, {{"f", 5}}).plan.weights[k], 0) << lie;
  }
}

// Squares of the rows have no digit left of what tells them apart.
TEST(AkselTest, TellsRowsApartThatShareAnOffset) {
  auto at = [](float x) { return std::vector<float>(64, 1e4f + 0.01f * x); };
  const auto out = made("aksel", {at(0), at(1), at(-1), at(5), at(-6)});
  EXPECT_THAT(out.plan.weights, ElementsAre(1.0f / 3, 1.0f / 3, 1.0f / 3, 0, 0));
}

TEST(AkselTest, ObjectsToMoreLiarsThanItWithstandsAndToRowsMadeBeforeIt) {
  const Rules rules = Rules::standard();
  EXPECT_EQ(objection(rules, {{"aksel", {{"f", 2}}}}, 4), "aksel needs n ≥ 2f + 1 = 5, got n = 4");
  EXPECT_EQ(objection(rules, {{"aksel"}, {{.name = "clipping"}}}, 9),
            "aksel believes the median of the rows as they were sent and takes no pre-aggregator before it");
  EXPECT_EQ(passes(rules, {{"aksel"}}), 3);
}

}  // namespace
}  // namespace zenops
