// What only a card can show. Each test skips itself where there is none.
#include "aggregation/cuda/device.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "aggregation/cuda/aggregation.hpp"
#include "tests/aggregation/cuda/mixes.hpp"
#include "tests/aggregation/samples.hpp"

namespace zenops::cuda {
namespace {

using testing::StartsWith;

class CudaDeviceTest : public testing::Test {
 protected:
  void SetUp() override {
    if (cards().empty()) GTEST_SKIP() << "no GPU: " << why_no_cards();
    device_.emplace(DeviceOptions{.cap = size_t{2} << 30, .staging = 4096});
#ifdef __SANITIZE_ADDRESS__
    if (emulated()) GTEST_SKIP() << "the address sanitizer does not follow threads that change stacks";
#endif
  }

  /// On a card that the processor plays, a thread at a time (emulated/cuda_runtime.h), some of the work has to do.
  bool emulated() const { return device_->card().name == "emulated"; }

  std::vector<float> combined(const BlockPlan& plan, const Samples& samples, size_t size,
                              const float* trusted = nullptr) {
    const Uploaded rows(*device_, samples.pointers, size), trusted_row(*device_, {&trusted, 1}, size);
    return combined(plan, rows.rows(), size, trusted_row.rows()[0]);
  }
  std::vector<float> combined(const BlockPlan& plan, std::span<const float* const> rows, size_t size,
                              const float* trusted = nullptr) {
    const DeviceRow out = device_->make(size);
    cuda::combine(*device_, plan, rows, trusted, size, out.data());
    std::vector<float> result(size, NAN);
    device_->download(out.data(), result);
    return result;
  }

