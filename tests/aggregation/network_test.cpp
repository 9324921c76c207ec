#include "aggregation/network.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace zenops {
namespace {

std::vector<Comparator> merges(size_t wires, size_t stride) {
  std::vector<Comparator> network;
  merge_exchange(wires, stride, [&](uint32_t low, uint32_t high) { network.push_back({low, high}); });
  return network;
}

std::vector<Comparator> full(size_t wires) { return merges(wires, std::bit_ceil(wires)); }

template <class T>
void exchange_all(const std::vector<Comparator>& network, std::vector<T>& wires) {
  for (const auto& [low, high] : network)
    if (wires[high] < wires[low]) std::swap(wires[low], wires[high]);
}

std::vector<int> zeros_and_ones(size_t wires, uint32_t pattern) {
  std::vector<int> values;
  for (size_t k = 0; k < wires; ++k) values.push_back(pattern >> k & 1);
  return values;
}

/// The `trim` lowest and highest wires are used as `outer`, the others are summed.
std::vector<Use> uses(size_t wires, size_t trim, Use outer) {
  std::vector<Use> result(wires, outer);
  std::fill(result.begin() + trim, result.end() - trim, Use::summed);
  return result;
}

TEST(NetworkTest, SortsEveryZeroOneVectorUpToFourteenWires) {  // and so everything (the 0–1 principle)
  for (size_t n = 1; n <= 14; ++n) {
    const auto network = full(n);
    for (uint32_t pattern = 0; pattern < 1u << n; ++pattern) {
      auto wires = zeros_and_ones(n, pattern);
      exchange_all(network, wires);
      ASSERT_TRUE(std::ranges::is_sorted(wires)) << "n = " << n << ", pattern " << pattern;
    }
  }
}

TEST(NetworkTest, SortsRandomOrdersUpToAHundredWires) {
  std::mt19937 random(1);
  for (size_t n = 1; n <= 100; ++n) {
    std::vector<int> wires(n);
    std::iota(wires.begin(), wires.end(), 0);
    for (int trial = 0; trial < 20; ++trial) {
      std::ranges::shuffle(wires, random);
      auto sorted = wires;
      exchange_all(full(n), sorted);
      ASSERT_TRUE(std::ranges::is_sorted(sorted)) << "n = " << n;
    }
  }
}

TEST(NetworkTest, MergesGroupsThatAreInOrderAlready) {
  std::mt19937 random(2);
  for (const size_t stride : {1, 2, 4, 8})
    for (size_t n = stride; n <= 60; ++n) {
      std::vector<uint32_t> wires(n), expected;
      for (auto& x : wires) x = random() % 32;
      expected = wires;
      std::ranges::sort(expected);
      for (size_t group = 0; group < stride; ++group) {
        std::vector<uint32_t> members;
        for (size_t k = group; k < n; k += stride) members.push_back(wires[k]);
        std::ranges::sort(members);
        for (size_t k = 0; k < members.size(); ++k) wires[group + k * stride] = members[k];
      }
      exchange_all(merges(n, stride), wires);
      ASSERT_EQ(wires, expected) << "n = " << n << ", stride " << stride;
    }
}

TEST(NetworkTest, NeedsAsManyExchangesAsBatchersMerge) {
  EXPECT_EQ(sorting_size(1), 0u);
  EXPECT_EQ(sorting_size(2), 1u);
  EXPECT_EQ(sorting_size(10), 31u);
  EXPECT_EQ(sorting_size(15), 59u);
  EXPECT_EQ(sorting_size(16), 63u);
  EXPECT_EQ(sorting_size(50), 395u);
}

TEST(NetworkTest, IsTheSameNetworkAtCompileTime) {
  EXPECT_TRUE(std::ranges::equal(sorting_network<13>, full(13)));
  static_assert(sorting_network<2>[0] == Comparator{0, 1});
}

TEST(NetworkTest, KeepsTheSummedValuesTogetherWhenItIsPrunedForTheirSum) {
  for (size_t n = 2; n <= 12; ++n)
    for (size_t trim = 0; 2 * trim < n; ++trim) {
      const auto network = pruned(full(n), uses(n, trim, Use::dropped));
      for (uint32_t pattern = 0; pattern < 1u << n; ++pattern) {
        auto wires = zeros_and_ones(n, pattern);
        auto sorted = wires;
        std::ranges::sort(sorted);
        exchange_all(network, wires);
        ASSERT_EQ(std::accumulate(wires.begin() + trim, wires.end() - trim, 0),
                  std::accumulate(sorted.begin() + trim, sorted.end() - trim, 0))
            << "n = " << n << ", trim " << trim << ", pattern " << pattern;
      }
    }
}

TEST(NetworkTest, KeepsEveryExactValueInItsPlaceWhenItIsPruned) {
  std::mt19937 random(3);
  for (size_t n = 3; n <= 64; ++n) {
    const size_t trim = (n - 1) / 2 - random() % ((n - 1) / 2);
    const auto network = pruned(full(n), uses(n, trim, Use::exact));
    std::vector<int> wires(n);
    std::iota(wires.begin(), wires.end(), 0);
    std::ranges::shuffle(wires, random);
    exchange_all(network, wires);
    for (size_t r = 0; r < trim; ++r) {
      ASSERT_EQ(wires[r], static_cast<int>(r));
      ASSERT_EQ(wires[n - 1 - r], static_cast<int>(n - 1 - r));
    }
  }
}

TEST(NetworkTest, LosesExchangesThatNobodyReads) {
  EXPECT_TRUE(merges(8, 1).empty());
  EXPECT_TRUE(pruned(full(8), uses(8, 0, Use::dropped)).empty());
  EXPECT_LT(pruned(full(15), uses(15, 7, Use::dropped)).size(), sorting_size(15));
  EXPECT_EQ(pruned(full(9), std::vector<Use>(9, Use::exact)).size(), sorting_size(9));
}

}  // namespace
}  // namespace zenops
