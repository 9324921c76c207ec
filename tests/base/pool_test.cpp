#include "base/pool.hpp"

#include <gmock/gmock.h>

#include <future>
#include <latch>

namespace zenops {
namespace {

using testing::Each;
using testing::ElementsAre;

TEST(PoolTest, RunsEveryJobOnOneOfItsThreads) {
  Pool pool(3);
  constexpr int jobs = 1000;
  std::vector<std::vector<int>> ran(3);  // what a thread owns needs no lock
  std::latch all(jobs);
  for (int j = 0; j < jobs; ++j) {
    pool.submit([&ran, &all, j](int thread) {
      ran.at(thread).push_back(j);
      all.count_down();
    });
  }
  all.wait();
  std::vector<int> times(jobs);
  for (const auto& of_thread : ran)
    for (int j : of_thread) ++times[j];
  EXPECT_THAT(times, Each(1));
}

TEST(PoolTest, StartsUrgentJobsFirstAndEachKindInItsOrder) {
  std::vector<int> order;
  std::latch all(6);
  std::promise<void> go;
  Pool pool(1);
  pool.submit([started = go.get_future().share()](int) { started.wait(); });
  for (int j : {0, 1, 2}) {
    auto job = [&order, &all](int number) {
      return [&order, &all, number](int) {
        order.push_back(number);
        all.count_down();
      };
    };
    pool.submit(job(j));
    pool.submit(job(10 + j), Pool::Urgency::urgent);
  }
  go.set_value();
  all.wait();
  EXPECT_THAT(order, ElementsAre(10, 11, 12, 0, 1, 2));
}

TEST(PoolTest, ForEachCallsDoneOnceAfterTheLastBody) {
  Pool pool(3);
  for (size_t count : {1u, 2u, 3u, 100u}) {
    std::vector<std::atomic<int>> calls(count);
    std::atomic<int> dones = 0;
    std::promise<int> finished;
    pool.for_each(
        count, [&](size_t i, int) { ++calls[i]; },
        [&] {
          int sum = 0;
          for (auto& c : calls) sum += c;
          ++dones;
          finished.set_value(sum);
        });
    EXPECT_EQ(finished.get_future().get(), static_cast<int>(count));
    EXPECT_EQ(dones, 1);
  }
}

TEST(PoolTest, ForEachTellsTheBodyItsThread) {
  constexpr size_t count = 300;
  Pool pool(3);
  std::vector<size_t> ran(3);
  std::promise<void> done;
  pool.for_each(
      count, [&](size_t, int thread) { ++ran.at(static_cast<size_t>(thread)); }, [&] { done.set_value(); });
  done.get_future().wait();
  EXPECT_EQ(ran[0] + ran[1] + ran[2], count);
}

TEST(PoolTest, ForEachAndWaitReturnsAfterTheLastBody) {
  Pool pool(3);
  for (size_t count : {0u, 1u, 2u, 100u}) {
    std::atomic<size_t> ran = 0;
    pool.for_each_and_wait(count, [&](size_t, int) { ++ran; });
    EXPECT_EQ(ran, count);
  }
}

TEST(PoolTest, ForEachOfNothingIsDoneAtOnce) {
  Pool pool(1);
  std::promise<void> done;
  pool.for_each(
      0, [](size_t, int) { FAIL(); }, [&] { done.set_value(); });
  done.get_future().wait();
}

TEST(PoolTest, ForEachMayBeCalledFromDone) {
  Pool pool(1);
  std::promise<int> result;
  std::atomic<int> sum = 0;
  auto add = [&](size_t i, int) { sum += static_cast<int>(i); };
  pool.for_each(4, add, [&] { pool.for_each(3, add, [&] { result.set_value(sum); }); });
  EXPECT_EQ(result.get_future().get(), 6 + 3);
}

TEST(PoolTest, ReleasesWhatAJobHoldsWhenItEnds) {
  Pool pool(1);
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = held;
  pool.submit([held = std::move(held)](int) {});
  std::promise<bool> alive;
  pool.submit([&](int) { alive.set_value(!watch.expired()); });
  EXPECT_FALSE(alive.get_future().get());
}

TEST(PoolTest, HasAThreadPerCoreUnlessToldOtherwise) {
  EXPECT_GE(Pool().threads(), 1);
  EXPECT_EQ(Pool(5).threads(), 5);
}

TEST(PoolTest, ForEachRunsNoMoreAtATimeThanItMay) {
  Pool pool(4);
  std::atomic<int> running = 0, most = 0, done = 0;
  std::promise<void> end;
  pool.for_each(
      64,
      [&](size_t, int) {
        const int now = ++running;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        std::this_thread::yield();
        ++done;
        --running;
      },
      [&] { end.set_value(); }, 2);
  end.get_future().wait();
  EXPECT_EQ(done, 64);
  EXPECT_LE(most, 2);
}

}  // namespace
}  // namespace zenops
