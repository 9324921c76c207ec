#include "aggregation/kernels/selection.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "tests/aggregation/kernels/selected.hpp"

namespace zenops {
namespace {

using Values = std::vector<float>;

Values shuffled(size_t n, std::mt19937& random) {
  Values out(n);
  std::iota(out.begin(), out.end(), 0.0f);
  std::ranges::shuffle(out, random);
  return out;
}

Values sorted(Values values) {
  std::ranges::sort(values);
  return values;
}

/// The values first, first + 1, …
Values counted(size_t first, size_t count) {
  Values out(count);
  std::iota(out.begin(), out.end(), static_cast<float>(first));
  return out;
}

TEST(SelectionTest, KeepsTheMiddleValuesForEveryNumberOfRowsAndEveryTrim) {
  std::mt19937 random(1);
  for (size_t n = 1; n <= 140; ++n)
    for (size_t trim = 0; 2 * trim < n; ++trim) {
      const Selection s = selection(n, trim, 0);
      for (int trial = 0; trial < 3; ++trial)
        ASSERT_EQ(sorted(Selected(s, shuffled(n, random)).kept()), counted(trim, n - 2 * trim)) << "n = " << n << ", trim " << trim;
    }
}

TEST(SelectionTest, KeepsAsManyOnesAsThereAreInTheMiddleOfEveryZeroOneVector) {
  for (size_t n = 2; n <= 13; ++n)
    for (size_t trim = 0; 2 * trim < n; ++trim) {
      const Selection s = selection(n, trim, 0);
      for (uint32_t pattern = 0; pattern < 1u << n; ++pattern) {
        Values column(n);
        for (size_t k = 0; k < n; ++k) column[k] = static_cast<float>(pattern >> k & 1);
        const Values in_order = sorted(column);
        ASSERT_EQ(sorted(Selected(s, column).kept()), Values(in_order.begin() + trim, in_order.end() - trim)) << n << " " << pattern;
      }
    }
}

TEST(SelectionTest, BringsInOrderWhatAMeanOfTheNearestMayLeaveOut) {
  std::mt19937 random(2);
  for (size_t n = 2; n <= 70; ++n)
    for (size_t drop = 1; 2 * drop <= n && 2 * drop <= kMerged; ++drop) {
      const size_t trim = random() % ((n - 1) / 2 + 1);
      const Selection s = selection(n, trim, drop);
      const Selected selected(s, shuffled(n, random));
      ASSERT_EQ(selected.at(s.lowest), counted(0, drop)) << "n = " << n;
      ASSERT_EQ(selected.at(s.highest), counted(n - drop, drop)) << "n = " << n;
      ASSERT_EQ(sorted(drop == trim ? selected.kept() : selected.surely_kept()), counted(drop, n - 2 * drop)) << "n = " << n;
    }
}

TEST(SelectionTest, KnowsEveryRankWhenMoreThanHalfIsDropped) {
  std::mt19937 random(3);
  for (const size_t n : {3, 9, 28, 52, 64, 65, 100, 140})
    for (const size_t drop : {n / 2 + 1, n - 1}) {
      const Selection s = selection(n, 0, drop);
      ASSERT_EQ(Selected(s, shuffled(n, random)).at(s.order), counted(0, n)) << "n = " << n;
    }
}

TEST(SelectionTest, TakesFewerMinimaAndMaximaThanTheNetworkThatSorts) {
  for (size_t n = 4; n <= 64; ++n)
    for (size_t trim = 0; 2 * trim < n; ++trim) EXPECT_LT(selection(n, trim, 0).operations(), leaf_operations(Leaf::sort, n));
  EXPECT_EQ(selection(50, 10, 0).operations(), 2 * 276 + 2 * 10u);
}

}  // namespace
}  // namespace zenops
