#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "aggregation/rules/vertex_cover.hpp"
#include "tests/aggregation/rules/measured.hpp"
#include "tests/aggregation/samples.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

std::vector<size_t> kept(const Plan& plan) {
  std::vector<size_t> out;
  for (size_t k = 0; k < plan.blocks[0].verdicts.size(); ++k)
    if (plan.blocks[0].verdicts[k] == Verdict::accepted) out.push_back(k);
  return out;
}

double diameter(const Products& products, const std::vector<size_t>& rows) {
  double longest = 0;
  for (const size_t i : rows)
    for (const size_t j : rows) longest = std::max(longest, products.squared_distance(i, j));
  return longest;
}

TEST(MdaTest, AveragesTheRowsOfWhichNoTwoLieFarApart) {
  EXPECT_THAT(made(*rule("mda", {{"f", 2}}), {{100}, {1}, {2}, {6}, {-100}}), ElementsAre(3));
  EXPECT_THAT(made(*rule("mda", {{"f", 1}}), {{0}, {4}, {7}}), ElementsAre(5.5f));
}

// Rows 0 and 3 are 10 apart, 1 and 2 are 8: whichever of the first two goes, the diameter is 8. The next largest distance decides.
TEST(MdaTest, OfTheSameDiameterTakesTheOneWithTheShorterNextDistance) {
  const std::vector<Floats> rows = {{0, 5}, {-4, 0}, {4, 0}, {1, -4.9f}};
  EXPECT_THAT(kept(rule("mda", {{"f", 1}})->decide(measured(rows))), ElementsAre(0, 1, 2));
  const std::vector<Floats> turned = {{1, -4.9f}, {-4, 0}, {4, 0}, {0, 5}};
  EXPECT_THAT(kept(rule("mda", {{"f", 1}})->decide(measured(turned))), ElementsAre(1, 2, 3));
}

TEST(MdaTest, FindsTheDiameterThatTryingEverySubsetFinds) {
  std::mt19937 random(21);
  for (int draw = 0; draw < 300; ++draw) {
    const size_t n = 3 + random() % 10, f = 1 + random() % ((n - 1) / 2), d = 1 + random() % 4;
    auto rows = normal_rows(random, n, d).rows;
    if (draw % 3 == 0)  // many pairs exactly as far apart
      for (auto& row : rows)
        for (float& x : row) x = std::round(x);
    const Geometry geometry = measured(rows);
    double smallest = 1e300;
    for (uint32_t set = 0; set < 1u << n; ++set) {
      if (static_cast<size_t>(std::popcount(set)) != n - f) continue;
      std::vector<size_t> subset;
      for (size_t k = 0; k < n; ++k)
        if (set >> k & 1) subset.push_back(k);
      smallest = std::min(smallest, diameter(geometry.blocks[0], subset));
    }
    const auto chosen = kept(rule("mda", {{"f", static_cast<double>(f)}})->decide(geometry));
    ASSERT_EQ(chosen.size(), n - f);
    ASSERT_EQ(diameter(geometry.blocks[0], chosen), smallest) << "draw " << draw << ", n = " << n << ", f = " << f;
  }
}

TEST(MdaTest, LiarsTogetherDoNotPassForAMajority) {
  const std::vector<Floats> rows = {{50}, {50}, {50}, {1}, {2}, {3}, {4}};
  EXPECT_THAT(made(*rule("mda", {{"f", 3}}), rows), ElementsAre(2.5f));
}

// The most a liar gets: a row within the honest ones' diameter in place of one of theirs.
TEST(MdaTest, ALieThatStaysIsNoFartherFromTheHonestThanTheyAreFromEachOther) {
  std::mt19937 random(22);
  const auto honest = normal_rows(random, 9, 10).rows;
  std::vector<size_t> all(9);
  for (size_t k = 0; k < 9; ++k) all[k] = k;
  const double widest = diameter(measured(honest).blocks[0], all);
  for (const float lie : {0.5f, 1.0f, 1.5f, 2.0f, 5.0f, 1e38f}) {
    auto rows = honest;
    rows.insert(rows.end(), 4, Floats(10, lie));
    const Geometry geometry = measured(rows);
    EXPECT_LE(diameter(geometry.blocks[0], kept(rule("mda", {{"f", 4}})->decide(geometry))), widest) << lie;
  }
}

