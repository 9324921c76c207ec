#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "aggregation/kernels/coordinatewise.hpp"
#include "aggregation/kernels/weighted_sum.hpp"
#include "aggregation/plan.hpp"
#include "tests/aggregation/every_target.hpp"
#include "tests/aggregation/kernels/selected.hpp"
#include "tests/aggregation/samples.hpp"

namespace zenops {
namespace {

using testing::Each;

BlockPlan plan_of(Combine kind, size_t trim, std::vector<float> weights = {}) {
  return {.combine = kind,
          .trim = static_cast<uint32_t>(trim),
          .weights = std::move(weights),
          .verdicts = {},
          .drop = kind == Combine::nearest_mean ? static_cast<uint32_t>(trim) : 0};
}

std::vector<float> combined(const BlockPlan& plan, std::span<const float* const> rows, size_t size) {
  std::vector<float> out(size, std::numeric_limits<float>::quiet_NaN());
  combine(plan, rows, size, out.data());
  return out;
}

std::vector<float> column(const Samples& samples, size_t i) {
  std::vector<float> values;
  for (const auto& row : samples.rows) values.push_back(row[i]);
  return values;
}

double mean(std::span<const float> values) {
  double sum = 0;
  for (const float x : values) sum += x;
  return sum / static_cast<double>(values.size());
}

double trimmed(std::vector<float> values, size_t trim) {
  std::ranges::sort(values);
  return mean(std::span(values).subspan(trim, values.size() - 2 * trim));
}

/// How far rounding may take a mean of `values` from its true value.
double tolerance(std::span<const float> values) {
  double largest = 0;
  for (const float x : values) largest = std::max(largest, std::abs(double{x}));
  return 1e-6 * largest + 1e-42;
}

/// Whether `got` is the mean of the n − trim values nearest to the trimmed mean. Of windows of the sorted values that
/// are as near as rounding can tell, any will do.
bool is_phocas(std::vector<float> values, size_t trim, double got) {
  std::ranges::sort(values);
  const size_t near = values.size() - trim;
  const double centre = trimmed(values, trim), slack = tolerance(values);
  std::vector<double> radius;
  for (size_t first = 0; first <= trim; ++first)
    radius.push_back(std::max(centre - values[first], values[first + near - 1] - centre));
  const double best = *std::ranges::min_element(radius);
  for (size_t first = 0; first <= trim; ++first)
    if (radius[first] <= best + slack && std::abs(got - mean(std::span(values).subspan(first, near))) <= slack)
      return true;
  return false;
}

/// What the kernel does, a coordinate and an operation at a time.
std::vector<float> one_at_a_time(const BlockPlan& plan, const Samples& samples, size_t size) {
  const Selection chosen =
      selection(samples.rows.size(), plan.trim, plan.combine == Combine::nearest_mean ? plan.drop : 0);
  std::vector<float> out;
  for (size_t i = 0; i < size; ++i) out.push_back(Selected(chosen, column(samples, i)).mean());
  return out;
}

struct Case {
  size_t n, d, trim;
};

/// Sizes around the tile and the vectors, numbers of rows around the groups.
std::vector<Case> cases(std::mt19937& random) {
  std::vector<Case> result;
  for (const size_t n : {1, 2, 3, 4, 5, 7, 10, 15, 16, 17, 18, 31, 32, 33, 50, 64, 65, 100})
    for (const size_t d : {0, 1, 15, 17, 255, 256, 257, 1000}) {
      if (d == 1000 && n > 50) continue;
      result.push_back({n, d, random() % ((n - 1) / 2 + 1)});
    }
  return result;
}

TEST(CombineTest, TrimmedMeanIsTheMeanOfTheMiddleValues) {
  std::mt19937 random(1);
  for (const auto& [n, d, trim] : cases(random)) {
    const Samples samples = normal_rows(random, n, d);
    const auto out = combined(plan_of(Combine::trimmed_mean, trim), samples.pointers, d);
    for (size_t i = 0; i < d; ++i) {
      const auto values = column(samples, i);
      ASSERT_NEAR(out[i], trimmed(values, trim), tolerance(values))
          << "n = " << n << ", d = " << d << ", trim " << trim;
    }
  }
}

TEST(CombineTest, PhocasIsTheMeanOfTheValuesNearestToTheTrimmedMean) {
  std::mt19937 random(2);
  for (const auto& [n, d, trim] : cases(random)) {
    const Samples samples = normal_rows(random, n, d);
    const auto out = combined(plan_of(Combine::nearest_mean, trim), samples.pointers, d);
    for (size_t i = 0; i < d; ++i)
      ASSERT_TRUE(is_phocas(column(samples, i), trim, out[i])) << "n = " << n << ", d = " << d << ", trim " << trim;
  }
}

TEST(CombineTest, WeightedSumIsFusedInTheOrderOfTheRows) {
  std::mt19937 random(3);
  for (const auto& [n, d, trim] : cases(random)) {
    const Samples samples = normal_rows(random, n, d);
    const auto weights = normal_row(random, n);
    std::vector<float> expected(d);
    for (size_t i = 0; i < d; ++i)
      for (size_t k = 0; k < n; ++k) expected[i] = std::fma(weights[k], samples.rows[k][i], expected[i]);
    ASSERT_EQ(bits(combined(plan_of(Combine::weighted_sum, 0, weights), samples.pointers, d)), bits(expected));
  }
}

TEST(CombineTest, HasTheSameBitsOnEveryTarget) {
  std::mt19937 random(4);
  for (const auto& [n, d, trim] : cases(random))
    for (const auto& samples : {normal_rows(random, n, d), awkward_rows(random, n, d)}) {
      for (const Combine kind : {Combine::trimmed_mean, Combine::nearest_mean}) {
        const BlockPlan plan = plan_of(kind, trim);
        const auto expected = bits(one_at_a_time(plan, samples, d));
        on_every_target([&, n = n, d = d, trim = trim] {
          ASSERT_EQ(bits(combined(plan, samples.pointers, d)), expected)
              << "n = " << n << ", d = " << d << ", trim " << trim;
        });
      }
      const BlockPlan sum = plan_of(Combine::weighted_sum, 0, std::vector<float>(n, 1 / static_cast<float>(n)));
      const auto expected = bits(combined(sum, samples.pointers, d));
      on_every_target([&, d = d] { ASSERT_EQ(bits(combined(sum, samples.pointers, d)), expected); });
    }
}

TEST(CombineTest, SumsOfCachedRowsHaveTheBitsThatTheirOneByOneSumsHave) {
  std::mt19937 random(12);
  for (const size_t n : {1, 3, 15, 70})
    for (const size_t d : {1, 15, 129, 700}) {
      const Samples samples = awkward_rows(random, n, d + 5);
      std::vector<std::vector<WeightedRow>> terms(n + 1);  // and one sum of nothing
      for (size_t i = 0; i < n; ++i)
        for (size_t k = 0; k < n; ++k)
          if (k == i || random() % 3) terms[i].push_back({samples.pointers[k], static_cast<float>(random() % 7) / 8});
      on_every_target([&] {
        std::vector<std::vector<float>> all(n + 1, std::vector<float>(d, NAN));
        std::vector<CachedSum> sums;
        for (size_t i = 0; i <= n; ++i) sums.push_back({terms[i], all[i].data()});
        cached_weighted_sums(sums, 5, d, Ahead(samples.pointers, 5 + d));
        for (size_t i = 0; i <= n; ++i) {
          std::vector<float> alone(d, NAN);
          weighted_sum(terms[i], 5, d, alone.data());
          ASSERT_EQ(bits(all[i]), bits(alone)) << n << " rows of " << d << ", sum " << i;
        }
      });
    }
}

TEST(CombineTest, HasTheSameBitsWhereverTheRowsAreCut) {
  std::mt19937 random(5);
  constexpr size_t n = 21, d = 600;
  const Samples samples = normal_rows(random, n, d);
  for (const auto& plan : {plan_of(Combine::trimmed_mean, 4), plan_of(Combine::nearest_mean, 4),
                           plan_of(Combine::weighted_sum, 0, normal_row(random, n))}) {
    const auto whole = combined(plan, samples.pointers, d);
    for (const size_t cut : {0, 1, 16, 255, 256, 257, 300, 599}) {
      std::vector<const float*> rest;
      for (const float* row : samples.pointers) rest.push_back(row + cut);
      auto parts = combined(plan, samples.pointers, cut);
      const auto second = combined(plan, rest, d - cut);
      parts.insert(parts.end(), second.begin(), second.end());
      EXPECT_EQ(bits(parts), bits(whole)) << "cut at " << cut;
    }
  }
}

TEST(CombineTest, ReadsANullRowAsARowOfZeros) {
  std::mt19937 random(6);
  for (const size_t n : {3, 10, 16, 17, 40})
    for (const size_t d : {1, 64, 100, 256, 333}) {
      Samples samples = normal_rows(random, n, d);
      for (const size_t k : {size_t{0}, n / 2}) std::ranges::fill(samples.rows[k], 0.0f);
      auto pointers = samples.pointers;
      pointers[0] = pointers[n / 2] = nullptr;
      for (const auto& plan : {plan_of(Combine::trimmed_mean, n / 4), plan_of(Combine::nearest_mean, n / 4),
                               plan_of(Combine::weighted_sum, 0, std::vector<float>(n, 0.25f))})
        EXPECT_EQ(bits(combined(plan, pointers, d)), bits(combined(plan, samples.pointers, d)));
    }
}

TEST(CombineTest, GivesZerosWithoutRowsAndWithoutWeight) {
  for (const Combine kind : {Combine::weighted_sum, Combine::trimmed_mean, Combine::nearest_mean})
    EXPECT_THAT(combined(plan_of(kind, 0), {}, 5), Each(0.0f));
  const Samples samples({{1, 2}, {3, 4}});
  EXPECT_THAT(combined(plan_of(Combine::weighted_sum, 0, {0, 0}), samples.pointers, 2), Each(0.0f));
}

TEST(CombineTest, TakesWhatOneAndTwoRowsSay) {
  const Samples one({{1, -2, 3}}), two({{1, -2, 3}, {3, 2, 3}});
  for (const Combine kind : {Combine::trimmed_mean, Combine::nearest_mean}) {
    EXPECT_THAT(combined(plan_of(kind, 0), one.pointers, 3), testing::ElementsAre(1, -2, 3));
    EXPECT_THAT(combined(plan_of(kind, 0), two.pointers, 3), testing::ElementsAre(2, 0, 3));
  }
}

TEST(CombineTest, AMedianDoesNotCareForTheOrderOfRows) {
  std::mt19937 random(7);
  for (const size_t n : {9, 16, 17, 50}) {
    Samples samples = normal_rows(random, n, 70);
    const BlockPlan plan = plan_of(Combine::trimmed_mean, (n - 1) / 2);
    const auto before = combined(plan, samples.pointers, 70);
    std::ranges::shuffle(samples.pointers, random);
    EXPECT_EQ(bits(combined(plan, samples.pointers, 70)), bits(before)) << n;
  }
}

TEST(CombineTest, MeansOfTheNearestHaveTheSameBitsOnEveryTargetWhateverIsTrimmedAndDropped) {
  std::mt19937 random(10);
  for (const size_t n : {2, 3, 8, 13, 16, 17, 29, 50, 66})
    for (int trial = 0; trial < 4; ++trial) {
      const size_t trim = trial == 0 ? (n - 1) / 2 : random() % ((n - 1) / 2 + 1);
      BlockPlan plan = plan_of(Combine::nearest_mean, trim);
      plan.drop = static_cast<uint32_t>(random() % n);
      const Samples samples = awkward_rows(random, n, 300);
      const auto expected = bits(one_at_a_time(plan, samples, 300));
      on_every_target([&] {
        ASSERT_EQ(bits(combined(plan, samples.pointers, 300)), expected)
            << "n = " << n << ", trim " << trim << ", drop " << plan.drop;
      });
    }
}

TEST(CombineTest, SortsIntegersToTheBitsThatFloatsHave) {
  std::mt19937 random(11);
  for (const size_t n : {17, 24, 50, 66, 100, 130})
    for (const size_t trim : {size_t{0}, n / 5, (n - 1) / 2}) {
      Samples samples = awkward_rows(random, n, 1100);
      samples.rows[n / 2][3] = INFINITY;
      samples.rows[n / 3][3] = -INFINITY;
      std::vector<float> means[2], nearest[2];
      for (const Sorted sorted : {Sorted::as_floats, Sorted::as_integers}) {
        auto& mean = means[static_cast<size_t>(sorted)];
        auto& near = nearest[static_cast<size_t>(sorted)];
        mean.resize(1100);
        near.resize(1100);
        trimmed_mean(samples.pointers, trim, mean.size(), mean.data(), sorted);
        nearest_mean(samples.pointers, trim, n / 5, near.size(), near.data(), sorted);
      }
      EXPECT_EQ(bits(means[0]), bits(means[1])) << n << ", trim " << trim;
      nearest[0][3] = nearest[1][3] = 0;  // how far an infinity is from another is not a number
      EXPECT_EQ(bits(nearest[0]), bits(nearest[1])) << n << ", trim " << trim;
    }
}

TEST(CombineTest, LiarsOfAnySizeCannotLeaveTheHonestRange) {
  std::mt19937 random(8);
  constexpr size_t n = 15, f = 3, d = 200;
  for (const float lie : {1e38f, -1e38f, 3.4e38f, -3.4e38f, 1e20f, 1e-40f})
    for (const Combine kind : {Combine::trimmed_mean, Combine::nearest_mean}) {
      Samples samples = normal_rows(random, n, d);
      for (const size_t liar : {0, 7, 14}) std::ranges::fill(samples.rows[liar], lie);
      samples.rows[7][0] = -lie;
      const auto out = combined(plan_of(kind, f), samples.pointers, d);
      for (size_t i = 0; i < d; ++i) {
        auto values = column(samples, i);
        for (const size_t liar : {14, 7, 0}) values.erase(values.begin() + liar);
        const auto [least, most] = std::ranges::minmax(values);
        ASSERT_GE(out[i], least) << lie;
        ASSERT_LE(out[i], most) << lie;
      }
    }
}

TEST(CombineTest, LiarsAmongManyRowsCannotLeaveTheHonestRange) {
  std::mt19937 random(9);
  constexpr size_t n = 50, f = 20, d = 64;
  for (const Combine kind : {Combine::trimmed_mean, Combine::nearest_mean}) {
    Samples samples = normal_rows(random, n, d);
    for (size_t k = 0; k < f; ++k) std::ranges::fill(samples.rows[2 * k], k % 3 ? 1e38f : -1e38f);
    for (const float x : combined(plan_of(kind, f), samples.pointers, d)) EXPECT_LT(std::abs(x), 5.0f);
  }
}

TEST(CombineTest, DoesNotOverflowOnTheWayToAMeanThatDoesNot) {
  for (const size_t n : {3, 15, 40}) {
    const Samples samples(std::vector<std::vector<float>>(n, std::vector<float>(70, 1e38f)));
    for (const Combine kind : {Combine::trimmed_mean, Combine::nearest_mean})
      for (const float x : combined(plan_of(kind, (n - 1) / 2), samples.pointers, 70)) EXPECT_NEAR(x, 1e38, 1e33);
  }
}

TEST(CombineTest, NeverAnswersMinusZero) {
  const Samples samples(std::vector<std::vector<float>>(5, std::vector<float>(20, -0.0f)));
  for (const auto& plan : {plan_of(Combine::trimmed_mean, 1), plan_of(Combine::nearest_mean, 1)})
    EXPECT_THAT(bits(combined(plan, samples.pointers, 20)), Each(0u));
}

}  // namespace
}  // namespace zenops
