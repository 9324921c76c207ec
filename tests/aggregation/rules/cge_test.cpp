#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/aggregation/rules/measured.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;

TEST(CgeTest, AveragesTheShortest) {
  const std::vector<Floats> rows = {{100, 0}, {0, 3}, {-6, 0}, {0, 9}, {0, -200}};
  EXPECT_THAT(made(*rule("cge", {{"f", 2}}), rows), ElementsAre(-2, 4));
  EXPECT_THAT(rule("cge", {{"f", 2}})->decide(measured(rows)).blocks[0].verdicts,
              ElementsAre(Verdict::outlier, Verdict::accepted, Verdict::accepted, Verdict::accepted, Verdict::outlier));
}

TEST(CgeTest, WithoutFLeavesOutAsManyAsItCanAndOfTheSameLengthTheLater) {
  EXPECT_THAT(made(*rule("cge"), {{1}, {-1}, {1}, {-1}, {1}}), ElementsAre(1.0f / 3));
  EXPECT_THAT(made(*rule("cge"), {{7}}), ElementsAre(7));
}

TEST(CgeTest, ALieIsNeverWorthMoreThanTheLongestHonestRow) {
  for (const float lie : {1e38f, -3e38f, 5.1f, 4.9f}) {
    const Floats out = made(*rule("cge", {{"f", 2}}), {{lie}, {lie}, {3}, {4}, {5}});
    EXPECT_LE(std::abs(out[0]), 5) << lie;
  }
}

// What it cannot see: the sentence of its catalogue line says so.
TEST(CgeTest, KeepsALieOfAnHonestLength) {
  EXPECT_THAT(made(*rule("cge", {{"f", 1}}), {{-3}, {6}, {6}}), ElementsAre(1.5f));
}

TEST(CgeTest, NeedsOneMoreHonestRowThanLiars) {
  const Rules rules = Rules::standard();
  EXPECT_EQ(rules.find("cge")->objection(defaults(*rules.find("cge"), {{"f", 2}}), 4), "cge needs n ≥ 2f + 1 = 5, got n = 4");
}

}  // namespace
}  // namespace zenops
