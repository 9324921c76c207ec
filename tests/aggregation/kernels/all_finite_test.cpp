#include <gtest/gtest.h>

#include <limits>

#include "aggregation/plan.hpp"
#include "tests/aggregation/every_target.hpp"
#include "tests/aggregation/samples.hpp"

namespace zenops {
namespace {

using Limits = std::numeric_limits<float>;

TEST(AllFiniteTest, AcceptsEveryFiniteFloat) {
  std::mt19937 random(1);
  for (const size_t size : {0, 1, 15, 17, 64, 1000}) {
    auto values = awkward_rows(random, 1, size).rows[0];
    if (size > 2) {
      values[0] = Limits::max();
      values[size - 1] = Limits::lowest();
      values[size / 2] = -Limits::denorm_min();
    }
    on_every_target([&] { EXPECT_TRUE(all_finite(values)) << size; });
  }
}

TEST(AllFiniteTest, FindsOneBadValueWhereverItIs) {
  const float signalling = std::bit_cast<float>(0x7f800001u), negative = std::bit_cast<float>(0xffc00000u);
  on_every_target([&] {
    for (const float bad : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(), signalling, negative})
      for (const size_t size : {1, 15, 16, 17, 33, 100})
        for (size_t at = 0; at < size; ++at) {
          std::vector<float> values(size, -1.5f);
          values[at] = bad;
          ASSERT_FALSE(all_finite(values)) << bad << " at " << at << " of " << size;
        }
  });
}

}  // namespace
}  // namespace zenops
