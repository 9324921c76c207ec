#include "runtime/traffic.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace zenops {
namespace {

using Totals = std::map<std::string, Bytes>;

TEST(TrafficTest, AddsWhatAllThreadsCount) {
  Traffic traffic;
  Traffic::Kind *worker = traffic.kind("worker/1"), *shard = traffic.kind("shard/0");
  EXPECT_EQ(traffic.kind("worker/2"), worker);
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([&] {
      for (int k = 0; k < 10'000; ++k) Traffic::add(worker, shard, 3);
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(traffic.totals(), (Totals{{"worker", {180'000, 0}}, {"shard", {0, 180'000}}}));
}

TEST(TrafficTest, DoesNotCountWhatTheRuntimeSays) {
  Traffic traffic;
  for (const char* name : {"", "head", "node/1", "process/3"}) {
    EXPECT_EQ(traffic.kind(name), nullptr) << name;
    Traffic::add(traffic.kind(name), traffic.kind("worker/1"), 1);
    Traffic::add(traffic.kind("worker/1"), traffic.kind(name), 1);
  }
  EXPECT_EQ(traffic.totals(), Totals{});
}

TEST(TrafficTest, AddsWhatOtherProcessesHaveSentUntilNow) {
  Traffic traffic;
  Traffic::add(traffic.kind("worker/1"), traffic.kind("shard/0"), 5);
  traffic.learn(7, {{"worker", {10, 1}}});
  traffic.learn(7, {{"worker", {20, 2}}});
  traffic.learn(8, {{"validator", {1, 1}}});
  EXPECT_EQ(traffic.totals(), (Totals{{"worker", {25, 2}}, {"shard", {0, 5}}, {"validator", {1, 1}}}));
}

}  // namespace
}  // namespace zenops
