#include "actors/placing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "actors/gpu_of_shards.hpp"

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

TEST(PlacingTest, WorkersOfAProcessShareItsGpus) {
  TrainingOptions o;
  o.cluster.workers = 5;
  o.cluster.workers_per_process = 2;
  o.placement.workers.gpus = 0.3;
  o.placement.workers.cores = 1;
  const std::vector<NodeSpec> node = {{.name = "a", .host = "a", .cores = 8, .gpus = {4}}};
  const auto found = place(o, rooms(node));
  ASSERT_TRUE(found) << found.error().what;
  double gpus = 0, cores = 0;
  for (const Assigned& one : *found) {
    gpus += one.needs.gpus;
    cores += one.needs.cores;
    if (one.name.starts_with("worker/")) {
      EXPECT_EQ(one.gpus, std::vector<int>{4}) << one.name;
    }
  }
  EXPECT_DOUBLE_EQ(gpus, 0.9) << "three processes";
  EXPECT_EQ(cores, 5) << "cores are not shared";
  o.cluster.workers_per_process = 1;
  EXPECT_FALSE(place(o, rooms(node)));
}

TEST(PlacingTest, InOneProcessEverybodySharesTheGpusOfWhoeverNeedsMost) {
  TrainingOptions o;
  o.name = "r";
  const NodeSpec none{.name = "a", .host = "a", .cores = 1}, two{.name = "a", .host = "a", .cores = 1, .gpus = {2, 5}};
  EXPECT_EQ(gpus_of_one_process(o, none).value(), std::vector<int>{});
  o.placement.workers.gpus = 1;
  o.placement.validators.gpus = 0.5;
  EXPECT_EQ(gpus_of_one_process(o, two).value(), std::vector<int>{2}) << "fifteen workers and a validator";
  EXPECT_EQ(gpus_of_one_process(o, none).error().what, "the run r needs 1 gpu: node a has no gpu");
  o.placement.validators.gpus = 2;
  EXPECT_EQ(gpus_of_one_process(o, two).value(), (std::vector<int>{2, 5}));
  o.placement.workers.gpus = o.placement.validators.gpus = 0;
  o.placement.shards.gpus = 0.5;
  EXPECT_EQ(gpus_of_one_process(o, two).value(), std::vector<int>{2});
  EXPECT_FALSE(asks_for_gpus(o.placement)) << "nobody trains there";
  EXPECT_TRUE(gives_gpus(o.placement));
  o.placement.workers.gpus = 3;
  EXPECT_EQ(gpus_of_one_process(o, two).error().what, "the run r needs 3 gpus: node a has 2 of 2 gpus free, 1 too few");
}

TEST(PlacingTest, AdviceAboutGpusIsForThoseWhoLackThem) {
  TrainingOptions o;
  o.placement.workers.gpus = 1;
  EXPECT_EQ(advice(place(o, rooms({{.name = "a", .host = "a", .cores = 2}})).error(), o.placement),
            "; with resources.gpu 0 it trains on cores, with a part like 0.1 it shares a GPU");
  o.placement.workers.cores = 3;
  EXPECT_EQ(advice(place(o, rooms({{.name = "gpu", .host = "a", .cores = 2, .gpus = {0}}})).error(), o.placement), "")
      << "what lacks is cores, whatever the sentence names";
  EXPECT_EQ(advice({Ec::failed, "no gpu"}, o.placement), "");
}