TEST(MdaTest, SaysBeforeTheStartWhatItCannotSearch) {
  const Rules rules = Rules::standard();
  const RuleEntry& mda = *rules.find("mda");
  EXPECT_EQ(mda.objection(defaults(mda, {{"f", 31}}), 64), std::nullopt);
  EXPECT_THAT(mda.objection(defaults(mda, {{"f", 99}}), 200),
              Optional(HasSubstr("mda withstands f ≤ 25 of n = 200 rows in a time that can be waited for, got f = 99")));
  // Each search of these is short enough; all of them are not.
  EXPECT_THAT(mda.objection(defaults(mda, {{"f", 48}}), 100), Optional(HasSubstr("mda withstands f ≤ 29 of n = 100 rows")));
  EXPECT_EQ(mda.objection(defaults(mda, {{"f", 29}}), 100), std::nullopt);
  for (const double f : {0, 1, 2}) EXPECT_EQ(mda.objection(defaults(mda, {{"f", f}}), 5000), std::nullopt) << f;
  EXPECT_THAT(mda.objection(defaults(mda), 200), Optional(HasSubstr("got f = 99, as many as n allows")));
  EXPECT_EQ(mda.objection(defaults(mda, {{"f", 99}}), 150), "mda needs n ≥ 2f + 1 = 199, got n = 150");
}

TEST(VertexCoverTest, GrowsAsLongAsEnoughVerticesAreLeft) {
  VertexCover cover(5, 2);
  EXPECT_TRUE(cover.add(0, 1));
  EXPECT_TRUE(cover.add(1, 2));
  EXPECT_TRUE(cover.add(3, 4));
  EXPECT_FALSE(cover.add(0, 2));  // a triangle takes two, and 3 – 4 one more
  EXPECT_TRUE(cover.add(1, 3));
  EXPECT_TRUE(cover.covers(1));
  EXPECT_TRUE(cover.covers(3) || cover.covers(4));
  EXPECT_FALSE(cover.settled());
}

TEST(VertexCoverTest, TakesTheNeighboursOfWhatIsKept) {
  VertexCover cover(6, 2);
  cover.keep(0);
  EXPECT_TRUE(cover.add(0, 1));
  EXPECT_TRUE(cover.add(0, 2));
  EXPECT_TRUE(cover.covers(1) && cover.covers(2));
  EXPECT_FALSE(cover.add(0, 3));
  EXPECT_FALSE(cover.add(4, 5));
  cover.keep(3);
  cover.keep(4);
  cover.keep(5);
  EXPECT_TRUE(cover.settled());
}

TEST(VertexCoverTest, DecidesLikeTryingEverySetOfVertices) {
  std::mt19937 random(23);
  for (int draw = 0; draw < 300; ++draw) {
    const size_t n = 4 + random() % 9, most = 1 + random() % (n - 2);
    VertexCover cover(n, most);
    std::vector<std::pair<size_t, size_t>> pairs, edges;
    for (size_t i = 0; i < n; ++i)
      for (size_t j = i + 1; j < n; ++j) pairs.emplace_back(i, j);
    std::ranges::shuffle(pairs, random);
    for (const auto& pair : pairs) {
      edges.push_back(pair);
      bool possible = false;
      for (uint32_t set = 0; set < 1u << n && !possible; ++set)
        possible = static_cast<size_t>(std::popcount(set)) <= most && std::ranges::all_of(edges, [&](const auto& e) {
                     return (set >> e.first & 1) != 0 || (set >> e.second & 1) != 0;
                   });
      ASSERT_EQ(cover.add(pair.first, pair.second), possible) << "draw " << draw;
      if (!possible) edges.pop_back();
      for (const auto& [i, j] : edges) ASSERT_TRUE(cover.covers(i) || cover.covers(j)) << "draw " << draw;
    }
  }
}

}  // namespace
}  // namespace zenops
