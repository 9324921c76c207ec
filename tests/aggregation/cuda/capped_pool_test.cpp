#include "aggregation/cuda/capped_pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "aggregation/cuda/error.hpp"

namespace zenops::cuda {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// What was allocated and is not released yet, and how often it was asked.
struct Ledger {
  std::set<void*> out;
  std::vector<size_t> asked;
  size_t has = SIZE_MAX;  // so many at a time
};

class CountedSource : public Source {
 public:
  explicit CountedSource(Ledger& ledger) : ledger_(ledger) {}
  void* allocate(size_t bytes) override {
    ledger_.asked.push_back(bytes);
    if (ledger_.out.size() == ledger_.has) throw NoRoom("GPU 0, allocating: out of memory");
    return *ledger_.out.insert(::operator new(1)).first;
  }
  void release(void* memory) noexcept override {
    ledger_.out.erase(memory);
    ::operator delete(memory);
  }

 private:
  Ledger& ledger_;
};

class CappedPoolTest : public testing::Test {
 protected:
  Ledger ledger_;
  CappedPool pool_{std::make_unique<CountedSource>(ledger_), 10'240'000, "GPU 0"};
};

TEST_F(CappedPoolTest, HandsOutAgainWhatWasGivenBack) {
  void* const first = pool_.take(1'000'000);
  pool_.give_back(first);
  EXPECT_EQ(pool_.in_use(), 0u);
  EXPECT_EQ(pool_.held(), 1'000'192u);
  EXPECT_EQ(pool_.take(1'000'100), first);
  EXPECT_THAT(ledger_.asked, ElementsAre(1'000'192));
  pool_.give_back(first);
}

TEST_F(CappedPoolTest, SaysWhatIsTooMuchAndStaysAsItWas) {
  void* const most = pool_.take(9'000'000);
  try {
    pool_.take(2'500'000);
    FAIL() << "the cap was passed";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "GPU 0: 2.5 MB more than the 9.0 MB in use would pass the cap of 10.2 MB");
  }
  EXPECT_EQ(pool_.in_use(), 9'000'192u);
  void* const rest = pool_.take(1'000'000);
  pool_.give_back(most);
  pool_.give_back(rest);
}

TEST_F(CappedPoolTest, ReleasesWhatItKeepsBeforeItRefuses) {
  pool_.give_back(pool_.take(6'000'000));
  void* const other = pool_.take(9'000'000);
  EXPECT_THAT(ledger_.out, ElementsAre(other));
  EXPECT_EQ(pool_.held(), pool_.in_use());
  pool_.give_back(other);
}

TEST_F(CappedPoolTest, ReleasesWhatItKeepsBeforeItSaysThatTheCardHasNoMore) {
  ledger_.has = 2;
  void* const first = pool_.take(1'000'000);
  pool_.give_back(pool_.take(2'000'000));
  void* const second = pool_.take(3'000'000);
  EXPECT_THAT(ledger_.out, UnorderedElementsAre(first, second));
  EXPECT_EQ(pool_.held(), pool_.in_use());
  EXPECT_THROW(pool_.take(1), NoRoom);
  EXPECT_THAT(ledger_.asked, ElementsAre(1'000'192, 2'000'128, 3'000'064, 3'000'064, 256))
      << "once more, and where there is something to release";
  pool_.give_back(first);
  pool_.give_back(second);
}

TEST_F(CappedPoolTest, RefusesSizesThatWouldOverflow) {
  EXPECT_THROW(pool_.take(SIZE_MAX), Error);
  EXPECT_THROW(pool_.take(SIZE_MAX - 100), Error);
  EXPECT_THAT(ledger_.asked, IsEmpty());
}

TEST(CappedPool, ReleasesEverythingAtItsEnd) {
  Ledger ledger;
  {
    CappedPool pool(std::make_unique<CountedSource>(ledger), 1'000'000, "GPU 0");
    void* const a = pool.take(1);
    void* const b = pool.take(1);
    EXPECT_NE(a, b);
    pool.give_back(a);
    pool.give_back(b);
  }
  EXPECT_THAT(ledger.out, IsEmpty());
}

}  // namespace
}  // namespace zenops::cuda
