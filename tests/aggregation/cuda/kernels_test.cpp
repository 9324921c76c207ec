// The kernels themselves, run on the processor a thread at a time (emulated/cuda_runtime.h).
#include <gtest/gtest.h>

#include <cmath>

#include "aggregation/cuda/mean_kernel.cuh"
#include "aggregation/cuda/mean_plan.hpp"
#include "aggregation/cuda/sums.cu"
#include "aggregation/geometry.hpp"
#include "aggregation/plan.hpp"
#include "tests/aggregation/samples.hpp"

namespace zenops::cuda {
namespace {

class CudaKernelsTest : public testing::Test {
 protected:
  void SetUp() override {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "the address sanitizer does not follow threads that change stacks";
#endif
  }
};

/// Chunks of one launch: fewer than the rows have, so that sums go on from launch to launch.
constexpr uint32_t kTogether = 2;

/// As the host does it (measure.cpp).
template <class Launch>
std::vector<Folded> folded(std::span<const float* const> points, size_t size, uint32_t sums, Launch launch_parts) {
  const auto chunks = static_cast<uint32_t>((size + kChunk - 1) / kChunk);
  std::vector<float> parts(size_t{kTogether} * sums * kLanes, NAN);
  std::vector<Folded> out(sums);
  SumsArguments a{};
  std::ranges::copy(points, a.points.at);
  a.count = static_cast<uint32_t>(points.size());
  a.size = size;
  a.parts = parts.data();
  for (uint32_t first = 0; first < chunks; first += kTogether) {
    a.first_chunk = first;
    a.chunks = std::min(kTogether, chunks - first);
    launch_parts(a);
    fold(out.data(), parts.data(), a.chunks, sums, nullptr);
  }
  return out;
}

TEST_F(CudaKernelsTest, GeometryHasTheProcessorsBits) {
  std::mt19937 random(1);
  for (const auto& [n, d] : std::vector<std::pair<size_t, size_t>>{
           {1, 1}, {2, 127}, {5, 4096}, {6, 129}, {10, 9000}, {11, 4097}, {50, 300}, {56, 130}}) {
    Samples samples = normal_rows(random, n, d);
    if (n > 5) samples.pointers[3] = nullptr;
    const float* const trusted = samples.pointers[0];
    const auto count = static_cast<uint32_t>(n), pairs = count * (count - 1) / 2;
    const Products expected = measure(samples.pointers, nullptr, d, true),
                   products = measure(samples.pointers, trusted, d);
    const auto table =
        folded(samples.pointers, d, pairs + count, [](const SumsArguments& a) { chunk_table(a, nullptr); });
    const auto alone =
        folded(samples.pointers, d, count, [](const SumsArguments& a) { chunk_products(a, nullptr, nullptr); });
    const auto beside =
        folded(samples.pointers, d, 2 * count, [&](const SumsArguments& a) { chunk_products(a, trusted, nullptr); });
    for (size_t i = 0; i < n; ++i) {
      ASSERT_EQ(table[pairs + i].total, expected.squared_norms[i]) << n << " rows of " << d;
      ASSERT_EQ(alone[i].total, expected.squared_norms[i]) << n << " rows of " << d;
      ASSERT_EQ(beside[i].total, expected.squared_norms[i]) << n << " rows of " << d;
      ASSERT_EQ(beside[n + i].total, products.dots[i]) << n << " rows of " << d;
      for (size_t j = 0; j < i; ++j)
        ASSERT_EQ(sum_lanes(table[triangle(i, j)].lanes), expected.distances[triangle(i, j)]) << n << " rows of " << d;
    }
  }
}

TEST_F(CudaKernelsTest, SumsInDoubleAndTheBaselineAreTheDistances) {
  std::mt19937 random(2);
  for (const size_t d : {1, 15, 17, 3000}) {
    const Samples samples = normal_rows(random, 2, d);
    std::vector<InDouble> lanes(kLanes);
    PairArguments a{};
    a.left.at[0] = samples.pointers[0];
    a.right.at[0] = samples.pointers[1];
    a.pairs = 1;
    a.size = d;
    a.out = lanes.data();
    in_double(a, nullptr);
    double distance = 0, pair = 0, expected = 0;
    for (const InDouble& lane : lanes) distance += lane.distance;
    one_pair(samples.pointers[0], samples.pointers[1], d, &pair, nullptr);
    for (size_t i = 0; i < d; ++i) expected += std::pow(double{samples.rows[0][i]} - samples.rows[1][i], 2);
    EXPECT_NEAR(distance, expected, 1e-12 * expected);
    EXPECT_NEAR(pair, expected, 1e-6 * expected);
  }
}

TEST_F(CudaKernelsTest, MeansHaveTheProcessorsBits) {
  std::mt19937 random(3);
  constexpr MeanLauncher launchers[] = {launch_mean<1>, launch_mean<2>, launch_mean<5>, launch_mean<8>,
                                        launch_mean<25>};
  for (const size_t half : {1, 2, 5, 8, 25})
    for (const size_t n : {2 * half - 1, 2 * half})
      for (const size_t d : {1, 128, 300})
        for (const size_t trim : {size_t{0}, n / 4, (n - 1) / 2})
          for (const size_t drop : {size_t{0}, trim, n / 2, n - 1}) {
            if (drop >= n) continue;
            Samples samples = normal_rows(random, n, d);
            if (n > 5) samples.pointers[n - 2] = nullptr;
            BlockPlan plan{.combine = drop ? Combine::nearest_mean : Combine::trimmed_mean};
            plan.trim = static_cast<uint32_t>(trim);
            plan.drop = static_cast<uint32_t>(drop);
            std::vector<float> expected(d), out(d + 1, NAN);
            combine(plan, samples.pointers, d, expected.data());
            MeanArguments a{};
            a.plan = mean_plan(n, trim, drop);
            std::ranges::copy(samples.pointers, a.rows.at);
            a.size = d;
            a.out = out.data();
            const size_t which = half == 1 ? 0 : half == 2 ? 1 : half == 5 ? 2 : half == 8 ? 3 : 4;
            launchers[which](a, nullptr);
            EXPECT_TRUE(std::isnan(out.back())) << "written past the end";
            out.pop_back();
            ASSERT_EQ(bits(out), bits(expected)) << n << " rows of " << d << ", trim " << trim << ", drop " << drop;
          }
}

}  // namespace
}  // namespace zenops::cuda
