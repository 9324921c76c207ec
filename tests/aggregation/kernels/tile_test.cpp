#include "aggregation/kernels/tile.hpp"

#include <gtest/gtest.h>

#include <set>

namespace zenops {
namespace {

std::multiset<uint32_t> asked_for(const Tile& tile) {
  std::multiset<uint32_t> rows;
  for (const auto& row : tile.ahead())
    if (row) rows.insert(*row);
  return rows;
}

TEST(TileTest, AsksForEveryRowOnce) {
  for (size_t n = 1; n <= 140; ++n)
    for (const size_t drop : {size_t{0}, n / 5, n - 1}) {
      const Tile tile(selection(n, (n - 1) / 3, drop));
      const auto rows = asked_for(tile);
      EXPECT_EQ(rows.size(), n) << "drop " << drop;
      EXPECT_EQ(std::set<uint32_t>(rows.begin(), rows.end()).size(), n) << "drop " << drop;
    }
}

TEST(TileTest, LetsEveryKernelAskByHowLongItTakes) {  // of 100 rows a third of the time goes into merging
  const Tile tile(selection(100, 20, 0));
  size_t sorting = 0;
  for (size_t k = 0; k < tile.steps()[0].ahead; ++k) sorting += tile.ahead()[k].has_value();
  EXPECT_GT(sorting, 60u);
  EXPECT_LT(sorting, 80u);
}

TEST(TileTest, HasItsWiresInPartsOfWholeCacheLines) {
  for (const size_t n : {1, 16, 64, 65, 200}) {
    const Tile tile(selection(n, 0, 0));
    EXPECT_EQ(tile.width() % kPart, 0u);
    EXPECT_LE(tile.width(), kWidest);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(tile.at(n - 1)) % 64, 0u);
  }
}

}  // namespace
}  // namespace zenops
