#include <gtest/gtest.h>

#include <cmath>

#include "aggregation/geometry.hpp"
#include "tests/aggregation/every_target.hpp"
#include "tests/aggregation/samples.hpp"

namespace zenops {
namespace {

double exact_distance(const std::vector<float>& a, const std::vector<float>& b) {
  long double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const long double difference = static_cast<long double>(a[i]) - b[i];
    sum += difference * difference;
  }
  return static_cast<double>(sum);
}

double exact_dot(const std::vector<float>& a, const std::vector<float>& b) {
  long double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += static_cast<long double>(a[i]) * b[i];
  return static_cast<double>(sum);
}

/// The float path, an operation at a time.
double lane_by_lane(const std::vector<float>& u, const std::vector<float>& v) {
  double lanes[16] = {};
  for (size_t start = 0; start < u.size(); start += 4096) {
    float chunk[16] = {};
    for (size_t i = start; i < std::min(start + 4096, u.size()); ++i) {
      const float difference = u[i] - v[i];
      chunk[i % 16] = std::fma(difference, difference, chunk[i % 16]);
    }
    for (size_t lane = 0; lane < 16; ++lane) lanes[lane] += chunk[lane];
  }
  for (size_t half = 8; half > 0; half /= 2)
    for (size_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  return lanes[0];
}

void expect_exact(const Samples& samples, const std::vector<float>* trusted, double tolerance) {
  const size_t n = samples.rows.size(), d = samples.rows[0].size();
  const Products products = measure(samples.pointers, trusted ? trusted->data() : nullptr, d, true);
  const auto point = [&](size_t i) -> const std::vector<float>& { return i < n ? samples.rows[i] : *trusted; };
  ASSERT_EQ(products.points(), n + (trusted != nullptr));
  for (size_t i = 0; i < products.points(); ++i)
    for (size_t j = 0; j < i; ++j) {
      const double distance = exact_distance(point(i), point(j));
      ASSERT_NEAR(products.squared_distance(i, j), distance, tolerance * distance)
          << i << ", " << j << " of " << n << ", d = " << d;
      const double lengths = std::sqrt(exact_dot(point(i), point(i)) * exact_dot(point(j), point(j)));
      ASSERT_NEAR(products.dot(i, j), exact_dot(point(i), point(j)), 10 * tolerance * lengths) << i << ", " << j;
    }
}

TEST(TableTest, KnowsEveryDistanceAndInnerProduct) {
  std::mt19937 random(1);
  for (const size_t n : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 50})
    for (const size_t d : {1, 15, 16, 17, 511, 512, 513, 4095, 4096, 4097, 9000}) {
      const Samples samples = normal_rows(random, n, d);
      const auto trusted = normal_row(random, d);
      expect_exact(samples, nullptr, 1e-6);
      expect_exact(samples, &trusted, 1e-6);
    }
}

TEST(TableTest, ACommonOffsetCostsTheDistancesNoDigit) {
  std::mt19937 random(2);
  Samples samples = normal_rows(random, 12, 5000);
  for (auto& row : samples.rows)
    for (float& x : row) x = 1e4f + 1e-3f * x;
  const Products products = measure(samples.pointers, nullptr, 5000, true);
  for (size_t i = 0; i < 12; ++i)
    for (size_t j = 0; j < i; ++j) {
      const double exact = exact_distance(samples.rows[i], samples.rows[j]);
      ASSERT_NEAR(products.squared_distance(i, j), exact, 1e-6 * exact);
    }
}

TEST(TableTest, MeasuresWhatFloatSquaresCannotHold) {
  std::mt19937 random(3);
  Samples samples = normal_rows(random, 6, 1037);
  const float scales[] = {1, 1e20f, 5e37f, 1e-22f, 1e-41f, 1};
  for (size_t k = 0; k < 6; ++k)
    for (float& x : samples.rows[k]) x *= scales[k];
  on_every_target([&] { expect_exact(samples, nullptr, 1e-6); });
}

TEST(TableTest, HasTheSameBitsOnEveryTarget) {
  std::mt19937 random(4);
  for (const size_t d : {1, 17, 511, 1024, 4096, 5000}) {
    const Samples samples = normal_rows(random, 11, d);
    on_every_target([&] {
      const Products products = measure(samples.pointers, nullptr, d, true);
      for (size_t i = 0; i < 11; ++i)
        for (size_t j = 0; j < i; ++j)
          ASSERT_EQ(products.squared_distance(i, j), lane_by_lane(samples.rows[i], samples.rows[j]))
              << i << ", " << j << ", d = " << d;
    });
  }
}

TEST(TableTest, EqualRowsHaveNoDistanceAndNullRowsAreZeros) {
  std::mt19937 random(5);
  Samples samples = normal_rows(random, 4, 2000);
  samples.rows[1] = samples.rows[0];
  std::ranges::fill(samples.rows[3], 0.0f);
  auto pointers = samples.pointers;
  pointers[2] = nullptr;
  const Products products = measure(pointers, nullptr, 2000, true);
  EXPECT_EQ(products.squared_distance(0, 1), 0);
  EXPECT_EQ(products.squared_distance(2, 3), 0);
  EXPECT_EQ(products.dot(0, 2), 0);
  EXPECT_NEAR(products.squared_distance(0, 2), products.dot(0, 0), 1e-5 * products.dot(0, 0));
}

TEST(TableTest, KnowsHowFarCombinationsOfRowsLieApart) {
  std::mt19937 random(6);
  const size_t n = 7, d = 300;
  for (const float offset : {0.0f, 1e3f})
    for (const float huge : {1.0f, 1e30f}) {
      Samples samples = normal_rows(random, n, d);
      for (auto& row : samples.rows)
        for (float& x : row) x += offset;
      for (float& x : samples.rows[0]) x *= huge;
      if (offset > 0 && huge > 1) continue;  // neither form keeps its digits then
      const Products products = measure(samples.pointers, nullptr, d, true);
      std::vector<double> z(n, 1.0 / n);
      z[0] = 1 / (double{huge} * n);
      double rest = 1;
      for (size_t k = 0; k + 1 < n; ++k) rest -= z[k];
      z[n - 1] = rest;
      const auto distances = products.squared_distances_to(z);
      for (size_t i = 1; i < n; ++i) {
        double exact = 0;
        for (size_t c = 0; c < d; ++c) {
          double mean = 0;
          for (size_t k = 0; k < n; ++k) mean += z[k] * samples.rows[k][c];
          exact += (samples.rows[i][c] - mean) * (samples.rows[i][c] - mean);
        }
        EXPECT_NEAR(distances[i], exact, 1e-5 * exact) << "offset " << offset << ", huge " << huge;
        auto a = z;
        a[i] -= 1;
        EXPECT_NEAR(products.squared_length(a), exact, 1e-5 * exact);
      }
    }
}

}  // namespace
}  // namespace zenops
