#include "aggregation/network.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace zenops {
namespace {

struct Network {
  std::vector<Comparator> exchanges;
  Order order;

  template <class T>
  std::vector<T> run(std::vector<T> wires) const {
    for (const auto& [low, high] : exchanges)
      if (wires[high] < wires[low]) std::swap(wires[low], wires[high]);
    std::vector<T> ranks;
    for (const uint32_t wire : order) ranks.push_back(wires[wire]);
    return ranks;
  }
};

Network network_of(Leaf kind, size_t wires) {
  Network out;
  out.order = leaf(kind, wires, [&](Comparator c) { out.exchanges.push_back(c); });
  return out;
}

std::vector<int> zeros_and_ones(size_t wires, uint32_t pattern) {
  std::vector<int> values;
  for (size_t k = 0; k < wires; ++k) values.push_back(pattern >> k & 1);
  return values;
}

TEST(NetworkTest, SortsEveryZeroOneVectorUpToFourteenWires) {  // and so everything (the 0–1 principle)
  for (size_t n = 1; n <= 14; ++n) {
    const Network network = network_of(Leaf::sort, n);
    for (uint32_t pattern = 0; pattern < 1u << n; ++pattern)
      ASSERT_TRUE(std::ranges::is_sorted(network.run(zeros_and_ones(n, pattern)))) << "n = " << n << ", pattern " << pattern;
  }
}

TEST(NetworkTest, SortsRandomOrdersUpToAHundredWires) {
  std::mt19937 random(1);
  for (size_t n = 1; n <= 100; ++n) {
    const Network network = network_of(Leaf::sort, n);
    std::vector<int> wires(n);
    std::iota(wires.begin(), wires.end(), 0);
    for (int trial = 0; trial < 20; ++trial) {
      std::ranges::shuffle(wires, random);
      ASSERT_TRUE(std::ranges::is_sorted(network.run(wires))) << "n = " << n;
    }
  }
}

TEST(NetworkTest, MergesListsThatAreInOrderAlready) {  // each is so many zeros and then ones
  for (size_t n = 1; n <= 64; ++n) {
    const Network network = network_of(Leaf::merge, n);
    const size_t half = (n + 1) / 2;
    for (size_t x = 0; x <= half; ++x)
      for (size_t y = 0; y <= n - half; ++y) {
        std::vector<int> wires(n, 1);
        std::fill_n(wires.begin(), x, 0);
        std::fill_n(wires.begin() + half, y, 0);
        ASSERT_TRUE(std::ranges::is_sorted(network.run(wires))) << "n = " << n << ", zeros " << x << " and " << y;
      }
  }
}

TEST(NetworkTest, MergesListsOfAnyTwoLengths) {
  for (uint32_t p = 0; p <= 9; ++p)
    for (uint32_t q = p == 0 ? 1 : 0; q <= 9; ++q) {
      const Order all = in_sequence(p + q);
      Network network;
      network.order = odd_even_merge(std::span(all).first(p), std::span(all).subspan(p),
                                     [&](Comparator c) { network.exchanges.push_back(c); });
      for (uint32_t x = 0; x <= p; ++x)
        for (uint32_t y = 0; y <= q; ++y) {
          std::vector<int> wires(p + q, 1);
          std::fill_n(wires.begin(), x, 0);
          std::fill_n(wires.begin() + p, y, 0);
          ASSERT_TRUE(std::ranges::is_sorted(network.run(wires))) << p << " and " << q << " wires";
        }
    }
}

TEST(NetworkTest, NeedsAsManyExchangesAsBatchersMerge) {
  EXPECT_EQ(leaf_size(Leaf::sort, 1), 0u);
  EXPECT_EQ(leaf_size(Leaf::sort, 2), 1u);
  EXPECT_EQ(leaf_size(Leaf::sort, 10), 31u);
  EXPECT_EQ(leaf_size(Leaf::sort, 15), 59u);
  EXPECT_EQ(leaf_size(Leaf::sort, 16), 63u);
  EXPECT_EQ(leaf_size(Leaf::sort, 50), 395u);
  EXPECT_EQ(leaf_size(Leaf::merge, 32), 65u);
}

TEST(NetworkTest, IsTheSameNetworkAtCompileTime) {
  const Network network = network_of(Leaf::sort, 13);
  EXPECT_TRUE(std::ranges::equal(leaf_network<Leaf::sort, 13>.first, network.exchanges));
  EXPECT_TRUE(std::ranges::equal(leaf_network<Leaf::sort, 13>.second, network.order));
  static_assert(leaf_network<Leaf::sort, 2>.first[0] == Comparator{0, 1});
}

TEST(NetworkTest, CountsNoMinimumOrMaximumThatNobodyReads) {
  EXPECT_EQ(leaf_operations(Leaf::sort, 10), 62u);
  EXPECT_EQ(leaf_operations(Leaf::lowest, 2), 1u);
  EXPECT_EQ(leaf_operations(Leaf::highest, 2), 1u);
  for (size_t n = 4; n <= 64; n += 2) {
    EXPECT_LT(leaf_operations(Leaf::lowest, n), leaf_operations(Leaf::merge, n));
    EXPECT_EQ(leaf_operations(Leaf::lowest, n), leaf_operations(Leaf::highest, n));
  }
}

}  // namespace
}  // namespace zenops
