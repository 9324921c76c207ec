#include "attacks/honest_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace zenops {
namespace {

using Rows = std::vector<std::vector<float>>;

std::vector<std::span<const float>> spans(const Rows& rows) { return {rows.begin(), rows.end()}; }

TEST(HonestRowsTest, KnowsMeanAndDeviationOfEveryCoordinate) {
  const Rows rows = {{1, -2, 5}, {3, -2, 5}, {8, -5, 5}};
  const HonestRows honest(spans(rows));
  EXPECT_THAT(honest.mean(), testing::ElementsAre(4, -3, 5));
  EXPECT_THAT(honest.deviation(), testing::ElementsAre(std::sqrt(13.0f), std::sqrt(3.0f), 0)) << "of a sample: n − 1";
}

TEST(HonestRowsTest, HasTheNumbersOfThePlainFormulaBeyondOneTile) {
  Rows rows(7, std::vector<float>(1300));
  for (size_t k = 0; k < rows.size(); ++k)
    for (size_t i = 0; i < rows[k].size(); ++i) rows[k][i] = 0.1f * static_cast<float>((k * 31 + i * 17) % 101) - 3;
  const HonestRows honest(spans(rows));
  for (size_t i = 0; i < 1300; ++i) {
    double mean = 0, squares = 0;
    for (const auto& row : rows) mean += row[i] / 7.0;
    for (const auto& row : rows) squares += (row[i] - mean) * (row[i] - mean);
    ASSERT_FLOAT_EQ(honest.mean()[i], static_cast<float>(mean));
    ASSERT_FLOAT_EQ(honest.deviation()[i], static_cast<float>(std::sqrt(squares / 6)));
  }
}

TEST(HonestRowsTest, IsFiniteForAnyFiniteRows) {
  const float most = std::numeric_limits<float>::max(), least = std::numeric_limits<float>::denorm_min();
  const Rows rows = {{most, most, least, 0}, {most, -most, least, 0}};
  const HonestRows honest(spans(rows));
  EXPECT_THAT(honest.mean(), testing::ElementsAre(most, 0, least, 0));
  EXPECT_THAT(honest.deviation(), testing::ElementsAre(0, most, 0, 0)) << "√2 times the largest float is none";
}

TEST(HonestRowsTest, OneRowDeviatesFromNothingAndAnEmptyOneIsEmpty) {
  const Rows one = {{4, -1}}, empty = {{}, {}};
  EXPECT_THAT(HonestRows(spans(one)).deviation(), testing::ElementsAre(0, 0));
  EXPECT_EQ(HonestRows(spans(empty)).dimension(), 0u);
}

TEST(HonestRowsTest, HidesWhatIsAboveASight) {
  const Rows rows = {{1, 2}, {3, 4}};
  const HonestRows honest(spans(rows));
  const auto rule = [](auto) { return std::vector<float>(2); };
  for (const Sight sight : {Sight::nothing, Sight::statistics, Sight::rows, Sight::rule}) {
    const Knowledge known = honest.known(sight, 3, 7, rule);
    EXPECT_EQ(known.honest, 2u);
    EXPECT_EQ(known.liars, 3u);
    EXPECT_EQ(known.round, 7u);
    EXPECT_EQ(known.mean.empty(), sight < Sight::statistics);
    EXPECT_EQ(known.deviation.empty(), sight < Sight::statistics);
    EXPECT_EQ(known.rows.empty(), sight < Sight::rows);
    EXPECT_EQ(known.aggregate == nullptr, sight < Sight::rule);
  }
}

TEST(HonestRowsTest, ALieSeesNoMoreThanItsAttackDeclares) {
  const Rows rows = {{1, 2}, {3, 4}};
  const HonestRows honest(spans(rows));
  AttackEntry attack;
  attack.lie = Lie::collusion;
  attack.sees = Sight::statistics;
  attack.collude = [](const Knowledge& known, const Parameters&, AttackMemory&, Stream&, std::span<float> lie) {
    EXPECT_TRUE(known.rows.empty());
    EXPECT_FALSE(known.aggregate);
    std::ranges::copy(known.mean, lie.begin());
  };
  AttackMemory memory;
  Stream stream({1, Role::worker, UINT32_MAX, Purpose::noise, 1});
  const auto rule = [](auto) { return std::vector<float>(2); };
  EXPECT_THAT(lie(attack, {}, honest.known(Sight::rule, 1, 1, rule), memory, stream), testing::ElementsAre(2, 3));
}

}  // namespace
}  // namespace zenops
