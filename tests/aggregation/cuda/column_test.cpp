#include "aggregation/cuda/column.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "aggregation/cuda/mean_plan.hpp"
#include "aggregation/plan.hpp"
#include "tests/aggregation/kernels/selected.hpp"
#include "tests/aggregation/samples.hpp"

namespace zenops::cuda {
namespace {

/// What a thread of a kernel for so many wires does with one half of a column: it has no value on the last wires where
/// the half is shorter.
template <size_t wires>
void put_half(const float* from, uint32_t count, Column to) {
  float v[wires];
  for (size_t k = 0; k < wires; ++k) v[k] = k < count ? from[k] : INFINITY;
  put_in_order(v, count, to);
}

using PutHalf = void (*)(const float*, uint32_t, Column);

/// Some networks, since all 64 would take a compiler long; a half takes the next larger one.
PutHalf network_for(size_t wires) {
  static constexpr std::pair<size_t, PutHalf> some[] = {
      {1, put_half<1>},   {2, put_half<2>},   {3, put_half<3>},   {4, put_half<4>},   {5, put_half<5>},
      {8, put_half<8>},   {11, put_half<11>}, {16, put_half<16>}, {25, put_half<25>}, {32, put_half<32>},
      {33, put_half<33>}, {50, put_half<50>}, {64, put_half<64>}};
  for (const auto& [size, put] : some)
    if (wires <= size) return put;
  return nullptr;
}

/// A thread's work on one column, as device code has it.
float mean_of_column(const MeanPlan& plan, const std::vector<float>& column) {
  constexpr uint32_t stride = 3;  // of the threads of a block, whose columns lie between each other
  const uint32_t n = plan.rows, p = (n + 1) / 2;
  std::vector<float> shared(2 * n * stride, NAN);
  const PutHalf put = network_for(p);
  put(column.data(), p, {shared.data(), stride});
  put(column.data() + p, n - p, {shared.data() + p * stride, stride});
  return mean_of(plan, {shared.data(), stride}, {shared.data() + n * stride, stride});
}

std::vector<float> column_of(const Samples& samples, size_t i) {
  std::vector<float> out;
  for (const auto& row : samples.rows) out.push_back(row[i]);
  return out;
}

struct Mean {
  size_t trim, drop;
};

/// Every trim of few rows and some of many, each with the drops on both sides of where another way is taken.
std::vector<Mean> means_of(size_t n, std::mt19937& random) {
  std::vector<Mean> out;
  for (size_t trim = 0; 2 * trim < n; ++trim) {
    if (n > 20 && trim % 7 != random() % 7 && 2 * trim + 2 < n) continue;
    for (const size_t drop :
         {size_t{0}, size_t{1}, trim, n / 2, n / 2 + 1, n - 1, size_t{32}, size_t{33}, random() % n})
      if (drop < n) out.push_back({trim, drop});
  }
  return out;
}

TEST(CudaColumnTest, HasTheBitsOfTheProcessorsMeans) {
  std::mt19937 random(1);
  constexpr size_t d = 20;
  for (const size_t n : {1, 2, 3, 4, 5, 6, 7, 9, 10, 15, 16, 17, 21, 31, 32, 33, 50, 63, 64, 65, 66, 99, 100, 127, 128})
    for (const auto& [trim, drop] : means_of(n, random)) {
      const MeanPlan plan = mean_plan(n, trim, drop);
      const Selection chosen = selection(n, trim, drop);
      BlockPlan whole{.combine = drop ? Combine::nearest_mean : Combine::trimmed_mean};
      whole.trim = static_cast<uint32_t>(trim);
      whole.drop = static_cast<uint32_t>(drop);
      for (const Samples& samples : {normal_rows(random, n, d), awkward_rows(random, n, d)}) {
        std::vector<float> expected(d), oracle, ours;
        combine(whole, samples.pointers, d, expected.data());
        for (size_t i = 0; i < d; ++i) {
          oracle.push_back(Selected(chosen, column_of(samples, i)).mean());
          ours.push_back(mean_of_column(plan, column_of(samples, i)));
        }
        ASSERT_EQ(bits(ours), bits(oracle)) << n << " rows, trim " << trim << ", drop " << drop;
        ASSERT_EQ(bits(ours), bits(expected)) << n << " rows, trim " << trim << ", drop " << drop;
      }
    }
}

TEST(CudaColumnTest, TrimsInfinitiesAwayAndKeepsThoseThatAreTooMany) {
  for (const size_t n : {5, 10, 17, 64, 100}) {
    const size_t trim = n / 4 + 1;
    for (size_t infinite = 0; infinite <= trim + 1; ++infinite) {
      std::vector<float> column(n, 0.0f);
      for (size_t k = 0; k < n; ++k) column[k] = static_cast<float>(k) - 3.5f;
      for (size_t k = 0; k < infinite; ++k) column[(k * 7 + 2) % n] = INFINITY;
      const size_t are = static_cast<size_t>(std::ranges::count(column, INFINITY));
      const float ours = mean_of_column(mean_plan(n, trim, 0), column);
      EXPECT_EQ(std::isinf(ours), are > trim) << n << " rows, " << are << " infinite, trim " << trim;
      if (are > trim) continue;
      EXPECT_EQ(ours, Selected(selection(n, trim, 0), column).mean());
      EXPECT_EQ(mean_of_column(mean_plan(n, trim, trim), column), Selected(selection(n, trim, trim), column).mean());
    }
  }
}

TEST(CudaColumnTest, GivesNaNWhereverOneRowHasOne) {
  std::mt19937 random(2);
  for (const size_t n : {1, 2, 3, 10, 15, 33, 64, 100})
    for (size_t k = 0; k < n; ++k)
      for (const float nan : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::quiet_NaN()}) {
        const Samples samples = normal_rows(random, n, 1);
        std::vector<float> column = column_of(samples, 0);
        column[k] = nan;
        for (const auto& [trim, drop] : means_of(n, random))
          ASSERT_TRUE(std::isnan(mean_of_column(mean_plan(n, trim, drop), column)))
              << n << " rows, NaN in row " << k << ", trim " << trim << ", drop " << drop;
      }
}

TEST(CudaColumnTest, HasNoNegativeZero) {
  for (const size_t n : {1, 2, 5, 10, 64})
    EXPECT_EQ(std::bit_cast<uint32_t>(mean_of_column(mean_plan(n, (n - 1) / 2, n / 3), std::vector<float>(n, -0.0f))),
              0u);
}

TEST(CudaColumnTest, FindsHowManyOfTheLowestAreOfTheFirstList) {
  std::mt19937 random(3);
  for (int turn = 0; turn < 200; ++turn) {
    const auto p = static_cast<uint32_t>(1 + random() % 9), q = static_cast<uint32_t>(random() % 9);
    std::vector<float> values(p + q);
    for (float& x : values) x = static_cast<float>(random() % 5);
    std::sort(values.begin(), values.begin() + p);
    std::sort(values.begin() + p, values.end());
    const Column column{values.data(), 1};
    Merging merging(column, p, q, 0, 0);
    std::vector<float> sorted = values;
    std::ranges::sort(sorted);
    for (uint32_t count = 0; count < p + q; ++count) {
      const uint32_t first = of_the_first(column, p, q, count);
      ASSERT_LE(first, std::min(p, count));
      ASSERT_LE(count - first, q);
      ASSERT_EQ(Merging(column, p, q, first, count - first).next(), sorted[count]);
      ASSERT_EQ(merging.next(), sorted[count]);
    }
  }
}

}  // namespace
}  // namespace zenops::cuda
