// What a card does for a shard: also on one that the processor plays. Each test skips itself where there is neither.
#include "aggregation/cuda/accelerator.hpp"

#include <gtest/gtest.h>

#include "aggregation/cuda/device.hpp"
#include "aggregation/server_optimizer.hpp"
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

TEST(CudaAcceleratorTest, StepsWithTheProcessorsBitsRoundAfterRound) {
  if (cards().empty()) GTEST_SKIP() << "no GPU: " << why_no_cards();
  std::mt19937 random(2);
  constexpr size_t n = 5, d = 65'536;  // worth the way
  constexpr float scale = 0.7f;
  BlockPlan plan{.combine = Combine::trimmed_mean};
  plan.trim = 1;
  const auto accelerator = cuda::accelerator(0.1);
  using Kind = ServerOptions::Kind;
  for (const Kind kind : {Kind::sgd, Kind::momentum, Kind::adam, Kind::yogi, Kind::adagrad}) {
    const ServerOptimizer optimizer({.kind = kind, .lr = 0.3f});
    const auto residence = accelerator->residence(d);
    std::vector<float> weights = normal_row(random, d), moments[2];
    for (size_t k = 0; k < optimizer.moments(); ++k) moments[k].assign(d, optimizer.initial(k));
    for (uint64_t version = 1; version < 4; ++version) {
      const Samples samples = normal_rows(random, n, d);
      std::vector<float> out(d), made(d), change(d);
      Stepping stepping{.optimizer = optimizer.options(), .scale = scale, .before = version, .after = version + 1,
                        .weights = weights, .out = out};
      if (version == 1) stepping.moments = {moments[0], moments[1]};
      ASSERT_TRUE(residence->workspace()->step(plan, samples.pointers, nullptr, stepping));
      zenops::combine(plan, samples.pointers, d, made.data());
      add_scaled(change, scale, made);
      if (kind == Kind::sgd)
        add_scaled(weights, optimizer.lr(), made);
      else
        optimizer.step(weights, change, {moments[0], moments[1]});
      ASSERT_EQ(bits(out), bits(weights)) << static_cast<int>(kind) << ", version " << version;
    }
    std::vector<float> there[2] = {std::vector<float>(d), std::vector<float>(d)};
    const std::span<float> to[] = {there[0], there[1]};
    ASSERT_TRUE(residence->moments(4, std::span(to).first(optimizer.moments())));
    for (size_t k = 0; k < optimizer.moments(); ++k) EXPECT_EQ(bits(there[k]), bits(moments[k])) << k;
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
