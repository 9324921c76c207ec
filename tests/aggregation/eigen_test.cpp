#include "aggregation/eigen.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace zenops {
namespace {


/// ‖A v − λ v‖ over the largest entry of A.
double residual(const std::vector<double>& a, size_t n, const Eigenpair& pair) {
  double square = 0, scale = 0;
  for (const double x : a) scale = std::max(scale, std::abs(x));
  for (size_t i = 0; i < n; ++i) {
    double sum = -pair.value / scale * pair.vector[i];
    for (size_t j = 0; j < n; ++j) sum += a[i * n + j] / scale * pair.vector[j];
    square += sum * sum;
  }
  return std::sqrt(square);
}

double length(const std::vector<double>& v) {
  double square = 0;
  for (const double x : v) square += x * x;
  return std::sqrt(square);
}

/// Σ_k λ_k q_k q_kᵀ for a random orthonormal basis.
std::vector<double> with_eigenvalues(std::mt19937& random, const std::vector<double>& values) {
  const size_t n = values.size();
  std::normal_distribution<double> normal;
  std::vector<std::vector<double>> basis;
  std::vector<double> a(n * n);
  for (size_t k = 0; k < n; ++k) {
    std::vector<double> q(n);
    for (double& x : q) x = normal(random);
    for (int twice = 0; twice < 2; ++twice)
      for (const auto& p : basis) {
        double dot = 0;
        for (size_t i = 0; i < n; ++i) dot += p[i] * q[i];
        for (size_t i = 0; i < n; ++i) q[i] -= dot * p[i];
      }
    const double norm = length(q);
    for (double& x : q) x /= norm;
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < n; ++j) a[i * n + j] += values[k] * q[i] * q[j];
    basis.push_back(q);
  }
  return a;
}

TEST(EigenTest, FindsTheLargestEigenvalueAndItsVector) {
  std::mt19937 random(51);
  for (size_t n = 1; n <= 40; ++n) {
    std::vector<double> values;
    for (size_t k = 0; k < n; ++k) values.push_back(static_cast<double>(k) - 3);
    for (const double scale : {1.0, 1e-80, 1e80}) {
      auto scaled = values;
      for (double& v : scaled) v *= scale;
      const auto a = with_eigenvalues(random, scaled);
      const Eigenpair pair = top_eigenpair(a, n);
      EXPECT_NEAR(pair.value / scale, values.back(), 1e-12 * static_cast<double>(n)) << n;
      EXPECT_NEAR(length(pair.vector), 1, 1e-14);
      EXPECT_LT(residual(a, n, pair), 1e-12) << n;
    }
  }
}

TEST(EigenTest, TheLargestIsNotTheOneOfTheLargestSize) {
  const std::vector<double> a = {-100, 0, 0, 0, -2, 0, 0, 0, -1};
  EXPECT_NEAR(top_eigenpair(a, 3).value, -1, 1e-12);
}

TEST(EigenTest, WhereMoreThanOneVectorBelongsToItOneOfThem) {
  std::mt19937 random(52);
  for (const std::vector<double>& values : {std::vector<double>{1, 5, 5}, {7, 7, 7, 7}, {0, 0, 0, 2, 2, 2 - 1e-15}}) {
    const auto a = with_eigenvalues(random, values);
    const Eigenpair pair = top_eigenpair(a, values.size());
    EXPECT_NEAR(pair.value, *std::ranges::max_element(values), 1e-12);
    EXPECT_LT(residual(a, values.size(), pair), 1e-12);
  }
}

TEST(EigenTest, AVectorAtARightAngleToTheObviousStartIsFoundToo) {
  const std::vector<double> a = {2, -2, 0, 0, -2, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};  // (1, −1, 0, 0)
  const Eigenpair pair = top_eigenpair(a, 4);
  EXPECT_NEAR(pair.value, 4, 1e-12);
  EXPECT_NEAR(std::abs(pair.vector[0]), std::sqrt(0.5), 1e-12);
  EXPECT_NEAR(pair.vector[0], -pair.vector[1], 1e-12);
}

TEST(EigenTest, AColumnOfWhichSquaresAreDenormalIsTakenForZero) {
  std::mt19937 random(53);
  for (const double tiny : {1e-140, 1e-155, 1e-160, 3e-161, 1e-162, 1e-200}) {
    const auto block = with_eigenvalues(random, {1, 2, 3, 4});
    std::vector<double> a(25);
    a[0] = 0.5;
    for (size_t i = 1; i < 5; ++i) {
      a[i] = a[5 * i] = tiny * (1 + 0.3 * static_cast<double>(i));
      for (size_t j = 1; j < 5; ++j) a[5 * i + j] = block[4 * (i - 1) + j - 1];
    }
    const Eigenpair pair = top_eigenpair(a, 5);
    EXPECT_NEAR(pair.value, 4, 1e-12) << tiny;
    EXPECT_NEAR(length(pair.vector), 1, 1e-14) << tiny;
    EXPECT_LT(residual(a, 5, pair), 1e-12) << tiny;
  }
}

TEST(EigenTest, OfNothingAndOfZerosTheEigenvalueIsZero) {
  EXPECT_EQ(top_eigenpair({}, 0).value, 0);
  const Eigenpair pair = top_eigenpair(std::vector<double>(9), 3);
  EXPECT_EQ(pair.value, 0);
  EXPECT_NEAR(length(pair.vector), 1, 1e-15);
}

TEST(EigenTest, ReadsTheLowerTriangleOnly) {
  const std::vector<double> a = {1, 99, 2, 1};
  EXPECT_NEAR(top_eigenpair(a, 2).value, 3, 1e-14);
}

}  // namespace
}  // namespace zenops
