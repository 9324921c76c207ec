#include <gtest/gtest.h>

#include "tests/attacks/lying.hpp"

namespace zenops {
namespace {

const RuleChoice krum{.rule = {.name = "krum", .parameters = {{"f", 3}}}};

TEST(FangTest, KrumChoosesTheLieWhichPointsAgainstTheMean) {
  const Rows rows = honest_rows(10, 80);
  const auto lie = lie_of("fang_krum", {}, rows, 3, krum);
  EXPECT_EQ(made_of(krum, rows, lie, 3), lie);
  for (size_t i = 0; i < 80; ++i) {
    EXPECT_EQ(std::abs(lie[i]), std::abs(lie[0]));
    EXPECT_LT(lie[i] * plain_mean(rows, i), 0);
  }
}

TEST(FangTest, KrumDoesNotChooseTwiceAsMuchUnlessThatIsThePapersBound) {
  const Rows rows = honest_rows(10, 80);
  auto lie = lie_of("fang_krum", {{"start", 64}}, rows, 3, krum);
  EXPECT_EQ(made_of(krum, rows, lie, 3), lie);
  for (float& x : lie) x *= 2;
  EXPECT_NE(made_of(krum, rows, lie, 3), lie);
}

TEST(FangTest, BeginsAtThePapersBound) {
  const Rows rows = honest_rows(10, 80);
  const auto lie = lie_of("fang_krum", {{"tries", 1}}, rows, 3, krum);
  double least = INFINITY, longest = 0;
  for (const auto& x : rows) {
    std::vector<double> squares;
    for (const auto& y : rows) squares.push_back(plain_distance(x, y) * plain_distance(x, y));
    std::ranges::sort(squares);
    double sum = 0;
    for (size_t k = 1; k <= 8; ++k) sum += squares[k];  // m − c − 2 of m = 13 and c = 3
    least = std::min(least, sum);
    longest = std::max(longest, plain_distance(x, std::vector<float>(80)));
  }
  EXPECT_NEAR(std::abs(lie[0]), std::sqrt(least / (6 * 80)) + longest / std::sqrt(80.0), 1e-5) << "m − 2c − 1 = 6";
}

TEST(FangTest, SendsTheLastItTriedToARuleThatReturnsNoRow) {
  const Rows rows = honest_rows(10, 80);
  EXPECT_EQ(std::abs(lie_of("fang_krum", {{"start", 8}, {"tries", 4}}, rows, 3)[0]), 1) << "8, 4, 2, 1";
}

TEST(FangTest, TrimmedLiesBeyondAllHonestNumbersAndNotTooFar) {
  const Rows rows = honest_rows(6, 500);
  const auto lie = lie_of("fang_trimmed", {}, rows, 2);
  double inside = 0;
  for (size_t i = 0; i < 500; ++i) {
    double least = INFINITY, most = -INFINITY;
    for (const auto& row : rows) {
      least = std::min<double>(least, row[i]);
      most = std::max<double>(most, row[i]);
    }
    const double edge = plain_mean(rows, i) > 0 ? least : most;
    const bool turns_away = plain_mean(rows, i) > 0 ? edge > 0 : edge < 0;
    const double limit = turns_away ? edge / 2 : edge * 2;
    EXPECT_GE(lie[i], std::min(edge, limit) - 1e-7);
    EXPECT_LE(lie[i], std::max(edge, limit) + 1e-7);
    inside += (lie[i] - edge) / (limit - edge) / 500;
  }
  EXPECT_NEAR(inside, 0.5, 0.06) << "drawn evenly";
}

TEST(FangTest, TrimmedDrawsAnewEachRound) {
  const Rows rows = honest_rows(6, 50);
  const RuleChoice rule{.rule = {.name = "median"}};
  EXPECT_EQ(lie_of("fang_trimmed", {}, rows, 2, rule, nullptr, 1), lie_of("fang_trimmed", {}, rows, 2, rule, nullptr, 1));
  EXPECT_NE(lie_of("fang_trimmed", {}, rows, 2, rule, nullptr, 1), lie_of("fang_trimmed", {}, rows, 2, rule, nullptr, 2));
}

TEST(FangTest, TrimmedMovesTheMedianAgainstTheMean) {
  const Rows rows = honest_rows(7, 200);
  const auto made = made_of({.rule = {.name = "median"}}, rows, lie_of("fang_trimmed", {}, rows, 3), 3);
  for (size_t i = 0; i < 200; ++i) {
    std::vector<float> column;
    for (const auto& row : rows) column.push_back(row[i]);
    std::ranges::nth_element(column, column.begin() + 3);
    if (plain_mean(rows, i) > 0)
      EXPECT_LE(made[i], column[3]);
    else
      EXPECT_GE(made[i], column[3]);
  }
}

}  // namespace
}  // namespace zenops
