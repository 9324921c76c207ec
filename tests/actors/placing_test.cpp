#include "actors/placing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace zenops {
namespace {

std::vector<Room> rooms(const std::vector<NodeSpec>& specs) { return {specs.begin(), specs.end()}; }

std::map<std::string, std::string> places(const Expected<std::vector<Assigned>>& found) {
  std::map<std::string, std::string> out;
  for (const Assigned& one : found.value()) out[one.name] = one.node;
  return out;
}

TEST(PlacingTest, ALaptopHasRoomForARunThatAsksForNothing) {
  const auto where = places(place(TrainingOptions{}, rooms({{.name = "a", .host = "h", .cores = 2}})));
  EXPECT_EQ(where.size(), 15u + 1 + 1 + 2);
}

TEST(PlacingTest, WorkersAreSpreadAndWhoCoordinatesIsWhereTheFirstShardIs) {
  TrainingOptions o;
  o.cluster.workers = 4;
  o.cluster.shards = 2;
  o.placement.shards.cores = 2;
  const auto where =
      places(place(o, rooms({{.name = "a", .host = "a", .cores = 1}, {.name = "b", .host = "b", .cores = 4}})));
  EXPECT_EQ(where.at("shard/0"), "b");
  EXPECT_EQ(where.at("shard/1"), "b");
  EXPECT_EQ(where.at("scheduler"), "b");
  EXPECT_EQ(where.at("evaluator"), "b");
  EXPECT_FALSE(where.contains("adversary"));
  o.adversary.threat_model = Sight::rows;
  EXPECT_EQ(places(place(o, rooms({{.name = "a", .host = "a", .cores = 1}, {.name = "b", .host = "b", .cores = 4}}))).at("adversary"), "b");
  EXPECT_EQ(std::ranges::count_if(
                where, [](const auto& one) { return one.first.starts_with("worker/") && one.second == "a"; }),
            2);
}

TEST(PlacingTest, AnotherOrderIsTriedWhenShardsWouldTakeWhatOnlyWorkersCanUse) {
  TrainingOptions o;
  o.cluster.workers = 1;
  o.placement.workers.gpus = 1;
  o.placement.workers.cores = 2;
  o.placement.shards.cores = 1;
  const auto where = places(
      place(o, rooms({{.name = "a", .host = "a", .cores = 2, .gpus = {0}}, {.name = "b", .host = "b", .cores = 1}})));
  EXPECT_EQ(where.at("worker/0"), "a");
  EXPECT_EQ(where.at("shard/0"), "b");
}

TEST(PlacingTest, SaysWhoLacksWhat) {
  TrainingOptions o;
  o.placement.workers.memory = 20;
  EXPECT_EQ(place(o, rooms({{.name = "a", .host = "a", .cores = 2, .memory = uint64_t{16} << 30}})).error().what,
            "worker/0 needs 20 GiB of memory: node a has 16 GiB of 16 GiB of memory free, 4 GiB too few");
}

}  // namespace
}  // namespace zenops
