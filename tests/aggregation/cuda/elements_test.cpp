#include "aggregation/cuda/elements.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "aggregation/plan.hpp"
#include "tests/aggregation/samples.hpp"

namespace zenops::cuda {
namespace {

TEST(CudaElementsTest, MajoritiesHaveTheProcessorsBits) {
  std::mt19937 random(1);
  constexpr size_t d = 200;
  for (const size_t n : {1, 2, 7, 130})
    for (const float step : {0.5f, -0.5f, 0.0f}) {
      Samples samples = awkward_rows(random, n, d);
      if (n == 7) samples.rows[3].assign(d, std::numeric_limits<float>::quiet_NaN());
      BlockPlan plan{.combine = Combine::majority};
      plan.step = step;
      std::vector<float> expected(d), out;
      combine(plan, samples.pointers, d, expected.data());
      for (size_t i = 0; i < d; ++i) {
        float votes = 0;
        for (const auto& row : samples.rows) votes = voted(votes, row[i]);
        out.push_back(decided(votes, step));
      }
      EXPECT_EQ(bits(out), bits(expected)) << n << " rows, step " << step;
    }
}

TEST(CudaElementsTest, NoiseHasTheProcessorsBitsAndLeavesNothingInfinite) {
  std::mt19937 random(2);
  constexpr size_t d = 200, at = 1001;
  const Samples samples = awkward_rows(random, 1, d);
  for (const float deviation : {1e-41f, 0.1f, 3e38f}) {
    BlockPlan plan{.weights = {1}};
    plan.noise = deviation;
    plan.noise_draw = 5;
    std::vector<float> expected(d), out;
    combine(plan, samples.pointers, nullptr, d, expected.data(), at);
    for (size_t i = 0; i < d; ++i)
      out.push_back(noisy(std::fma(1.0f, samples.rows[0][i], 0.0f), deviation, noise_at(5, at + i)));
    EXPECT_EQ(bits(out), bits(expected)) << deviation;
    for (const float x : out) EXPECT_TRUE(std::isfinite(x));
  }
  EXPECT_TRUE(std::isnan(noisy(NAN, 1, 1)));
}

}  // namespace
}  // namespace zenops::cuda
