// What only a card can show. Each test skips itself where there is none.
#include "aggregation/cuda/accelerator.hpp"

#include <gtest/gtest.h>

#include "aggregation/cuda/device.hpp"
#include "tests/aggregation/samples.hpp"

namespace zenops::cuda {
namespace {

TEST(CudaAcceleratorTest, MeasuresAndCombinesWithTheProcessorsBits) {
  if (cards().empty()) GTEST_SKIP() << "no GPU: " << why_no_cards();
  std::mt19937 random(1);
  constexpr size_t n = 10, d = 65'536;  // worth the way
  const Samples samples = normal_rows(random, n, d);
  const auto accelerator = cuda::accelerator(0.1);
  for (int lane = 0; lane < 5; ++lane) {
    const auto workspace = accelerator->workspace();
    const auto ours = workspace->measure(samples.pointers, nullptr, d, true, false, false);
    ASSERT_TRUE(ours);
    EXPECT_EQ(ours->distances, zenops::measure(samples.pointers, nullptr, d, true).distances);
    BlockPlan plan{.combine = Combine::trimmed_mean};
    plan.trim = 2;
    std::vector<float> out(d), expected(d);
    ASSERT_TRUE(workspace->combine(plan, samples.pointers, nullptr, d, out.data()));
    zenops::combine(plan, samples.pointers, d, expected.data());
    EXPECT_EQ(bits(out), bits(expected));
  }
}

TEST(CudaAcceleratorTest, IsRefusedInOneLineWithoutACard) {
  if (!cards().empty()) GTEST_SKIP() << "there is a GPU";
  try {
    cuda::accelerator();
    FAIL() << "there is an accelerator without a card";
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), "no GPU: " + why_no_cards());
  }
}

}  // namespace
}  // namespace zenops::cuda
