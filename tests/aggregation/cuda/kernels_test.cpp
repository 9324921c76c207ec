// The kernels themselves, run on the processor a thread at a time (emulated/cuda_runtime.h).
#include <gtest/gtest.h>

#include <cmath>

#include "aggregation/cuda/elementwise.cu"
#include "aggregation/cuda/many.cu"
#include "aggregation/cuda/mean_kernel.cuh"
#include "aggregation/cuda/mean_plan.hpp"
#include "aggregation/cuda/mix.cu"
#include "aggregation/cuda/sums.cu"
#include "aggregation/geometry.hpp"
#include "aggregation/plan.hpp"
#include "tests/aggregation/cuda/mixes.hpp"
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
    const auto alone = folded(samples.pointers, d, count,
                              [](const SumsArguments& a) { chunk_products(a, nullptr, false, false, nullptr); });
    const auto beside = folded(samples.pointers, d, 2 * count,
                               [&](const SumsArguments& a) { chunk_products(a, trusted, false, false, nullptr); });
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

TEST_F(CudaKernelsTest, SignsAndGapsAreTheProcessorsInAnyCompany) {
  std::mt19937 random(4);
  for (const auto& [n, d] : std::vector<std::pair<size_t, size_t>>{{1, 1}, {5, 4096}, {17, 9001}}) {
    const Samples samples = normal_rows(random, n, d);
    const auto trusted_row = normal_row(random, d);
    for (const float* const trusted : {trusted_row.data(), static_cast<const float*>(nullptr)})
      for (const bool gaps : {false, true})
        for (const bool signs : {false, true}) {
          if (gaps && !trusted) continue;
          const Products expected = measure(samples.pointers, trusted, d, false, signs, gaps);
          const auto count = static_cast<uint32_t>(n), kinds = kinds_beside(trusted, gaps, signs);
          const auto sums = folded(samples.pointers, d, kinds * count,
                                   [&](const SumsArguments& a) { chunk_products(a, trusted, gaps, signs, nullptr); });
          for (size_t k = 0; k < n; ++k) {
            size_t at = k;
            const auto next = [&]() -> const Folded& { return sums[at += n]; };
            ASSERT_EQ(sums[at].total, expected.squared_norms[k]);
            if (trusted) {
              ASSERT_EQ(next().total, expected.dots[k]);
            }
            if (gaps) {
              ASSERT_EQ(sum_lanes(next().lanes), expected.gaps[k]);
            }
            if (signs) {
              ASSERT_EQ(next().total, expected.positives[k]);
              ASSERT_EQ(next().total, expected.negatives[k]);
            }
          }
        }
  }
}

TEST_F(CudaKernelsTest, MixedRowsAreTheProcessorsToTheirLastCoordinate) {
  std::mt19937 random(5);
  for (const size_t n : {1, 3, 17, 33})
    for (const Mix& mixed : mixes_of(n, random))
      for (const size_t d : {1, 128, 257}) {
        constexpr size_t first = 3;
        const Samples samples = normal_rows(random, n, first + d);
        const MixPlan plan = mix_plan(mixed, samples.pointers);
        if (plan.made == 0) continue;
        const size_t pitch = d + 5;
        std::vector<float> out(plan.made * pitch + 1, NAN);
        MixArguments a{};
        a.steps = plan.steps.data();
        a.begins = plan.begins.data();
        a.made = plan.made;
        a.first = first;
        a.size = d;
        a.pitch = pitch;
        a.out = out.data();
        mix(a, nullptr);
        for (uint32_t made = 0; made < plan.made; ++made) {
          const auto k =
              static_cast<size_t>(std::ranges::find(plan.sources, made, &MixPlan::Source::made) - plan.sources.begin());
          BlockPlan sum{.weights = std::vector<float>(n)};
          for (const auto& [row, weight] : mixed[k]) sum.weights[row] = weight;
          std::vector<float> expected(first + d);
          combine(sum, samples.pointers, first + d, expected.data());
          for (size_t i = 0; i < d; ++i) ASSERT_EQ(out[made * pitch + i], expected[first + i]) << n << " rows of " << d;
          for (size_t i = d; i < pitch; ++i) ASSERT_TRUE(std::isnan(out[made * pitch + i])) << "written past the end";
        }
      }
}

TEST_F(CudaKernelsTest, SumsAndMajoritiesGoOnFromLaunchToLaunchAndNoiseComesOnTop) {
  std::mt19937 random(6);
  for (const size_t d : {1, 256, 300}) {
    constexpr size_t n = 7, before = 4;
    const Samples samples = awkward_rows(random, n, d);
    BlockPlan sum{.weights = normal_row(random, n)}, vote{.combine = Combine::majority};
    vote.step = 0.25f;
    for (BlockPlan plan : {sum, vote}) {
      plan.noise = 0.5f;
      std::vector<float> expected(d), out(d + 1, NAN), noise(d);
      combine(plan, samples.pointers, nullptr, d, expected.data(), 10);
      for (size_t i = 0; i < d; ++i) noise[i] = noise_at(plan.noise_draw, 10 + i);
      for (const size_t first : {size_t{0}, before}) {
        const size_t count = first ? n - before : before;
        SumArguments s{};
        MajorityArguments m{};
        for (size_t k = 0; k < count; ++k) {
          s.rows.at[k] = m.rows.at[k] = samples.pointers[first + k];
          if (plan.combine == Combine::weighted_sum) s.weights[k] = plan.weights[first + k];
        }
        s.terms = m.count = static_cast<uint32_t>(count);
        s.before = m.before = first > 0 ? out.data() : nullptr;
        m.decides = first > 0;
        m.step = plan.step;
        s.size = m.size = d;
        s.finish.out = m.finish.out = out.data();
        if (plan.combine == Combine::majority)
          majority(m, nullptr);
        else
          weighted_sum(s, nullptr);
      }
      NoiseArguments a{};
      a.values = out.data();
      a.noise = noise.data();
      a.deviation = plan.noise;
      a.size = d;
      a.finish.out = out.data();
      add_noise(a, nullptr);
      EXPECT_TRUE(std::isnan(out.back())) << "written past the end";
      out.pop_back();
      EXPECT_EQ(bits(out), bits(expected)) << d;
    }
  }
}

