#include "aggregation/draws.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>
#include <set>

namespace zenops {
namespace {

std::vector<size_t> of_whole(uint64_t draw, size_t whole, uint32_t set, size_t count, uint32_t part = 0) {
  return drawn({.draw = draw, .part = part, .at = 0, .whole = whole}, whole, set, count);
}

TEST(DrawsTest, AreAsManyDifferentCoordinatesAsWereAskedForInOrder) {
  for (const size_t whole : {1, 2, 10, 97, 5000})
    for (const size_t count : {1, 3, 10, 96, 5000}) {
      const auto got = of_whole(7, whole, 0, count);
      ASSERT_EQ(got.size(), std::min(whole, count));
      ASSERT_EQ(std::set<size_t>(got.begin(), got.end()).size(), got.size());
      ASSERT_TRUE(std::ranges::is_sorted(got) && got.back() < whole);
    }
}

TEST(DrawsTest, AreTheSameHoweverTheWholeIsCut) {
  std::mt19937 random(1);
  for (const size_t whole : {1, 50, 4096, 100'003})
    for (const size_t count : {1, 7, 1000, 200'000}) {
      const auto expected = of_whole(3, whole, 2, count);
      std::vector<size_t> got;
      for (size_t at = 0; at < whole;) {
        const size_t size = std::min<size_t>(1 + random() % 3000, whole - at);
        for (const size_t i : drawn({.draw = 3, .at = at, .whole = whole}, size, 2, count)) got.push_back(at + i);
        at += size;
      }
      ASSERT_EQ(got, expected) << whole << " numbers, " << count << " drawn";
    }
}

TEST(DrawsTest, DependOnTheDrawTheSetAndTheBlock) {
  const auto first = of_whole(1, 10'000, 0, 50);
  EXPECT_NE(of_whole(2, 10'000, 0, 50), first);
  EXPECT_NE(of_whole(1, 10'000, 1, 50), first);
  EXPECT_NE(of_whole(1, 10'000, 0, 50, 1), first);
  EXPECT_NE(draw_of(1, 0, 5), draw_of(1, 1, 5));
  EXPECT_NE(draw_of(1, 0, 5), draw_of(1, 0, 6));
  EXPECT_NE(draw_of(1, 0, 5), draw_of(2, 0, 5));
}

TEST(DrawsTest, GiveEveryCoordinateTheSameChance) {
  constexpr size_t times = 20'000;
  // Stretches of 4 and 3, 2 and 1, 3 and 2, 1.
  for (const auto& [whole, count] : {std::pair<size_t, size_t>{23, 7}, {15, 10}, {15, 7}, {15, 15}}) {
    std::vector<double> seen(whole);
    for (uint64_t draw = 0; draw < times; ++draw)
      for (const size_t i : of_whole(draw * 0x9E3779B97F4A7C15u, whole, 0, count)) ++seen[i];
    const double chance = static_cast<double>(count) / static_cast<double>(whole);
    for (const double share : seen)
      EXPECT_NEAR(share / times, chance, 4.5 * std::sqrt(chance * (1 - chance) / times)) << count << " of " << whole;
  }
}

TEST(DrawsTest, ASegmentThatBelongsToNoWholeHasNone) { EXPECT_TRUE(drawn({.draw = 1}, 100, 0, 10).empty()); }

}  // namespace
}  // namespace zenops
