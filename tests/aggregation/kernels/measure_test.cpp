#include <gtest/gtest.h>

#include <cmath>

#include "aggregation/geometry.hpp"
#include "tests/aggregation/every_target.hpp"
#include "tests/aggregation/samples.hpp"

namespace zenops {
namespace {

double dot(std::span<const float> u, std::span<const float> v) {
  long double sum = 0;
  for (size_t i = 0; i < u.size(); ++i) sum += static_cast<long double>(u[i]) * v[i];
  return static_cast<double>(sum);
}

/// The float path, an operation at a time: element i in lane i mod 16, emptied into a double every 4096 elements.
double lane_by_lane(std::span<const float> u, std::span<const float> v) {
  double total = 0;
  for (size_t start = 0; start < u.size(); start += 4096) {
    float lanes[16] = {};
    for (size_t i = start; i < std::min(start + 4096, u.size()); ++i) lanes[i % 16] = std::fma(u[i], v[i], lanes[i % 16]);
    std::vector<double> sums(lanes, lanes + 16);
    for (size_t half = 8; half > 0; half /= 2)
      for (size_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
    total += sums[0];
  }
  return total;
}

constexpr size_t kSizes[] = {0, 1, 15, 16, 17, 511, 513, 1000, 4095, 4096, 4097, 9000};

TEST(MeasureTest, AgreesWithExactSums) {
  std::mt19937 random(1);
  for (const size_t size : kSizes) {
    const Samples samples = normal_rows(random, 3, size);
    auto trusted = normal_row(random, size);
    trusted.reserve(1);  // where there are no numbers there is a trusted row still
    const Products products = measure(samples.pointers, trusted.data(), size);
    const double v = dot(trusted, trusted);
    EXPECT_NEAR(products.trusted_squared_norm, v, 1e-6 * v);
    for (size_t k = 0; k < 3; ++k) {
      const double u = dot(samples.rows[k], samples.rows[k]);
      EXPECT_NEAR(products.squared_norms[k], u, 1e-6 * u);
      EXPECT_NEAR(products.dots[k], dot(samples.rows[k], trusted), 1e-6 * std::sqrt(u * v));
    }
  }
}

TEST(MeasureTest, HasTheSameBitsOnEveryTarget) {
  std::mt19937 random(2);
  for (const size_t size : kSizes) {
    const Samples samples = normal_rows(random, 2, size);
    auto trusted = normal_row(random, size);
    trusted.reserve(1);  // where there are no numbers there is a trusted row still
    on_every_target([&] {
      const Products products = measure(samples.pointers, trusted.data(), size);
      EXPECT_EQ(products.trusted_squared_norm, lane_by_lane(trusted, trusted)) << size;
      for (size_t k = 0; k < 2; ++k) {
        EXPECT_EQ(products.squared_norms[k], lane_by_lane(samples.rows[k], samples.rows[k])) << size;
        EXPECT_EQ(products.dots[k], lane_by_lane(samples.rows[k], trusted)) << size;
      }
    });
  }
}

TEST(MeasureTest, MeasuresWhatFloatSquaresCannotHold) {
  std::mt19937 random(3);
  constexpr size_t size = 1037;
  const auto scaled = [&](float scale) {
    auto row = normal_row(random, size);
    for (float& x : row) x *= scale;
    return row;
  };
  for (const float trusted_scale : {1.0f, 1e25f, 5e37f, 1e-25f}) {
    const auto trusted = scaled(trusted_scale);
    const Samples samples({scaled(1), scaled(1e20f), scaled(5e37f), scaled(1e-22f), scaled(1e-41f)});
    on_every_target([&] {
      const Products products = measure(samples.pointers, trusted.data(), size);
      const double v = dot(trusted, trusted);
      EXPECT_NEAR(products.trusted_squared_norm, v, 1e-6 * v);
      for (size_t k = 0; k < samples.rows.size(); ++k) {
        const double u = dot(samples.rows[k], samples.rows[k]);
        EXPECT_NEAR(products.squared_norms[k], u, 1e-6 * u);
        EXPECT_NEAR(products.dots[k], dot(samples.rows[k], trusted), 1e-6 * std::sqrt(u) * std::sqrt(v));
      }
    });
  }
}

TEST(MeasureTest, OneHugeValueDoesNotTouchTheOtherRows) {
  std::mt19937 random(4);
  Samples samples = normal_rows(random, 2, 2000);
  const auto trusted = normal_row(random, 2000);
  const Products before = measure(samples.pointers, trusted.data(), 2000);
  samples.rows[0][1500] = 3e38f;
  const Products after = measure(samples.pointers, trusted.data(), 2000);
  EXPECT_TRUE(std::isfinite(after.squared_norms[0]) && std::isfinite(after.dots[0]));
  EXPECT_GT(after.squared_norms[0], 8e76);
  EXPECT_EQ(after.squared_norms[1], before.squared_norms[1]);
  EXPECT_EQ(after.dots[1], before.dots[1]);
}

TEST(MeasureTest, ReadsANullRowAsARowOfZeros) {
  std::mt19937 random(5);
  const auto trusted = normal_row(random, 100);
  const std::vector<float> zeros(100);
  const std::vector<const float*> rows = {nullptr, trusted.data(), zeros.data()};
  const Products products = measure(rows, trusted.data(), 100);
  EXPECT_EQ(products.squared_norms[0], 0);
  EXPECT_EQ(products.dots[0], 0);
  EXPECT_EQ(products.squared_norms[2], 0);
  EXPECT_EQ(products.dots[1], products.trusted_squared_norm);
}

TEST(MeasureTest, MeasuresTheTrustedRowWithoutAnyOther) {
  const std::vector<float> trusted = {3, 4};
  const Products products = measure({}, trusted.data(), 2);
  EXPECT_EQ(products.trusted_squared_norm, 25);
  EXPECT_TRUE(products.squared_norms.empty() && products.dots.empty());
}

}  // namespace
}  // namespace zenops
