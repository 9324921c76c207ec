#include "aggregation/cuda/sums.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "aggregation/geometry.hpp"
#include "tests/aggregation/samples.hpp"

namespace zenops::cuda {
namespace {

/// What the kernels do for two rows: a sum per lane and chunk, then the chunks in their order.
template <class Add>
std::vector<double> lanes_of(const std::vector<float>& x, const std::vector<float>& y, Add add,
                             double* chunks_in_pairs) {
  std::vector<double> lanes(kLanes);
  for (size_t at = 0; at < x.size(); at += kChunk) {
    float sums[kLanes] = {};
    for (size_t i = at; i < std::min<size_t>(x.size(), at + kChunk); ++i)
      sums[i % kLanes] = add(x[i], y[i], sums[i % kLanes]);
    for (size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += sums[lane];
    *chunks_in_pairs += sum_lanes(sums);
  }
  return lanes;
}

TEST(CudaSumsTest, HaveTheBitsOfTheProcessorsGeometry) {
  std::mt19937 random(1);
  for (const size_t d : {1, 15, 16, 17, 511, 512, 4095, 4096, 4097, 13'000}) {
    constexpr size_t n = 4;
    const Samples samples = normal_rows(random, n, d);
    const std::vector<float> zeros(d), trusted = normal_row(random, d);
    const Products expected = measure(samples.pointers, nullptr, d, true),
                   beside = measure(samples.pointers, trusted.data(), d);
    for (size_t i = 0; i < n; ++i) {
      double norm = 0, dot = 0, unused = 0;
      lanes_of(samples.rows[i], zeros, add_distance, &norm);
      ASSERT_EQ(norm, expected.squared_norms[i]) << d;
      lanes_of(samples.rows[i], trusted, fused, &dot);
      ASSERT_EQ(dot, beside.dots[i]) << d;
      for (size_t j = 0; j < i; ++j) {
        const auto lanes = lanes_of(samples.rows[i], samples.rows[j], add_distance, &unused);
        ASSERT_EQ(sum_lanes(lanes.data()), expected.distances[triangle(i, j)]) << d;
      }
    }
  }
}

TEST(CudaSumsTest, CountAndMeasureGapsAsTheProcessorDoes) {
  std::mt19937 random(3);
  for (const size_t d : {1, 17, 4097, 13'000}) {
    const Samples samples = awkward_rows(random, 3, d), normal = normal_rows(random, 3, d);
    const auto trusted = normal_row(random, d);
    const Products signs = measure(samples.pointers, nullptr, d, false, true),
                   gaps = measure(normal.pointers, trusted.data(), d, false, false, true);
    for (size_t k = 0; k < 3; ++k) {
      double above = 0, below = 0, unused = 0;
      const auto none = std::vector<float>(d);
      lanes_of(
          samples.rows[k], none, [](float x, float, float sum) { return sum + is_above(x); }, &above);
      lanes_of(
          samples.rows[k], none, [](float x, float, float sum) { return sum + is_below(x); }, &below);
      EXPECT_EQ(above, signs.positives[k]) << d;
      EXPECT_EQ(below, signs.negatives[k]) << d;
      EXPECT_EQ(sum_lanes(lanes_of(normal.rows[k], trusted, add_distance, &unused).data()), gaps.gaps[k]) << d;
    }
  }
}

TEST(CudaSumsTest, TakeHugeAndTinyRowsInDoubleAsTheProcessorDoes) {
  std::mt19937 random(2);
  for (const float scale : {1e30f, 1e-30f}) {
    constexpr size_t d = 5000;
    Samples samples = normal_rows(random, 2, d);
    for (auto& row : samples.rows)
      for (float& x : row) x *= scale;
    const Products expected = measure(samples.pointers, nullptr, d, true),
                   beside = measure(samples.pointers, samples.pointers[1], d);
    InDouble lanes[kLanes];
    for (size_t i = 0; i < d; ++i) lanes[i % kLanes].add(samples.rows[0][i], samples.rows[1][i]);
    double squares[kLanes], products[kLanes], distances[kLanes];
    for (size_t lane = 0; lane < kLanes; ++lane) {
      squares[lane] = lanes[lane].squares;
      products[lane] = lanes[lane].products;
      distances[lane] = lanes[lane].distance;
    }
    EXPECT_EQ(sum_lanes(squares), expected.squared_norms[0]);
    EXPECT_EQ(sum_lanes(products), beside.dots[0]);
    EXPECT_EQ(sum_lanes(distances), expected.distances[triangle(1, 0)]);
  }
}

}  // namespace
}  // namespace zenops::cuda
