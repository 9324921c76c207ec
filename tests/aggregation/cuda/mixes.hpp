#pragma once
#include <algorithm>
#include <numeric>
#include <random>

#include "aggregation/plan.hpp"

namespace zenops {

/// Mixes of n rows as rules have them, and some that none has.
inline std::vector<Mix> mixes_of(size_t n, std::mt19937& random) {
  std::normal_distribution<float> normal;
  std::vector<uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0u);
  const auto some = [&](size_t count) {
    std::ranges::shuffle(order, random);
    std::vector<uint32_t> out(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count));
    std::ranges::sort(out);
    return out;
  };
  Mix neighbours, buckets, scaled, any;
  for (size_t k = 0; k < n; ++k) {
    auto& near = neighbours.emplace_back();
    for (const uint32_t row : some((4 * n + 4) / 5)) near.push_back({row, 1 / static_cast<float>((4 * n + 4) / 5)});
    // Most rows are as they were.
    scaled.push_back({{static_cast<uint32_t>(k), k % 3 ? 1.0f : 0.25f}});
    auto& other = any.emplace_back();
    for (const uint32_t row : some(random() % (n + 1))) other.push_back({row, random() % 7 ? normal(random) : 0.0f});
  }
  if (n > 2) neighbours[2] = neighbours[0];  // as rows that are each other's nearest have them
  for (uint32_t k = 0; k < n; k += 2) {
    auto& bucket = buckets.emplace_back();
    for (uint32_t row = k; row < std::min<size_t>(n, k + 2); ++row) bucket.push_back({row, 0.5f});
  }
  return {neighbours, buckets, scaled, any};
}

}  // namespace zenops