TEST(PlacingTest, EachProcessIsGivenItsMemoryOnItsGpu) {
  constexpr uint64_t gib = uint64_t{1} << 30;
  TrainingOptions o;
  o.name = "r";
  o.cluster.workers = 4;
  o.cluster.workers_per_process = 2;
  o.placement.workers.gpus = 0.1;
  o.placement.workers.gpu_memory = 20;
  o.placement.validators.gpu_memory = 20;
  const NodeSpec node{.name = "a", .host = "a", .cores = 1, .gpus = {{0, 40 * gib}}};
  EXPECT_TRUE(place(o, rooms({node}))) << "two processes";
  o.cluster.workers_per_process = 1;
  EXPECT_EQ(place(o, rooms({node})).error().what,
            "worker/2 needs 0.1 gpu with 20 GiB on it beside the 2 others placed before it: "
            "node a has 0 bytes of 40 GiB of memory free on gpu 0, 20 GiB too few");
  EXPECT_EQ(gpus_of_one_process(o, node).value(), std::vector<int>{0});
  o.placement.workers.gpu_memory = 50;
  const auto refused = gpus_of_one_process(o, node);
  EXPECT_EQ(refused.error().what, "the run r needs 0.1 gpu with 50 GiB on it: node a has 40 GiB of 40 GiB of memory free on gpu 0, 10 GiB too few");
  EXPECT_EQ(advice(refused.error(), o.placement), "; with resources.gpu 0 it trains on cores");
  o.placement.workers.gpus = 0;
  EXPECT_TRUE(place(o, rooms({node}))) << "who trains on cores has no memory on GPUs";
}

TEST(PlacingTest, WhatShardsFillOfAGpuIsCounted) {
  constexpr uint64_t gib = uint64_t{1} << 30;
  TrainingOptions o;
  o.name = "r";
  o.cluster.workers = 2;
  o.cluster.shards = 2;
  o.placement.shards.gpus = 0.5;
  o.placement.shards.gpu_memory = 12;
  const NodeSpec node{.name = "a", .host = "a", .cores = 1, .gpus = {{0, 20 * gib}}};
  EXPECT_EQ(place(o, rooms({node})).error().what,
            "shard/1 needs 0.5 gpu with 12 GiB on it beside the 1 other placed before it: "
            "node a has 8 GiB of 20 GiB of memory free on gpu 0, 4 GiB too few");
  EXPECT_EQ(gpus_of_one_process(o, node).value(), std::vector<int>{0}) << "it is said of the process, and they are in one";
  o.placement.workers.gpus = 0.5;
  o.placement.workers.gpu_memory = 9;
  const auto refused = gpus_of_one_process(o, node);
  EXPECT_EQ(refused.error().what, "the run r needs 0.5 gpu with 21 GiB on it: node a has 20 GiB of 20 GiB of memory free on gpu 0, 1 GiB too few");
  EXPECT_EQ(advice(refused.error(), o.placement),
            "; with resources.gpu 0 it trains on cores; with cluster.placement.shard_gpus 0 its shards compute on cores");
  o.placement.workers.gpus = 0;
  EXPECT_EQ(advice(refused.error(), o.placement), "; with cluster.placement.shard_gpus 0 its shards compute on cores");
  o.placement.shards.gpus = 0;
  EXPECT_EQ(advice(refused.error(), o.placement), "; cluster.placement.pins says which GPUs, and resources.gpu_memory how much of each");
}