  std::optional<Device> device_;
};

std::vector<float> on_the_processor(const BlockPlan& plan, std::span<const float* const> rows, size_t size,
                                    const float* trusted = nullptr) {
  std::vector<float> out(size, NAN);
  zenops::combine(plan, rows, trusted, size, out.data());
  return out;
}

BlockPlan mean_of(size_t trim, size_t drop) {
  BlockPlan plan{.combine = drop ? Combine::nearest_mean : Combine::trimmed_mean};
  plan.trim = static_cast<uint32_t>(trim);
  plan.drop = static_cast<uint32_t>(drop);
  return plan;
}

TEST_F(CudaDeviceTest, BringsBackWhatWasCopiedToIt) {
  for (const size_t size : {1, 1023, 1024, 1025, 100'000}) {
    std::vector<float> there(size), back(size);
    std::iota(there.begin(), there.end(), 0.5f);
    const DeviceRow row = device_->make(size), other = device_->make(size);
    device_->upload(there, row.data());
    device_->copy(row.data(), other.data(), size);
    device_->download(other.data(), back);
    EXPECT_EQ(back, there);
  }
}

TEST_F(CudaDeviceTest, MeansHaveTheProcessorsBitsForEveryNumberOfRows) {
  std::mt19937 random(1);
  constexpr size_t d = 777;
  for (size_t n = 1; n <= 128; n += emulated() ? 9 : 1)
    for (const size_t trim : {size_t{0}, (n - 1) / 2, random() % ((n - 1) / 2 + 1)})
      for (const size_t drop : {size_t{0}, trim, n / 3, n / 2, n - 1}) {
        if (drop >= n) continue;
        const BlockPlan plan = mean_of(trim, drop);
        for (const Samples& samples : {normal_rows(random, n, d), awkward_rows(random, n, d)})
          ASSERT_EQ(bits(combined(plan, samples, d)), bits(on_the_processor(plan, samples.pointers, d)))
              << n << " rows, trim " << trim << ", drop " << drop;
      }
}

TEST_F(CudaDeviceTest, MeansOfManyRowsHaveTheProcessorsBits) {
  std::mt19937 random(14);
  constexpr size_t d = 333;
  for (const size_t n : {129, 200, 256, 257, 400, 511, 512})
    for (const size_t trim : {size_t{0}, n / 5, (n - 1) / 2})
      for (const size_t drop : {size_t{0}, trim, size_t{32}, n / 2, n - 1})
        for (const Samples& samples : {normal_rows(random, n, d), awkward_rows(random, n, d)}) {
          if (emulated() && n % 2 == 0 && n < 512) continue;
          const BlockPlan plan = mean_of(trim, drop);
          ASSERT_EQ(bits(combined(plan, samples, d)), bits(on_the_processor(plan, samples.pointers, d)))
              << n << " rows, trim " << trim << ", drop " << drop;
        }
  const Samples samples = normal_rows(random, 513, 1);
  try {
    combined(mean_of(1, 0), samples, 1);
    FAIL() << "513 rows were combined";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), StartsWith("a mean of more than 512 rows is not computed on a card"));
  }
}

TEST_F(CudaDeviceTest, MeansAndSumsReachTheLastCoordinateOfAnySize) {
  std::mt19937 random(2);
  for (const size_t d : {0, 1, 31, 32, 127, 128, 129, 255, 256, 257, 100'003}) {
    const Samples samples = normal_rows(random, 10, d);
    BlockPlan sum{.weights = normal_row(random, 10)};
    for (const BlockPlan& plan : {mean_of(3, 0), mean_of(3, 3), sum})
      ASSERT_EQ(bits(combined(plan, samples, d)), bits(on_the_processor(plan, samples.pointers, d))) << d;
  }
}

TEST_F(CudaDeviceTest, SumsHaveTheProcessorsBitsForMoreRowsThanALaunchTakes) {
  std::mt19937 random(3);
  constexpr size_t d = 1000;
  for (const size_t n : {0, 1, 7, 100, 128, 129, 300}) {
    const Samples samples = awkward_rows(random, n, d);
    BlockPlan plan{.weights = normal_row(random, n)};
    if (n > 3) plan.weights[2] = 0;
    plan.trusted_weight = 0.25f;
    const auto trusted = normal_row(random, d);
    ASSERT_EQ(bits(combined(plan, samples, d, trusted.data())),
              bits(on_the_processor(plan, samples.pointers, d, trusted.data())))
        << n;
  }
}

TEST_F(CudaDeviceTest, ReadsANullRowAsZeros) {
  std::mt19937 random(4);
  constexpr size_t d = 500;
  Samples samples = normal_rows(random, 9, d);
  samples.pointers[0] = samples.pointers[8] = nullptr;
  for (const BlockPlan& plan : {mean_of(2, 0), mean_of(2, 2), mean_of(0, 7)})
    EXPECT_EQ(bits(combined(plan, samples, d)), bits(on_the_processor(plan, samples.pointers, d)));
}

TEST_F(CudaDeviceTest, ACoordinateWithANaNIsNaNAndNoOther) {
  std::mt19937 random(5);
  constexpr size_t d = 300;
  for (const size_t n : {3, 10, 64, 100}) {
    Samples samples = normal_rows(random, n, d);
    const auto before = on_the_processor(mean_of(1, 0), samples.pointers, d);
    samples.rows[n / 2][77] = std::numeric_limits<float>::quiet_NaN();
    const auto out = combined(mean_of(1, 0), samples, d);
    for (size_t i = 0; i < d; ++i) EXPECT_TRUE(i == 77 ? std::isnan(out[i]) : out[i] == before[i]) << i;
  }
}

TEST_F(CudaDeviceTest, GeometryHasTheProcessorsBits) {
  std::mt19937 random(6);
  for (const size_t n : {1, 2, 5, 10, 11, 50, 51, 100})
    for (const size_t d : {0, 1, 127, 128, 4095, 4096, 4097, 20'011}) {
      if (emulated() && (n > 11 || d > 5000)) continue;
      const Samples samples = normal_rows(random, n, d);
      const auto trusted = normal_row(random, d);
      const Uploaded rows(*device_, samples.pointers, d);
      const float* const at = trusted.data();
      const Uploaded trusted_row(*device_, {&at, 1}, d);
      for (const bool with_trusted : {false, true})
        for (const bool table : {false, true}) {
          const Products ours =
              cuda::measure(*device_, rows.rows(), with_trusted ? trusted_row.rows()[0] : nullptr, d, table);
          const Products theirs = zenops::measure(samples.pointers, with_trusted ? trusted.data() : nullptr, d, table);
          ASSERT_EQ(ours.squared_norms, theirs.squared_norms) << n << " rows of " << d;
          ASSERT_EQ(ours.dots, theirs.dots) << n << " rows of " << d;
          ASSERT_EQ(ours.trusted_squared_norm, theirs.trusted_squared_norm) << n << " rows of " << d;
          ASSERT_EQ(ours.distances, theirs.distances) << n << " rows of " << d;
          ASSERT_EQ(ours.inner, theirs.inner) << n << " rows of " << d;
        }
    }
}

TEST_F(CudaDeviceTest, GeometryOfHugeTinyAndEqualRowsIsTheProcessors) {
  std::mt19937 random(7);
  constexpr size_t d = 5000;
  Samples samples = normal_rows(random, 6, d);
  for (float& x : samples.rows[1]) x *= 1e30f;
  for (float& x : samples.rows[2]) x *= 1e-30f;
  for (float& x : samples.rows[3]) x *= 100;
  samples.rows[4] = samples.rows[0];
  samples.pointers[5] = nullptr;
  const Uploaded rows(*device_, samples.pointers, d);
  for (const size_t trusted : {0, 1, 2}) {
    const Products ours = cuda::measure(*device_, rows.rows(), rows.rows()[trusted], d, true);
    const Products theirs = zenops::measure(samples.pointers, samples.pointers[trusted], d, true);
    EXPECT_EQ(ours.squared_norms, theirs.squared_norms) << trusted;
    EXPECT_EQ(ours.dots, theirs.dots) << trusted;
    EXPECT_EQ(ours.distances, theirs.distances) << trusted;
    EXPECT_EQ(ours.inner, theirs.inner) << trusted;
  }
}

TEST_F(CudaDeviceTest, TheBaselineFindsTheSameDistances) {
  std::mt19937 random(8);
  constexpr size_t n = 5, d = 10'000;
  const Samples samples = normal_rows(random, n, d);
  const Uploaded rows(*device_, samples.pointers, d);
  std::vector<double> out(triangle(n, 0));
  baseline::pairwise_distances(*device_, rows.rows(), d, out);
  const Products ours = cuda::measure(*device_, rows.rows(), nullptr, d, true);
  for (size_t k = 0; k < out.size(); ++k) EXPECT_NEAR(out[k], ours.distances[k], 1e-5 * out[k]);
}

TEST_F(CudaDeviceTest, NamesTheCardThatHasNoMoreMemoryAndGoesOn) {
  Device small({.cap = 1'000'000, .staging = 4096});
  try {
    const DeviceRow row = small.make(1'000'000);
    FAIL() << "4 MB of 1 MB were given";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "GPU 0: 4.0 MB more than the 0.0 MB in use would pass the cap of 1.0 MB");
  }
  EXPECT_EQ(small.make(1000).size(), 1000u);
}

TEST_F(CudaDeviceTest, NamesTheCardThatIsNotThere) {
  try {
    const Device none({.index = 99});
    FAIL() << "there is a GPU 99";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), StartsWith("no GPU 99: there are "));
  }
}

