#include "actors/placing.hpp"
#include "tests/configs/parsed.hpp"

namespace zenops {
namespace {

TEST(ClusterKeysTest, GpusAreSaidOnceForAllOrForARole) {
  const auto placement = [](const std::string& text) { return parse(text).training.placement; };
  EXPECT_EQ(placement("resources: {gpu: 0.1}").workers.gpus, 0.1);
  EXPECT_EQ(placement("resources: {gpu: 0.1}").validators.gpus, 0.1);
  EXPECT_EQ(placement("resources: {gpu: 0.1}").shards.gpus, 0) << "shards do not train";
  const auto mixed = placement("resources: {gpu: 2}\ncluster: {placement: {validator_gpus: 0}}");
  EXPECT_EQ(mixed.workers.gpus, 2);
  EXPECT_EQ(mixed.validators.gpus, 0);
  EXPECT_EQ(placement("seed: 1").workers.gpus, 0);
}

TEST(ClusterKeysTest, GpusThatNobodyCanHaveAreRefused) {
  const std::string parts = ", expected whole GPUs, or a part of a single one", range = ", expected a number ≥ 0 and ≤ 1024";
  EXPECT_EQ(mistakes("cluster: {placement: {worker_gpus: 1.5}}"), "x.yaml:1:36: cluster.placement.worker_gpus: found 1.5" + parts);
  EXPECT_EQ(mistakes("cluster: {placement: {shard_gpus: 2}}"),
            "x.yaml:1:35: cluster.placement.shard_gpus: found 2, expected a number ≥ 0 and ≤ 1");
  EXPECT_EQ(mistakes("resources: {gpu: 1.5}"), "x.yaml:1:18: resources.gpu: found 1.5" + parts) << "once, where it is said";
  EXPECT_EQ(mistakes("resources: {gpu: -1}"), "x.yaml:1:18: resources.gpu: found -1" + range);
  EXPECT_EQ(mistakes("resources: {gpu: nan}"), "x.yaml:1:18: resources.gpu: found \"nan\"" + range);
  EXPECT_EQ(mistakes("resources: {gpu: 1e9}"), "x.yaml:1:18: resources.gpu: found 1e9" + range);
  EXPECT_EQ(mistakes("resources: 1"), "x.yaml:1:12: resources: found \"1\", expected a map with gpu, gpu_memory");
}

TEST(ClusterKeysTest, GpuMemoryIsThatOfWorkersAndValidators) {
  const auto placement = parse("resources: {gpu: 0.1, gpu_memory: 7.5}").training.placement;
  EXPECT_EQ(placement.workers.gpu_memory, 7.5);
  EXPECT_EQ(placement.validators.gpu_memory, 7.5);
  EXPECT_EQ(placement.shards.gpu_memory, 0);
  EXPECT_EQ(mistakes("resources: {gpu_memory: 7.5}"),
            "x.yaml:1:25: resources.gpu_memory: found 7.5, expected resources.gpu beside it: nobody who trains is given a GPU");
  EXPECT_EQ(mistakes("resources: {gpu_memory: -1}"), "x.yaml:1:25: resources.gpu_memory: found -1, expected a number ≥ 0 and ≤ 1000000");
}

TEST(ClusterKeysTest, PinsNameANodeAGpuOrBoth) {
  const auto pins = parse("cluster: {placement: {pins: {worker/3: {node: b, gpu: 1}, validator/0: {gpu: 0}, shard/0: {node: a}}}}").training.placement.pins;
  EXPECT_EQ(pins, (std::map<std::string, Pin>{{"worker/3", {"b", 1}}, {"validator/0", {"", 0}}, {"shard/0", {"a", {}}}}));
  EXPECT_TRUE(parse("cluster: {placement: {pins: }}").training.placement.pins.empty());
}

TEST(ClusterKeysTest, PinsThatNobodyCanFollowAreRefused) {
  const auto refused = [](const std::string& pins, const std::string& more = "") {
    return mistakes("cluster:\n  placement:\n    pins: " + pins + more);
  };
  const std::string path = "cluster.placement.pins";
  EXPECT_EQ(refused("{worker/15: {gpu: 0}}"), "x.yaml:3:12: " + path + ": found worker/15, expected an index below cluster.workers = 15");
  EXPECT_EQ(refused("{scheduler: {node: a}}"), "x.yaml:3:12: " + path + ": found \"scheduler\", expected worker/3, shard/0 or validator/1");
  EXPECT_EQ(refused("{worker/*: {node: a}}"), "x.yaml:3:12: " + path + ": found \"worker/*\", expected worker/3, shard/0 or validator/1");
  EXPECT_EQ(refused("{worker/03: {node: a}}"), "x.yaml:3:12: " + path + ": found \"worker/03\", expected worker/3, shard/0 or validator/1");
  EXPECT_EQ(refused("[worker/1]"), "x.yaml:3:11: " + path + ": found a list, expected a map like {worker/3: {node: b, gpu: 1}}");
  EXPECT_EQ(refused("b"), "x.yaml:3:11: " + path + ": found \"b\", expected a map like {worker/3: {node: b, gpu: 1}}");
  EXPECT_EQ(refused("{worker/1: b}"), "x.yaml:3:22: " + path + ".worker/1: found neither node nor gpu, expected a map like {node: b, gpu: 1}");
  EXPECT_EQ(refused("{worker/1: {node: \"\"}}"), "x.yaml:3:29: " + path + ".worker/1.node: found \"\", expected a node's name");
  EXPECT_EQ(refused("{worker/1: {gpu: -1}}"), "x.yaml:3:28: " + path + ".worker/1.gpu: found -1, expected an integer ≥ 0 and ≤ 1023");
  EXPECT_EQ(refused("{worker/1: {gpu: 1.5}}"), "x.yaml:3:28: " + path + ".worker/1.gpu: found 1.5, expected an integer ≥ 0 and ≤ 1023");
  EXPECT_EQ(refused("{worker/1: {card: 1}}"), "x.yaml:3:23: " + path + ".worker/1.card: unknown key; expected one of node, gpu");
  EXPECT_EQ(refused("{shard/0: {gpu: 1}}"), "x.yaml:3:27: " + path + ".shard/0.gpu: found 1, expected none beside cluster.placement.shard_gpus = 0: its rows stay on cores");
  EXPECT_EQ(refused("{validator/0: {gpu: 1}}", "\nresources: {gpu: 2}"),
            "x.yaml:3:31: " + path + ".validator/0.gpu: found 1, expected none beside 2 GPUs for each validator: one can be named");
}

TEST(ClusterKeysTest, PinsOfOneProcessAgree) {
  const std::string five = "\n  workers_per_process: 5", share = ", as those say who share its process (cluster.workers_per_process = 5)";
  EXPECT_EQ(mistakes("cluster:\n  placement: {pins: {worker/0: {node: a}, worker/4: {node: b}}}" + five),
            "x.yaml:2:60: cluster.placement.pins.worker/4.node: found b, expected a" + share);
  EXPECT_EQ(mistakes("cluster:\n  placement: {pins: {worker/4: {gpu: 1}, worker/0: {gpu: 0}}}" + five),
            "x.yaml:2:38: cluster.placement.pins.worker/4.gpu: found 1, expected 0" + share);
  EXPECT_EQ(pin_of(parse("cluster:\n  placement: {pins: {worker/0: {node: a}, worker/4: {gpu: 1}, worker/5: {node: b}}}" + five).training, "worker/2"),
            (Pin{"a", 1}))
      << "together they say both";
}

}  // namespace
}  // namespace zenops
