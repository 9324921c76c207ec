#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "aggregation/rules/tightest.hpp"
#include "tests/aggregation/rules/measured.hpp"
#include "tests/aggregation/samples.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::FloatEq;
using testing::Optional;

TEST(SmeaTest, AveragesTheRowsThatVaryLeastWhereTheyVaryMost) {
  EXPECT_THAT(made(*rule("smea", {{"f", 2}}), {{100}, {1}, {2}, {6}, {-100}}), ElementsAre(FloatEq(3)));
}

// Σ x² = 24.02 and Σ y² = 18.01, so that one of those on the x axis goes. MDA sees only that two on the y axis lie farthest apart.
TEST(SmeaTest, LooksAtDirectionsNotAtPairs) {
  const std::vector<Floats> rows = {{0, 3}, {0, -3}, {2.5f, 0}, {-2.5f, 0}, {2.4f, 0}, {-2.4f, 0}, {0, 0.1f}};
  const Plan plan = rule("smea", {{"f", 1}})->decide(measured(rows));
  EXPECT_EQ(plan.blocks[0].verdicts[0], Verdict::accepted);
  EXPECT_EQ(plan.blocks[0].verdicts[1], Verdict::accepted);
  const Plan by_pairs = rule("mda", {{"f", 1}})->decide(measured(rows));
  EXPECT_NE(by_pairs.blocks[0].verdicts, plan.blocks[0].verdicts);
}

/// The largest eigenvalue of a scatter of 2-d rows, in closed form.
double scatter(const std::vector<Floats>& rows, uint32_t set) {
  double n = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;
  for (size_t k = 0; k < rows.size(); ++k)
    if (set >> k & 1) n += 1, x += rows[k][0], y += rows[k][1];
  for (size_t k = 0; k < rows.size(); ++k)
    if (set >> k & 1) {
      const double a = rows[k][0] - x / n, b = rows[k][1] - y / n;
      xx += a * a, xy += a * b, yy += b * b;
    }
  return (xx + yy) / 2 + std::hypot((xx - yy) / 2, xy);
}

TEST(SmeaTest, FindsTheEigenvalueThatTryingEverySubsetFinds) {
  std::mt19937 random(31);
  for (int draw = 0; draw < 200; ++draw) {
    const size_t n = 3 + random() % 10, m = n - 1 - random() % ((n - 1) / 2);
    auto rows = normal_rows(random, n, 2).rows;
    if (draw % 3 == 0) rows[0] = {1e19f, -1e19f};
    if (draw % 3 == 1) rows[0] = rows[n - 1];
    double smallest = 1e300;
    for (uint32_t set = 0; set < 1u << n; ++set)
      if (static_cast<size_t>(std::popcount(set)) == m) smallest = std::min(smallest, scatter(rows, set));
    const Products products = measured(rows).blocks[0];
    const Tightest tightest(products, m);
    ASSERT_EQ(tightest.rows().size(), m);
    ASSERT_NEAR(tightest.eigenvalue(), smallest, 1e-5 * smallest) << "draw " << draw << ", n = " << n << ", m = " << m;
  }
}

TEST(SmeaTest, OfRowsThatAreEqualTheEarlierCount) {
  const Plan plan = rule("smea", {{"f", 2}})->decide(measured({{9}, {1}, {9}, {9}, {9}}));
  EXPECT_THAT(plan.blocks[0].verdicts, ElementsAre(Verdict::accepted, Verdict::outlier, Verdict::accepted,
                                                   Verdict::accepted, Verdict::outlier));
}

TEST(SmeaTest, LiesFarAwayAreNeverAmongThem) {
  std::mt19937 random(32);
  for (const float lie : {1e38f, 1e10f, 20.0f}) {
    auto rows = normal_rows(random, 11, 15).rows;
    for (const size_t liar : {1, 4, 6, 7, 10}) rows[liar] = Floats(15, lie);
    const Plan plan = rule("smea", {{"f", 5}})->decide(measured(rows));
    for (const size_t liar : {1, 4, 6, 7, 10}) EXPECT_EQ(plan.blocks[0].verdicts[liar], Verdict::outlier) << lie;
  }
}

TEST(SmeaTest, SaysBeforeTheStartWhatItCannotSearch) {
  const Rules rules = Rules::standard();
  const RuleEntry& smea = *rules.find("smea");
  EXPECT_EQ(smea.objection(defaults(smea, {{"f", 5}}), 16), std::nullopt);
  EXPECT_EQ(smea.objection(defaults(smea, {{"f", 9}}), 20), std::nullopt);
  EXPECT_THAT(smea.objection(defaults(smea, {{"f", 8}}), 64),
              Optional(std::string("smea tries C(64, 8) = 4426165368 subsets, more than the 274658 that take about a second for "
                                   "a block; it withstands f ≤ 3 of so many rows")));
  EXPECT_NE(smea.objection(defaults(smea), 60'000), std::nullopt);
  EXPECT_EQ(smea.objection(defaults(smea, {{"f", 8}}), 16), "smea needs n ≥ 2f + 1 = 17, got n = 16");
}

}  // namespace
}  // namespace zenops
