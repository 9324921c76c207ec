#include "aggregation/cuda/mix_plan.hpp"

#include <gtest/gtest.h>

#include <set>

#include "aggregation/cuda/dense_mix.hpp"
#include "tests/aggregation/cuda/mixes.hpp"
#include "tests/aggregation/samples.hpp"

namespace zenops::cuda {
namespace {

/// What the kernel makes of one coordinate.
std::vector<float> made_at(const MixPlan& plan, size_t i) {
  std::vector<float> out;
  for (uint32_t group = 0; group < plan.groups(); ++group) {
    MixSums sums;
    for (uint32_t k = plan.begins[group]; k < plan.begins[group + 1]; ++k)
      sums.add(plan.steps[k], plan.steps[k].row[i]);
    for (uint32_t r = 0; r < kMixed && out.size() < plan.made; ++r) out.push_back(sums.sums[r]);
  }
  return out;
}

TEST(CudaMixPlanTest, MakesTheProcessorsRows) {
  std::mt19937 random(1);
  constexpr size_t d = 40;
  for (const size_t n : {1, 2, 3, 15, 16, 17, 50})
    for (const Mix& mix : mixes_of(n, random))
      for (const Samples& samples : {normal_rows(random, n, d), awkward_rows(random, n, d)}) {
        auto rows = samples.pointers;
        if (n > 3) rows[n / 2] = nullptr;
        const MixPlan plan = mix_plan(mix, rows);
        ASSERT_EQ(plan.sources.size(), mix.size());
        std::vector<std::vector<float>> made;
        for (size_t i = 0; i < d; ++i) made.push_back(made_at(plan, i));
        for (size_t k = 0; k < mix.size(); ++k) {
          // A weighted sum is a mix of one.
          BlockPlan sum{.weights = std::vector<float>(n)};
          for (const auto& [row, weight] : mix[k]) sum.weights[row] = weight;
          std::vector<float> expected(d);
          combine(sum, rows, d, expected.data());
          for (size_t i = 0; i < d; ++i) {
            const auto& [which, row] = plan.sources[k];
            const float x = which ? made[i][*which] : row ? row[i] : 0;
            ASSERT_EQ(std::bit_cast<uint32_t>(x + 0.0f), std::bit_cast<uint32_t>(expected[i] + 0.0f))
                << "mixed row " << k << " of " << n;
          }
        }
      }
}

TEST(CudaMixPlanTest, MakesEqualRowsOnceAndRowsAsTheyWereNotAtAll) {
  const float a = 1, b = 2, c = 3;
  const std::vector<const float*> rows = {&a, nullptr, &b, &c};
  const std::vector<Term> both = {{0, 0.5f}, {2, 0.5f}};
  const MixPlan plan = mix_plan({both, {{3, 1}}, both, {{1, 1}}, {{3, 2}}}, rows);
  EXPECT_EQ(plan.made, 2u);
  EXPECT_EQ(plan.sources[0].made, plan.sources[2].made);
  EXPECT_EQ(plan.sources[1].row, &c);
  EXPECT_FALSE(plan.sources[3].made || plan.sources[3].row);
  EXPECT_EQ(plan.sources[4].made, 1u);
}

TEST(CudaMixPlanTest, IsAMatrixOfTheSameWeights) {
  std::mt19937 random(2);
  constexpr size_t n = 33;
  const Samples samples = normal_rows(random, n, 1);
  for (const Mix& mix : mixes_of(n, random)) {
    const MixPlan plan = mix_plan(mix, samples.pointers);
    const DenseMix matrix = dense_mix(plan);
    const size_t width = matrix.rows.size();
    ASSERT_EQ(matrix.weights.size(), plan.made * width);
    for (size_t k = 0; k < mix.size(); ++k) {
      if (!plan.sources[k].made) continue;
      std::vector<float> expected(n), ours(n);
      for (const auto& [row, weight] : mix[k]) expected[row] = weight;
      for (size_t c = 0; c < width; ++c)
        ours[static_cast<size_t>(std::ranges::find(samples.pointers, matrix.rows[c]) - samples.pointers.begin())] =
            matrix.weights[*plan.sources[k].made * width + c];
      EXPECT_EQ(ours, expected);
    }
  }
}

TEST(CudaMixPlanTest, AGroupLoadsTheRowsThatItHasAndNoOther) {
  // Twenty rows, each scaled: a group of sixteen has sixteen of them, the other the rest.
  const std::vector<float> values(20);
  std::vector<const float*> rows;
  Mix mix;
  for (uint32_t k = 0; k < 20; ++k) {
    rows.push_back(&values[k]);
    mix.push_back({{k, 0.5f}});
  }
  const MixPlan plan = mix_plan(mix, rows);
  EXPECT_EQ(plan.begins, (std::vector<uint32_t>{0, 16, 20}));
  std::set<const float*> loaded;
  for (const MixStep& step : plan.steps) loaded.insert(step.row);
  EXPECT_EQ(loaded.size(), 20u);
}

}  // namespace
}  // namespace zenops::cuda
