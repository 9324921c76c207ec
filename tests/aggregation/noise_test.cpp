#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "aggregation/plan.hpp"

namespace zenops {
namespace {

TEST(NoiseTest, IsStandardNormal) {
  double mean = 0, square = 0, fourth = 0;
  constexpr size_t count = 200'000;
  for (size_t i = 0; i < count; ++i) {
    const double x = noise_at(42, i);
    mean += x / count;
    square += x * x / count;
    fourth += x * x * x * x / count;
  }
  EXPECT_NEAR(mean, 0, 0.01);
  EXPECT_NEAR(square, 1, 0.02);
  EXPECT_NEAR(fourth, 3, 0.15);
}

TEST(NoiseTest, DependsOnTheDrawAndThePlaceAlone) {
  BlockPlan plan{.weights = {1}};
  plan.noise = 0.5f;
  plan.noise_draw = 9;
  const std::vector<float> row(1000, 2.0f);
  const std::vector<const float*> rows = {row.data()};
  std::vector<float> whole(1000), cut(1000);
  combine(plan, rows, nullptr, 1000, whole.data(), 5);
  for (size_t at = 0; at < 1000; at += 125) combine(plan, rows, nullptr, 125, cut.data() + at, 5 + at);
  EXPECT_EQ(cut, whole);
  EXPECT_EQ(whole[10], 2.0f + 0.5f * noise_at(9, 15));
  EXPECT_NE(noise_at(9, 15), noise_at(9, 16));
  EXPECT_NE(noise_at(9, 15), noise_at(10, 15));
  EXPECT_NE(noise_at(9, 15), noise_at(9, (size_t{1} << 34) + 15));
}

TEST(NoiseTest, IsNotAddedWhereThereAreNoRows) {
  BlockPlan plan;
  plan.noise = 1;
  std::vector<float> out(3, 1);
  combine(plan, {}, nullptr, 3, out.data());
  EXPECT_THAT(out, testing::Each(0.0f));
}

}  // namespace
}  // namespace zenops
