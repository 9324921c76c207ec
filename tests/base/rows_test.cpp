#include "base/rows.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace zenops {
namespace {

constexpr size_t kLine = 64, kPage = 4096, kLarge = 1 << 20;  // bytes

uintptr_t address(const float* floats) { return reinterpret_cast<uintptr_t>(floats); }

/// Bytes of addresses that this process has mapped.
size_t mapped_bytes() {
  size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

/// Of the pages that are wholly these floats', those that there is memory behind; none when they are not mapped.
std::optional<size_t> pages_in_use(const float* floats, size_t size) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t begin = (address(floats) + page - 1) / page * page, end = address(floats + size) / page * page;
  std::vector<unsigned char> in_use((end - begin) / page);
  if (mincore(reinterpret_cast<void*>(begin), end - begin, in_use.data()) != 0) return std::nullopt;
  return static_cast<size_t>(std::ranges::count_if(in_use, [](unsigned char bits) { return bits & 1; }));
}

/// How the system has been advised to treat the mapping that holds the float: two letters each (see proc(5), smaps).
std::set<std::string> flags_of_mapping(const float* at) {
  std::ifstream file("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    uintptr_t begin = 0, end = 0;
    char dash = 0;
    if (words >> std::hex >> begin >> dash >> end && dash == '-') inside = begin <= address(at) && address(at) < end;
    if (inside && line.starts_with("VmFlags:")) {
      std::istringstream flags(line.substr(8));
      return {std::istream_iterator<std::string>(flags), {}};
    }
  }
  return {};
}

TEST(RowsTest, HandsOutTheSameMemoryAgain) {
  for (const size_t size : {1000u, 1000000u}) {
    Rows rows;
    const float* first = rows.make(size).view().data();
    const size_t bytes = rows.bytes();
    for (int i = 0; i < 10; ++i) EXPECT_EQ(rows.make(size).view().data(), first);
    EXPECT_EQ(rows.bytes(), bytes);
  }
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
  for (size_t size : {0u, 1u, 15u, 16u, 17u, 31u, 32u, 1024u, 79510u, 262128u, 262129u, 262144u, 524288u, 1000000u}) {
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

TEST(SkewTest, NoTwoOf64InARowBeginAtTheSameLineOfAPage) {
  for (const size_t bytes : {size_t{1} << 16, kLarge})
    for (size_t first : {size_t{0}, size_t{1000}, size_t{2047}, SIZE_MAX - 63}) {
      std::set<size_t> places;
      for (size_t k = first; k - first < 64; ++k) {
        EXPECT_EQ(skew(k, bytes) % kLine, 0u);
        places.insert(skew(k, bytes) % kPage);
        EXPECT_EQ((skew(k + 1, bytes) - skew(k, bytes)) / kLine % 2, 1u);
      }
      EXPECT_EQ(places.size(), 64u);
    }
}

TEST(SkewTest, LargeBuffersAreSpreadOver128KBAndOthersOverAPage) {
  std::set<size_t> large, small;
  for (size_t k = 0; k < 2048; ++k) {
    large.insert(skew(k, kLarge));
    small.insert(skew(k, kLarge - kLine));
  }
  EXPECT_EQ(large.size(), 2048u);
  EXPECT_EQ(*large.rbegin(), (128u << 10) - kLine);
  EXPECT_EQ(small.size(), 64u);
  EXPECT_EQ(*small.rbegin(), kPage - kLine);
}

TEST(SkewTest, LargeBuffersAreEquallyFarApart) {
  int irregular = 0;
  for (size_t k = 0; k < 1200; ++k) irregular += skew(k + 1, kLarge) - skew(k, kLarge) != skew(1, kLarge);
  EXPECT_LE(irregular, 10);
}

/// Buffers of so many bytes, around the sizes from which on the heap does something else.
class HeapTest : public testing::TestWithParam<size_t> {
 protected:
  const size_t bytes_ = GetParam(), floats_ = bytes_ / sizeof(float);
  std::shared_ptr<Memory> heap_ = heap();
};
class LargeHeapTest : public HeapTest {};

INSTANTIATE_TEST_SUITE_P(Bytes, HeapTest, testing::Values(kLine, kLarge - kLine, kLarge, 2 * kLarge, 5 * kLarge));
INSTANTIATE_TEST_SUITE_P(Bytes, LargeHeapTest,
                         testing::Values(kLarge, kLarge + kLine, 2 * kLarge - kLine, 2 * kLarge, 2 * kLarge + kLine,
                                         5 * kLarge + 3 * kLine));

TEST_P(HeapTest, EveryFloatMayBeWrittenAndIsNobodyElses) {
  std::vector<std::shared_ptr<float[]>> buffers;
  for (int k = 0; k < 8; ++k) {
    buffers.push_back(heap_->allocate(floats_));
    EXPECT_EQ(address(buffers.back().get()) % kLine, 0u);
    std::fill_n(buffers.back().get(), floats_, static_cast<float>(k));
  }
  buffers[3].reset();  // takes nothing of the others with it
  for (const size_t k : {0, 1, 2, 4, 5, 6, 7}) {
    const std::span floats(buffers[k].get(), floats_);
    EXPECT_EQ(std::ranges::count(floats, static_cast<float>(k)), static_cast<ptrdiff_t>(floats_));
  }
}

TEST_P(HeapTest, BuffersOutliveIt) {
  const auto buffer = heap_->allocate(floats_);
  heap_.reset();
  buffer[floats_ - 1] = 1;
  EXPECT_EQ(buffer[floats_ - 1], 1);
}

TEST_P(LargeHeapTest, NoTwoOf16InARowBeginAtTheSameLineOfAPageWhosesoeverTheyAre) {
  std::vector<std::shared_ptr<float[]>> buffers;
  for (int k = 0; k < 64; ++k) buffers.push_back((k % 2 == 0 ? heap_ : heap())->allocate(floats_));
  for (size_t first = 0; first + 16 <= buffers.size(); ++first) {
    std::set<uintptr_t> places;
    for (size_t k = first; k < first + 16; ++k) places.insert(address(buffers[k].get()) % kPage);
    EXPECT_EQ(places.size(), 16u) << "from " << first;
  }
  for (size_t k = 1; k < buffers.size(); ++k)
    EXPECT_EQ((address(buffers[k].get()) - address(buffers[k - 1].get())) / kLine % 2, 1u);
}

TEST_P(LargeHeapTest, NothingIsWrittenBeforeItsCallerDoes) {
  const auto buffer = heap_->allocate(floats_);
  EXPECT_EQ(pages_in_use(buffer.get(), floats_), 0u);
  std::fill_n(buffer.get(), floats_, 1.0f);
  EXPECT_GT(pages_in_use(buffer.get(), floats_), 0u);
}

TEST_P(LargeHeapTest, MapsLittleMoreThanItsBuffersAndGivesAllOfItBack) {
  constexpr size_t count = 64, slack = 1 << 20;  // for what tests themselves allocate
  std::vector<std::shared_ptr<float[]>> buffers;
  const size_t before = mapped_bytes();
  for (size_t k = 0; k < count; ++k) buffers.push_back(heap_->allocate(floats_));
  EXPECT_GE(mapped_bytes(), before + count * bytes_);
  EXPECT_LE(mapped_bytes(), before + count * (bytes_ + (128 << 10) + kPage) + slack);
  const float* const last = buffers.back().get();
  buffers.clear();
  EXPECT_LE(mapped_bytes(), before + slack);
  EXPECT_EQ(pages_in_use(last, floats_), std::nullopt);
}

TEST_P(LargeHeapTest, HugePagesAreAskedForWhereThereAreSuch) {
  const auto buffer = heap_->allocate(floats_);
  if (!std::filesystem::exists("/sys/kernel/mm/transparent_hugepage")) GTEST_SKIP() << "this system has none";
  EXPECT_TRUE(flags_of_mapping(buffer.get()).contains("hg"));
  // Nor is the first one lost to where the buffer begins.
  if (bytes_ >= 2 * kLarge) {
    EXPECT_LT(address(buffer.get()) % (2 * kLarge), 128u << 10);
  }
}

TEST(MemoryTest, WhatCannotBeMappedIsABadAlloc) { EXPECT_THROW(heap()->allocate(size_t{1} << 58), std::bad_alloc); }

TEST(RowTest, OfNothingIsEmpty) {
  EXPECT_TRUE(Row().empty());
  EXPECT_TRUE(Row().view().empty());
}

}  // namespace
}  // namespace zenops
