#include "aggregation/cuda/many.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace zenops::cuda {
namespace {

TEST(CudaManyTest, RunsCoverTheHalvesAndFitAHelper) {
  for (uint32_t n = 1; n <= kManyRows; ++n) {
    uint32_t at = 0;
    for (uint32_t helper = 0; helper < kHelpers; ++helper) {
      if (helper == kRuns) {
        ASSERT_EQ(at, (n + 1) / 2);
      }
      const Share run = run_of(n, helper);
      ASSERT_EQ(run.begin, at) << n;
      ASSERT_LE(run.count(), n <= kManyRows / 2 ? kMostOfARun / 2 : kMostOfARun) << n;
      at = run.end;
    }
    ASSERT_EQ(at, n);
  }
}

TEST(CudaManyTest, HelpersWriteEachPlaceOnceAndInTheEndAllIsInOrder) {
  for (const uint32_t n : {1u, 2u, 7u, 8u, 9u, 33u, 129u, 130u, 255u, 256u, 257u, 400u, 511u, 512u}) {
    constexpr uint32_t stride = 2;
    std::vector<float> values(n * stride, -1), sorted;
    const Column column{values.data(), stride};
    for (uint32_t k = 0; k < n; ++k) column[k] = static_cast<float>((k * 7919 + 13) % 331);
    for (uint32_t k = 0; k < n; ++k) sorted.push_back(column[k]);
    std::ranges::sort(sorted);
    const auto sort = [&](Share share) {
      std::vector<float> run;
      for (uint32_t k = share.begin; k < share.end; ++k) run.push_back(column[k]);
      std::ranges::sort(run);
      for (uint32_t k = share.begin; k < share.end; ++k) column[k] = run[k - share.begin];
    };
    for (uint32_t helper = 0; helper < kHelpers; ++helper) sort(run_of(n, helper));
    for (uint32_t runs = 1; runs < kHelpers; runs *= 2) {
      std::vector<int> written(n);
      float v[kHelpers][kMostOfARun];
      Share parts[kHelpers];
      for (uint32_t helper = 0; helper < kHelpers; ++helper)
        parts[helper] = merge_part(column, n, helper, runs, v[helper]);
      for (uint32_t helper = 0; helper < kHelpers; ++helper) {
        for (uint32_t k = parts[helper].begin; k < parts[helper].end; ++k) ++written[k];
        put_part(v[helper], parts[helper], column);
      }
      ASSERT_EQ(std::ranges::count(written, 1), n) << n;
    }
    for (uint32_t k = 0; k < n; ++k) ASSERT_EQ(column[k], sorted[k]) << n;
    for (uint32_t k = 0; k < n; ++k) ASSERT_EQ(values[k * stride + 1], -1) << "another column was written";
  }
}

}  // namespace
}  // namespace zenops::cuda
