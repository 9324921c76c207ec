#include "aggregation/measuring.hpp"

#include <gmock/gmock.h>

#include <cfloat>
#include <cmath>

#include "aggregation/plan.hpp"
#include "tests/aggregation/every_target.hpp"
#include "tests/aggregation/samples.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;

TEST(MeasuringTest, CountsSignsAndSeesDenormalNumbersAsTheyAre) {
  std::mt19937 random(1);
  for (const size_t size : {0, 1, 15, 17, 1024, 1025, 3000}) {
    const Samples samples = awkward_rows(random, 3, size);
    on_every_target([&] {
      const Products products = measure(samples.pointers, nullptr, size, false, true);
      for (size_t k = 0; k < 3; ++k) {
        EXPECT_EQ(products.positives[k], std::ranges::count_if(samples.rows[k], [](float x) { return x > 0; })) << size;
        EXPECT_EQ(products.negatives[k], std::ranges::count_if(samples.rows[k], [](float x) { return x < 0; })) << size;
      }
    });
  }
}

TEST(MeasuringTest, MeasuresTheGapToTheTrustedRowDirectlyWithTheBitsOfTheTable) {
  std::mt19937 random(2);
  for (const size_t size : {1, 15, 16, 1024, 1025, 3000}) {
    Samples samples = normal_rows(random, 3, size);
    for (auto& row : samples.rows)
      for (float& x : row) x = 1e4f + 1e-3f * x;  // norms and dot products have no digit of it left
    const auto trusted = samples.rows[2];
    samples.pointers.push_back(nullptr);
    on_every_target([&] {
      const Products table = measure(samples.pointers, trusted.data(), size, true);
      const Products gaps = measure(samples.pointers, trusted.data(), size, false, false, true);
      for (size_t k = 0; k < 4; ++k) EXPECT_NEAR(gaps.gaps[k], table.squared_distance(k, 4), 1e-6 * table.squared_distance(k, 4));
      EXPECT_EQ(gaps.gaps[2], 0);
    });
  }
}

TEST(MeasuringTest, AGapOfTheLargestFloatsIsFinite) {
  const Samples samples({std::vector<float>(40, 3e38f)});
  const std::vector<float> trusted(40, -3e38f);
  const Products products = measure(samples.pointers, trusted.data(), 40, false, false, true);
  EXPECT_NEAR(products.gaps[0] / (40 * 36e76), 1, 1e-6);
}

TEST(MeasuringTest, TheMedianThatIsBelievedIsThatOfTheRowsThatMayEnter) {
  const Samples samples({{1, 5}, {2, 6}, {4, 7}, {100, 100}});
  const auto few = std::span(samples.pointers).first(3);
  const Products products =
      measured({.trusted = Trust::median, .gaps = true}, {.rows = samples.pointers, .size = 2, .central = few});
  EXPECT_EQ(products.trusted_squared_norm, 4 + 36);
  EXPECT_THAT(products.gaps, ElementsAre(2, 0, 5, 98 * 98 + 94 * 94));
  const Products nobody = measured({.trusted = Trust::median, .gaps = true}, {.rows = samples.pointers, .size = 2});
  EXPECT_EQ(nobody.gaps[0], 26) << "of no rows it is zero";
}

TEST(MeasuringTest, SumsAreWithTheRowThatCame) {
  const Samples rows({{1, 1}, {2, 0}}), sums({{3, 0}});
  const std::vector<const float*> before = {nullptr, sums.rows[0].data()};
  const Products products = measured({.sums = true}, {.rows = rows.pointers, .size = 2, .sums = before});
  EXPECT_TRUE(products.squared_norms.empty());
  EXPECT_THAT(products.sums[0].squared_norms, ElementsAre(2, 25));
  EXPECT_EQ(products.sums[0].dot(0, 1), 5);
}

TEST(MeasuringTest, ASumOfLiesStaysFinite) {
  std::vector<float> sum = {FLT_MAX, -FLT_MAX, FLT_MAX, 1};
  add_saturated(sum, std::vector<float>{FLT_MAX, -FLT_MAX, -FLT_MAX, 2});
  EXPECT_THAT(sum, ElementsAre(FLT_MAX, -FLT_MAX, 0, 3));
}

TEST(MeasuringTest, DrawnCoordinatesAloneAreRead) {
  std::mt19937 random(3);
  Samples samples = normal_rows(random, 4, 2000);
  const Needs needs{.draws = {.sets = 2, .size = 50}};
  const Place place{.draw = 5, .part = 1, .at = 3000, .whole = 9000};
  const Products before = measured(needs, {.rows = samples.pointers, .size = 2000, .place = place});
  ASSERT_EQ(before.draws.size(), 2u);
  for (uint32_t set = 0; set < 2; ++set) {
    const auto coordinates = drawn(place, 2000, set, 50);
    EXPECT_NEAR(static_cast<double>(coordinates.size()), 50.0 * 2 / 9, 2);
    double expected = 0;
    for (const size_t i : coordinates) expected += std::pow(double{samples.rows[0][i]} - samples.rows[3][i], 2);
    EXPECT_NEAR(before.draws[set].squared_distance(0, 3), expected, 1e-5 * expected);
  }
}

TEST(MeasuringTest, WhatIsKnownOfSomeRowsIsWhatMeasuringThemAloneSays) {
  std::mt19937 random(4);
  const Samples samples = normal_rows(random, 5, 300);
  const Needs needs{.trusted = Trust::validator, .signs = true, .gaps = true, .sums = true, .draws = {.sets = 1, .size = 40}};
  const auto of = [&](std::vector<const float*> rows) {
    return measured(needs, {.rows = rows, .size = 300, .trusted = samples.rows[4].data(), .place = {.whole = 300}});
  };
  const auto& r = samples.pointers;
  const std::vector<size_t> chosen = {0, 2, 3};
  const Products some = of(samples.pointers).of(chosen), alone = of({r[0], r[2], r[3]});
  EXPECT_EQ(some.squared_norms, alone.squared_norms);
  EXPECT_EQ(some.gaps, alone.gaps);
  EXPECT_EQ(some.positives, alone.positives);
  EXPECT_EQ(some.sums[0].distances, alone.sums[0].distances);
  EXPECT_EQ(some.draws[0].inner, alone.draws[0].inner);
}

}  // namespace
}  // namespace zenops
