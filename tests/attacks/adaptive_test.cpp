#include <gtest/gtest.h>

#include "aggregation/geometry.hpp"
#include "tests/attacks/lying.hpp"

namespace zenops {
namespace {

/// How many honest rows nnm mixes with all of the lies.
size_t rows_that_hold_all(const Rows& honest, const std::vector<float>& lie, size_t liars) {
  const Rules rules = Rules::standard();
  const PreAggregatorEntry& entry = *rules.find_pre_aggregator("nnm");
  std::vector<const float*> rows;
  for (const auto& row : honest) rows.push_back(row.data());
  rows.insert(rows.end(), liars, lie.data());
  const Products products = measure(rows, nullptr, lie.size(), true);
  const Geometry geometry{.rows = rows.size(), .blocks = {products}};
  const Mix mix = entry.make({{"f", static_cast<double>(liars)}})->decide(products, geometry);
  size_t count = 0;
  for (size_t i = 0; i < honest.size(); ++i) {
    size_t held = 0;
    for (const Term& term : mix[i]) held += term.row >= honest.size();
    count += held == liars;
  }
  return count;
}

std::vector<float> stretched(const Rows& rows, const std::vector<float>& lie, double factor) {
  std::vector<float> out;
  for (size_t i = 0; i < lie.size(); ++i) out.push_back(static_cast<float>(plain_mean(rows, i) + factor * (lie[i] - plain_mean(rows, i))));
  return out;
}

TEST(AdaptiveNnmTest, IsMixedIntoEveryHonestRowAndWouldNotBeWithOnePercentMore) {
  for (const int direction : {0, 1, 2})
    for (const size_t liars : {1, 3, 4}) {
      const Rows rows = honest_rows(10, 300, liars);
      const auto lie = lie_of("adaptive_nnm", {{"direction", direction}}, rows, liars);
      EXPECT_GT(plain_distance(lie, mean_row(rows)), 0.01);
      EXPECT_EQ(rows_that_hold_all(rows, lie, liars), 10u) << liars << " liars, direction " << direction;
      EXPECT_LT(rows_that_hold_all(rows, stretched(rows, lie, 1.01), liars), 10u);
    }
}

TEST(AdaptiveNnmTest, GivesUpAnOutlierForTheOthers) {
  Rows rows = honest_rows(9, 300);
  for (float& x : rows[4]) x += 100;  // nothing is near it that is near the others, not even the mean
  const auto lie = lie_of("adaptive_nnm", {{"direction", 2}}, rows, 2);
  EXPECT_GE(rows_that_hold_all(rows, lie, 2), 5u);
}

TEST(AdaptiveNnmTest, MovesTheResultAgainstTheMeanFurtherThanASmallLieOrALargeOne) {
  const Rows rows = honest_rows(10, 300);
  const RuleChoice rule{.rule = {.name = "trimmed_mean", .parameters = {{"f", 3}}}, .pre = {{.name = "nnm"}}};
  const auto lie = lie_of("adaptive_nnm", {}, rows, 3);
  EXPECT_GT(harm(rule, rows, lie, 3), harm(rule, rows, stretched(rows, lie, 0.5), 3));
  EXPECT_GT(harm(rule, rows, lie, 3), harm(rule, rows, stretched(rows, lie, 20), 3));
}

class AdaptiveZenoTest : public testing::Test {
 protected:
  /// Whether zeno, which trusts `v`, takes the lie.
  static bool accepts(const Rows& rows, const std::vector<float>& lie, std::span<const float> v, Parameters parameters = {}) {
    auto all = spans(rows);
    all.push_back(lie);
    const auto made = aggregate(Rules::standard(), {.rule = {.name = "zeno", .parameters = std::move(parameters)}}, all,
                                {.shards = 1, .pool = nullptr, .trusted = v});
    return made.value().plan.verdicts.back() == Verdict::accepted;
  }
};

TEST_F(AdaptiveZenoTest, IsAcceptedAndMakesNoProgressAndWouldNotBeFurtherOut) {
  const Rows rows = honest_rows(6, 400);
  const auto v = mean_row(rows);
  const auto lie = lie_of("adaptive_zeno", {{"margin", 0.001}}, rows, 2);
  double progress = 0, square = 0, length = 0;
  for (size_t i = 0; i < v.size(); ++i) {
    progress += double{lie[i]} * v[i];
    square += double{v[i]} * v[i];
    length += double{lie[i]} * lie[i];
  }
  EXPECT_TRUE(accepts(rows, lie, v));
  EXPECT_NEAR(progress / square, 0, 1e-5) << "η + margin";
  EXPECT_NEAR(length / square, 1.6 * 0.999, 1e-4);
  auto longer = lie, back = lie;
  for (size_t i = 0; i < v.size(); ++i) {
    longer[i] *= 1.001f;
    back[i] -= 0.002f * v[i];
  }
  EXPECT_FALSE(accepts(rows, longer, v));
  EXPECT_FALSE(accepts(rows, back, v));
}

TEST_F(AdaptiveZenoTest, FollowsZenosParameters) {
  const Rows rows = honest_rows(6, 400);
  const Parameters zeno = {{"eta", 0.3}, {"rho", 2}};
  EXPECT_TRUE(accepts(rows, lie_of("adaptive_zeno", zeno, rows, 2), mean_row(rows), zeno));
  EXPECT_FALSE(accepts(rows, lie_of("adaptive_zeno", {{"rho", 2}}, rows, 2), mean_row(rows), zeno)) << "it thinks of another eta";
}

TEST_F(AdaptiveZenoTest, HasADirectionWithoutDeviationAndNoneInOneDimension) {
  const Rows same(4, {1, -2, 3, 1}), one(3, {2});
  EXPECT_TRUE(accepts(same, lie_of("adaptive_zeno", {}, same, 1), same[0]));
  EXPECT_NEAR(plain_distance(lie_of("adaptive_zeno", {}, same, 1), std::vector<float>(4)), std::sqrt(15 * 1.6 * 0.99), 1e-4);
  EXPECT_NEAR(lie_of("adaptive_zeno", {}, one, 1)[0], 2 * 0.009, 1e-6);
  EXPECT_EQ(lie_of("adaptive_zeno", {}, {{0, 0}, {0, 0}}, 1), (std::vector<float>{0, 0})) << "a mean of zero, of which zeno takes nothing";
}

}  // namespace
}  // namespace zenops