TEST_F(CudaDeviceTest, MixedRowsHaveTheProcessorsMeansAndMajoritiesOverSeveralTiles) {
  std::mt19937 random(9);
  for (const size_t n : {1, 3, 17, 50, 100})
    for (const size_t d : {1, 1000, 33'000, 250'003}) {
      if (n > 17 && d > 100'000) continue;
      if (emulated() && (d > 100'000 || (d > 1000 && n < 100))) continue;
      for (const Mix& mix : mixes_of(n, random)) {
        if (emulated() && d > 1000 && mix.size() < n) break;
        Samples samples = normal_rows(random, n, d);
        if (n > 3) samples.pointers[1] = nullptr;
        const size_t m = mix.size();
        BlockPlan majority{.combine = Combine::majority};
        majority.step = 0.1f;
        for (BlockPlan plan : {mean_of(0, 0), mean_of((m - 1) / 2, 0), mean_of((m - 1) / 3, m / 3), majority}) {
          plan.mix = mix;
          ASSERT_EQ(bits(combined(plan, samples, d)), bits(on_the_processor(plan, samples.pointers, d)))
              << n << " rows of " << d;
        }
      }
    }
}

TEST_F(CudaDeviceTest, CublasMakesTheSameMixedRowsButForRounding) {
  std::mt19937 random(15);
  const size_t d = emulated() ? 5000 : 250'003;
  for (const size_t n : {3, 17, 50}) {
    Samples samples = normal_rows(random, n, d);
    if (n > 3) samples.pointers[1] = nullptr;
    const Uploaded rows(*device_, samples.pointers, d);
    const DeviceRow out = device_->make(d);
    for (const Mix& mix : mixes_of(n, random)) {
      BlockPlan plan = mean_of((mix.size() - 1) / 4, 0);
      plan.mix = mix;
      try {
        cuda::combine(*device_, plan, rows.rows(), nullptr, d, out.data(), 0, MixedBy::cublas);
      } catch (const Error& error) {
        EXPECT_THAT(error.what(), StartsWith("cuBLAS is asked for, and "));
        GTEST_SKIP() << error.what();
      }
      std::vector<float> ours(d);
      device_->download(out.data(), ours);
      const auto theirs = on_the_processor(plan, samples.pointers, d);
      // A sum of 50 products, each off by 2⁻²⁴ of what is summed up to there: far below what TF32 would lose, 2⁻¹¹.
      for (size_t i = 0; i < d; ++i) ASSERT_NEAR(ours[i], theirs[i], 3e-5) << n << " rows, coordinate " << i;
    }
  }
}

TEST_F(CudaDeviceTest, MajoritiesHaveTheProcessorsBitsForMoreRowsThanALaunchTakes) {
  std::mt19937 random(10);
  constexpr size_t d = 1000;
  for (const size_t n : {0, 1, 2, 128, 129, 300}) {
    Samples samples = awkward_rows(random, n, d);
    if (n > 2) samples.pointers[1] = nullptr;
    BlockPlan plan{.combine = Combine::majority};
    plan.step = 0.25f;
    EXPECT_EQ(bits(combined(plan, samples, d)), bits(on_the_processor(plan, samples.pointers, d))) << n;
  }
}

TEST_F(CudaDeviceTest, NoiseIsTheProcessorsWhereverTheRowBegins) {
  std::mt19937 random(11);
  for (const size_t d : {1, 1000, 1'100'000}) {
    if (emulated() && d > 1000) continue;
    const Samples samples = normal_rows(random, 3, d);
    BlockPlan plan{.weights = {0.5f, 1, 1}};
    plan.noise = 0.1f;
    plan.noise_draw = 7;
    const Uploaded rows(*device_, samples.pointers, d);
    const DeviceRow out = device_->make(d);
    cuda::combine(*device_, plan, rows.rows(), nullptr, d, out.data(), 13);
    std::vector<float> ours(d), theirs(d);
    device_->download(out.data(), ours);
    zenops::combine(plan, samples.pointers, nullptr, d, theirs.data(), 13);
    EXPECT_EQ(bits(ours), bits(theirs)) << d;
  }
}

TEST_F(CudaDeviceTest, CombinesAndStepsAsIfOneCameAfterTheOther) {
  std::mt19937 random(13);
  constexpr size_t d = 5000;
  using Kind = ServerOptions::Kind;
  for (const size_t n : {0, 3, 10, 140}) {
    const Samples samples = normal_rows(random, n, d);
    const Uploaded rows(*device_, samples.pointers, d);
    BlockPlan sum{.weights = normal_row(random, n)}, noisy = sum, majority{.combine = Combine::majority},
                                                     mixed = mean_of(1, 1);
    noisy.noise = 0.5f;
    majority.step = 0.25f;
    if (n == 10) mixed.mix = mixes_of(n, random)[0];
    for (const Kind kind : {Kind::sgd, Kind::momentum, Kind::adam, Kind::yogi, Kind::adagrad})
      for (const BlockPlan& plan : {sum, noisy, majority, mean_of(n / 3, 0), mean_of(n / 4, n / 3), mixed}) {
        const bool is_mean = plan.combine != Combine::weighted_sum && plan.combine != Combine::majority;
        if (is_mean && (n == 0 || n > 100)) continue;
        const std::vector<float> change = on_the_processor(plan, samples.pointers, d);
        std::vector<std::vector<float>> expected = {normal_row(random, d), normal_row(random, d),
                                                    std::vector<float>(d, 0.25f), std::vector<float>(d)};
        const ServerOptions step{.kind = kind, .lr = 0.5f};
        std::vector<DeviceRow> there;
        for (const auto& row : expected) {
          there.push_back(device_->make(d));
          device_->upload(row, there.back().data());
        }
        combine_and_step(*device_, plan, rows.rows(), nullptr, d, step,
                         {there[0].data(), there[1].data(), there[2].data(), there[3].data()});
        Finish finish{.steps = true, .step = step};
        finish.parameters = {expected[0].data(), expected[1].data(), expected[2].data(), expected[3].data()};
        for (size_t i = 0; i < d; ++i) cuda::finish(finish, i, change[i]);
        for (size_t k = 0; k < expected.size(); ++k) {
          std::vector<float> out(d);
          device_->download(there[k].data(), out);
          ASSERT_EQ(bits(out), bits(expected[k])) << n << " rows, optimizer " << static_cast<int>(kind);
        }
      }
  }
}

TEST_F(CudaDeviceTest, SignsAndGapsAreTheProcessors) {
  std::mt19937 random(12);
  for (const size_t n : {1, 5, 51, 100})
    for (const size_t d : {1, 4097, 20'011}) {
      if (emulated() && (n > 51 || d > 5000)) continue;
      Samples samples = normal_rows(random, n, d);
      if (n > 3) {
        samples.pointers[2] = nullptr;
        for (float& x : samples.rows[1]) x *= 1e30f;
      }
      const auto trusted = n == 51 ? samples.rows[0] : normal_row(random, d);
      const float* const trusted_pointer = trusted.data();
      const Uploaded rows(*device_, samples.pointers, d), trusted_row(*device_, {&trusted_pointer, 1}, d);
      for (const bool with_trusted : {false, true})
        for (const bool table : {false, true}) {
          const Products ours = cuda::measure(*device_, rows.rows(), with_trusted ? trusted_row.rows()[0] : nullptr, d,
                                              table, true, true);
          const Products theirs =
              zenops::measure(samples.pointers, with_trusted ? trusted_pointer : nullptr, d, table, true, true);
          ASSERT_EQ(ours.positives, theirs.positives) << n << " rows of " << d;
          ASSERT_EQ(ours.negatives, theirs.negatives) << n << " rows of " << d;
          ASSERT_EQ(ours.gaps, theirs.gaps) << n << " rows of " << d;
          ASSERT_EQ(ours.dots, theirs.dots) << n << " rows of " << d;
        }
    }
}

}  // namespace
}  // namespace zenops::cuda
