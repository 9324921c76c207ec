#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "aggregation/arrivals.hpp"
#include "tests/aggregation/every_target.hpp"
#include "tests/aggregation/samples.hpp"

namespace zenops {
namespace {

void expect_same(const Products& a, const Products& b) {
  EXPECT_EQ(a.squared_norms, b.squared_norms);
  EXPECT_EQ(a.trusted_squared_norm, b.trusted_squared_norm);
  EXPECT_EQ(a.distances, b.distances);
  EXPECT_EQ(a.inner, b.inner);
  EXPECT_EQ(a.dots, b.dots);
}

/// The products of all points but the one at `trusted`, in the order in which they stand in `rows`, after they came in
/// another order and were measured `together` at a time.
Products one_after_the_other(const std::vector<const float*>& rows, const float* trusted, size_t size, size_t together,
                             std::mt19937& random) {
  std::vector<size_t> coming(rows.size() + (trusted != nullptr));
  std::iota(coming.begin(), coming.end(), size_t{0});
  std::ranges::shuffle(coming, random);
  Arrivals arrivals;
  std::vector<size_t> places(coming.size());
  for (size_t k = 0; k < coming.size(); ++k) {
    places[coming[k]] = k;
    arrivals.points.push_back(coming[k] < rows.size() ? rows[coming[k]] : trusted);
    if ((k + 1) % together == 0) measure_arrivals(arrivals, size);
  }
  measure_arrivals(arrivals, size);
  const std::optional<size_t> last = trusted ? std::optional(places[rows.size()]) : std::nullopt;
  return arranged(arrivals, std::span(places).first(rows.size()), last, size);
}

TEST(ArrivalsTest, HaveTheBitsOfATableThatIsMeasuredAtOnceOnEveryTarget) {
  std::mt19937 random(1);
  for (const size_t n : {1, 2, 5, 13, 26})
    for (const size_t d : {7, 600, 5000}) {
      Samples samples = normal_rows(random, n + 1, d);
      if (n > 2) samples.pointers[1] = nullptr;
      const std::vector<const float*> rows(samples.pointers.begin(), samples.pointers.end() - 1);
      for (const float* trusted : {samples.pointers.back(), static_cast<const float*>(nullptr)}) {
        const Products expected = measure(rows, trusted, d, true);
        for (const size_t together : {1, 3, 5, 10})
          on_every_target([&] {
            SCOPED_TRACE(std::to_string(n) + " rows of " + std::to_string(d) + ", " + std::to_string(together) + " at a time");
            expect_same(one_after_the_other(rows, trusted, d, together, random), expected);
          });
      }
    }
}

TEST(ArrivalsTest, ALiarOfAnySizeCostsTheOthersNoDigitWheneverItComes) {
  std::mt19937 random(2);
  constexpr size_t d = 300;
  for (const float lie : {1e38f, -3e38f, 1e-40f, 0.0f}) {
    Samples samples = normal_rows(random, 6, d);
    std::ranges::fill(samples.rows[2], lie);
    const std::vector<const float*> rows(samples.pointers.begin(), samples.pointers.end());
    const Products expected = measure(rows, nullptr, d, true);
    for (int trial = 0; trial < 5; ++trial)
      expect_same(one_after_the_other(rows, nullptr, d, 1 + trial, random), expected);
  }
}

TEST(ArrivalsTest, NothingIsMeasuredTwiceAndNothingWhereNobodyCame) {
  Arrivals arrivals;
  measure_arrivals(arrivals, 100);
  EXPECT_EQ(arrivals.measured(), 0u);
  const std::vector<float> row(100, 2);
  arrivals.points = {row.data(), nullptr};
  measure_arrivals(arrivals, 100);
  measure_arrivals(arrivals, 100);
  EXPECT_EQ(arrivals.squared_norms, (std::vector<double>{400, 0}));
  EXPECT_EQ(arrivals.distances, std::vector<double>{400});
}

}  // namespace
}  // namespace zenops