TEST(PlacingTest, AShardFillsItsCardWithTheRowsOfARoundAndWhatStaysOfItsSegments) {
  // Segments of 65,536 numbers: 256 KiB.
  const Layout layout({{.name = "a", .shape = {64 * 65'536}},
                       {.name = "small", .shape = {1000}},
                       {.name = "s", .shape = {65'536}, .exchange = Exchange::trusted}});
  TrainingOptions o;
  o.cluster.workers = 10;
  o.cluster.validators = 2;
  o.cluster.shards = 1;
  o.placement.shards.gpus = 1;
  const uint64_t of_a_row = 64 * 65'536 * sizeof(float);
  o.train.server.kind = ServerOptions::Kind::adam;
  EXPECT_EQ(gpu_memory_of_shard(o, layout, {.trusted = Trust::validator}, 0), (10 + 2) * of_a_row) << "of two groups the processor steps";
  o.cluster.validators = 1;
  EXPECT_EQ(gpu_memory_of_shard(o, layout, {}, 0), (10 + 5) * of_a_row);
  EXPECT_EQ(gpu_memory_of_shard(o, layout, {.trusted = Trust::previous}, 0), (10 + 1) * of_a_row) << "what it made before is the processor's";
  o.train.server.kind = ServerOptions::Kind::sgd;
  EXPECT_EQ(gpu_memory_of_shard(o, layout, {}, 0), (10 + 1) * of_a_row) << "sgd keeps the weights";
  o.train.server.kind = ServerOptions::Kind::adam;
  o.cluster.validators = 2;
  o.cluster.workers = 6;
  EXPECT_EQ(gpu_memory_of_shard(o, layout, {}, 0), 0u) << "three rows of a group are not worth the way";
  o.cluster.validators = 1;
  o.cluster.shards = 2;
  EXPECT_EQ(gpu_memory_of_shards(o, layout, {}) * 0x1p30, (6 + 5) * of_a_row) << "both in one process";
  o.cluster.isolation = Isolation::process;
  EXPECT_EQ(gpu_memory_of_shards(o, layout, {}) * 0x1p30, (6 + 5) * of_a_row * 33 / 64) << "the larger one's 33 of 64 segments";
  o.placement.shards.gpus = 0;
  EXPECT_EQ(gpu_memory_of_shards(o, layout, {}), 0);
}

TEST(PlacingTest, WhoIsPinnedIsThereWithItsProcessAndNobodyTakesItsGpu) {
  TrainingOptions o;
  o.cluster.workers = 4;
  o.cluster.workers_per_process = 2;
  o.placement.validators.gpus = 1;
  o.placement.pins = {{"worker/3", {"b", 1}}, {"shard/0", {"a", {}}}};
  const std::vector<NodeSpec> nodes = {{.name = "a", .host = "a", .cores = 1}, {.name = "b", .host = "b", .cores = 1, .gpus = {1, 2}}};
  EXPECT_EQ(pin_of(o, "worker/2"), (Pin{"b", 1}));
  EXPECT_EQ(pin_of(o, "worker/1"), Pin{});
  EXPECT_EQ(needs(o, "worker/2").gpus, 1) << "all of it";
  EXPECT_TRUE(asks_for_gpus(o.placement));
  const auto found = place(o, rooms(nodes));
  ASSERT_TRUE(found) << found.error().what;
  const auto of = [&](const std::string& name) { return *std::ranges::find(*found, name, &Assigned::name); };
  for (const char* name : {"worker/2", "worker/3"}) {
    EXPECT_EQ(of(name).node, "b");
    EXPECT_EQ(of(name).gpus, std::vector<int>{1});
  }
  EXPECT_TRUE(of("worker/0").gpus.empty());
  EXPECT_EQ(of("shard/0").node, "a");
  EXPECT_EQ(of("validator/0").gpus, std::vector<int>{2}) << "it is placed before";
  o.placement.workers.gpus = 0.5;
  EXPECT_EQ(needs(o, "worker/2").gpus, 0.5) << "its part of it";
  o.placement.pins["worker/3"].gpu = 7;
  EXPECT_EQ(place(o, rooms(nodes)).error().what, "worker/2 needs 0.5 of gpu 7: node b has no gpu 7");
  o.placement.pins["worker/3"] = {"c", {}};
  EXPECT_EQ(place(o, rooms(nodes)).error().what, "worker/2 is to be on node c, which is not here");
}

TEST(PlacingTest, ARunInOneProcessFollowsPinsThatAgree) {
  TrainingOptions o;
  o.name = "r";
  o.placement.pins = {{"validator/0", {"a", {}}}, {"worker/3", {"", 5}}};
  const NodeSpec here{.name = "a", .host = "a", .cores = 1, .gpus = {2, 5}};
  EXPECT_EQ(gpus_of_one_process(o, here).value(), std::vector<int>{5});
  o.placement.pins["worker/1"] = {"b", {}};
  EXPECT_EQ(gpus_of_one_process(o, here).error().what,
            "the run r lives in one process (cluster.isolation: thread), and what cluster.placement.pins says of worker/1 contradicts what it "
            "says of validator/0");
  o.placement.pins = {{"worker/1", {"b", {}}}};
  EXPECT_EQ(gpus_of_one_process(o, here).error().what, "the run r is to be on node b, which is not here");
}

}  // namespace
}  // namespace zenops