TEST_F(CudaKernelsTest, MeansOfManyRowsHaveTheProcessorsBitsAndNaNWhereOneHas) {
  std::mt19937 random(8);
  for (const size_t n : {3, 17, 129, 130, 200, 256, 257, 511, 512})
    for (const size_t d : {1, 32, 70})
      for (const size_t trim : {size_t{0}, n / 5, (n - 1) / 2})
        for (const size_t drop : {size_t{0}, trim, size_t{30}, n / 2, n - 1}) {
          if (drop >= n || (d == 32 && n % 2)) continue;
          Samples samples = n % 3 ? normal_rows(random, n, d) : awkward_rows(random, n, d);
          samples.pointers[n - 2] = nullptr;
          BlockPlan plan{.combine = drop ? Combine::nearest_mean : Combine::trimmed_mean};
          plan.trim = static_cast<uint32_t>(trim);
          plan.drop = static_cast<uint32_t>(drop);
          std::vector<float> expected(d), out(d + 1, NAN);
          combine(plan, samples.pointers, d, expected.data());
          const size_t nan = d > 1 ? random() % d : d, whose = random() % 2 ? 0 : n - 1;
          if (nan < d) samples.rows[whose][nan] = NAN;
          ManyArguments a{};
          a.shape = mean_shape(n, trim, drop);
          std::ranges::copy(samples.pointers, a.rows.at);
          a.size = d;
          a.finish.out = out.data();
          mean_of_many(a, nullptr);
          EXPECT_TRUE(std::isnan(out.back())) << "written past the end";
          out.pop_back();
          if (nan < d) {
            ASSERT_TRUE(std::isnan(out[nan])) << n << " rows of " << d << ", trim " << trim << ", drop " << drop;
            out[nan] = expected[nan];
          }
          ASSERT_EQ(bits(out), bits(expected)) << n << " rows of " << d << ", trim " << trim << ", drop " << drop;
        }
}

TEST_F(CudaKernelsTest, WhatIsCombinedIsSteppedByAndNotWritten) {
  std::mt19937 random(7);
  constexpr size_t n = 9, d = 300;
  const Samples samples = normal_rows(random, n, d);
  BlockPlan sum{.weights = normal_row(random, n)}, median{.combine = Combine::trimmed_mean};
  median.trim = 4;
  using Kind = ServerOptions::Kind;
  for (const Kind kind : {Kind::sgd, Kind::momentum, Kind::adam, Kind::yogi, Kind::adagrad})
    for (const BlockPlan& plan : {sum, median}) {
      std::vector<float> change(d);
      combine(plan, samples.pointers, d, change.data());
      std::vector<float> weights = normal_row(random, d + 1), m = normal_row(random, d), v(d, 0.25f), copy(d + 1, NAN);
      std::vector<float> expected = weights, expected_m = m, expected_v = v;
      Finish finish{.steps = true, .step = {.kind = kind, .lr = 0.5f}};
      finish.parameters = {expected.data(), expected_m.data(), expected_v.data(), nullptr};
      for (size_t i = 0; i < d; ++i) cuda::finish(finish, i, change[i]);
      finish.parameters = {weights.data(), m.data(), v.data(), copy.data()};
      SumArguments s{};
      MeanArguments a{};
      std::ranges::copy(samples.pointers, s.rows.at);
      std::ranges::copy(samples.pointers, a.rows.at);
      s.size = a.size = d;
      s.finish = a.finish = finish;
      if (plan.combine == Combine::weighted_sum) {
        std::ranges::copy(plan.weights, s.weights);
        s.terms = n;
        weighted_sum(s, nullptr);
      } else {
        a.plan = mean_plan(n, plan.trim, 0);
        launch_mean<5>(a, nullptr);
      }
      EXPECT_EQ(bits(weights), bits(expected));
      EXPECT_EQ(bits(m), bits(expected_m));
      EXPECT_EQ(bits(v), bits(expected_v));
      EXPECT_TRUE(std::isnan(copy.back())) << "written past the end";
      copy.back() = weights.back();
      EXPECT_EQ(bits(copy), bits(weights));
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
            a.finish.out = out.data();
            const size_t which = half == 1 ? 0 : half == 2 ? 1 : half == 5 ? 2 : half == 8 ? 3 : 4;
            launchers[which](a, nullptr);
            EXPECT_TRUE(std::isnan(out.back())) << "written past the end";
            out.pop_back();
            ASSERT_EQ(bits(out), bits(expected)) << n << " rows of " << d << ", trim " << trim << ", drop " << drop;
          }
}

}  // namespace
}  // namespace zenops::cuda
