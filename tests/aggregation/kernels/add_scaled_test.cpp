#include <gtest/gtest.h>

#include <cmath>

#include "aggregation/plan.hpp"
#include "tests/aggregation/every_target.hpp"
#include "tests/aggregation/samples.hpp"

namespace zenops {
namespace {

TEST(AddScaledTest, RoundsOnceOnEveryTarget) {
  std::mt19937 random(1);
  for (const size_t size : {0, 1, 3, 15, 16, 17, 64, 1000}) {
    const auto start = normal_row(random, size), x = normal_row(random, size);
    std::vector<float> expected;
    for (size_t i = 0; i < size; ++i) expected.push_back(std::fma(-0.3f, x[i], start[i]));
    on_every_target([&] {
      auto y = start;
      add_scaled(y, -0.3f, x);
      EXPECT_EQ(bits(y), bits(expected)) << size;
    });
  }
}

TEST(AddScaledTest, KeepsTheDigitsThatASeparateProductWouldRoundAway) {
  on_every_target([] {
    std::vector<float> y(20, -1.0f);
    add_scaled(y, 1 + 0x1p-12f, std::vector<float>(20, 1 - 0x1p-12f));
    for (const float value : y) EXPECT_EQ(value, -0x1p-24f);
  });
}

}  // namespace
}  // namespace zenops
