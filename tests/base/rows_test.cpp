#include "base/rows.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <thread>

namespace zenops {
namespace {

TEST(RowsTest, HandsOutTheSameMemoryAgain) {
  Rows rows;
  const float* first = rows.make(1000).view().data();
  const size_t bytes = rows.bytes();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(rows.make(1000).view().data(), first);
  EXPECT_EQ(rows.bytes(), bytes);
}

TEST(RowsTest, NeverHandsOutWhatIsInUse) {
  Rows rows;
  const Row a = rows.make(1000), b = rows.make(1000);
  EXPECT_NE(a.view().data(), b.view().data());
  const Row slice = rows.make(1000).slice(10, 5);  // the row itself is gone, its buffer is not
  const Row c = rows.make(1000);
  EXPECT_NE(c.view().data(), slice.view().data() - 10);
}

TEST(RowsTest, BuffersAreAlignedAndAnOddNumberOfCacheLinesLong) {
  for (size_t size : {0u, 1u, 15u, 16u, 17u, 31u, 32u, 1024u, 79510u}) {
    Rows rows;
    const Row row = rows.make(size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(row.view().data()) % 64, 0u);
    EXPECT_EQ(row.size(), size);
    EXPECT_EQ(rows.bytes() / 64 % 2, 1u);
    EXPECT_GE(rows.bytes(), size * sizeof(float));
  }
}

TEST(RowsTest, ASliceSharesItsBuffer) {
  Rows rows;
  Row row = rows.make(10);
  std::fill(row.mutable_view().begin(), row.mutable_view().end(), 0.f);
  Row slice = row.slice(2, 6).slice(1, 3);
  slice.mutable_view()[0] = 7;
  EXPECT_EQ(row.view()[3], 7);
  EXPECT_EQ(slice.size(), 3u);
}

TEST(RowsTest, RowsMayOutliveIt) {
  auto rows = std::make_optional<Rows>();
  Row row = rows->make(100);
  rows.reset();
  row.mutable_view()[99] = 1;
  EXPECT_EQ(row.view()[99], 1);
}

TEST(RowsTest, TwoThreadsNeverHoldTheSameBuffer) {
  Rows rows;
  auto work = [&rows](float mark) {
    for (int i = 0; i < 2000; ++i) {
      Row row = rows.make(64);
      std::fill(row.mutable_view().begin(), row.mutable_view().end(), mark);
      ASSERT_EQ(std::count(row.view().begin(), row.view().end(), mark), 64);
    }
  };
  std::thread one(work, 1.f), other(work, 2.f);
  one.join();
  other.join();
}

/// Counts its buffers, and marks them.
class CountingMemory final : public Memory {
 public:
  std::shared_ptr<float[]> allocate(size_t floats) override {
    ++made;
    EXPECT_EQ(floats * sizeof(float) / 64 % 2, 1u);
    return {new float[floats], [this](float* released) {
              ++freed;
              delete[] released;
            }};
  }
  int made = 0, freed = 0;
};

TEST(RowsTest, TakesItsBuffersFromTheMemoryThatItIsGivenAndKeepsThemToItsEnd) {
  const auto memory = std::make_shared<CountingMemory>();
  {
    Rows rows(memory);
    for (int i = 0; i < 3; ++i) rows.make(1000);
    EXPECT_EQ(memory->made, 1);
    const Row a = rows.make(1000), b = rows.make(1000);
    EXPECT_EQ(memory->made, 2);
    EXPECT_EQ(memory->freed, 0);
  }
  EXPECT_EQ(memory->freed, 2);
}

TEST(RowTest, OfNothingIsEmpty) {
  EXPECT_TRUE(Row().empty());
  EXPECT_TRUE(Row().view().empty());
}

}  // namespace
}  // namespace zenops
