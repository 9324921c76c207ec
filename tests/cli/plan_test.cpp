#include <gmock/gmock.h>
#include <unistd.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/expected.hpp"
#include "cli/node_spec.hpp"
#include "tests/cli/process.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Json = nlohmann::json;

std::string refusal(const std::string& text) {
  try {
    read_node(text);
  } catch (const UserError& e) {
    EXPECT_EQ(e.exit_code(), UserError::bad_config);
    return e.what();
  }
  return "";
}

TEST(NodeSpecTest, ReadsWhatANodeHas) {
  const NodeSpec node = read_node("a:cores=7.5,gpu=2,memory=1.5G,host=h,licence=3");
  EXPECT_EQ(node.name, "a");
  EXPECT_EQ(node.host, "h");
  EXPECT_EQ(node.cores, 7.5);
  EXPECT_THAT(node.gpus, ElementsAre(0, 1));
  EXPECT_EQ(node.memory, uint64_t{3} << 29);
  EXPECT_EQ(node.custom, (std::map<std::string, double>{{"licence", 3}}));
  EXPECT_EQ(read_node("b:memory=512").memory, 512u);
  EXPECT_EQ(read_node("b:cores=1").host, "b");
}

TEST(NodeSpecTest, SaysWhatItCannotRead) {
  EXPECT_EQ(refusal("a"), "node \"a\": expected a name and what it has, like a:cores=8,gpu=2,memory=64G");
  EXPECT_EQ(refusal(":cores=1"), "node \":cores=1\": expected a name and what it has, like a:cores=8,gpu=2,memory=64G");
  EXPECT_EQ(refusal("a:cores"),
            "node \"a:cores\": found \"cores\", expected key=value, like a:cores=8,gpu=2,memory=64G");
  EXPECT_EQ(refusal("a:cores=-1"), "node \"a:cores=-1\": cores: found \"-1\", expected a number ≥ 0");
  EXPECT_EQ(refusal("a:cores=2x"), "node \"a:cores=2x\": cores: found \"2x\", expected a number ≥ 0 and ≤ 1e9");
  EXPECT_EQ(refusal("a:cores=nan"), "node \"a:cores=nan\": cores: found \"nan\", expected a number ≥ 0");
  EXPECT_EQ(refusal("a:gpu=1.5"), "node \"a:gpu=1.5\": gpu: found 1.5, expected a whole number ≤ 1024");
  EXPECT_EQ(refusal("a:memory=3X"),
            "node \"a:memory=3X\": memory: found \"3X\", expected bytes, or a number with K, M, G or T");
}

class PlanTest : public testing::Test {
 protected:
  PlanTest() {
    std::ofstream(folder_.path() / "c.yaml") << "cluster: {workers: 6, shards: 2, placement: {worker_cores: 1}}\n";
  }
  Ended plan(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"plan", "c.yaml"});
    return zenops_cli(folder_.path(), arguments);
  }
  TemporaryFolder folder_;
};

TEST_F(PlanTest, ShowsWhereActorsWouldGo) {
  const auto ended = plan({"--node", "a:cores=4,memory=8G", "--node", "b:cores=4,gpu=1"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("NODE  CORES   GPUS    MEMORY              ACTORS\n"));
  EXPECT_THAT(ended.out, HasSubstr("a     3 of 4  0 of 0  0 bytes of 8 GiB    shard/0-1, validator/0, worker/0, "
                                   "worker/2, worker/4, scheduler, evaluator\n"));
  EXPECT_THAT(ended.out, HasSubstr("b     3 of 4  0 of 1  0 bytes of 0 bytes  worker/1, worker/3, worker/5\n"));
}

TEST_F(PlanTest, WithoutNodesItIsThisMachine) {
  const auto ended = plan({"--set", "cluster.placement.worker_cores=0", "--json"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  const auto json = Json::parse(ended.out);
  EXPECT_TRUE(json["fits"]);
  EXPECT_EQ(json["actors"].size(), 11u);
  char name[256] = "";
  gethostname(name, sizeof name - 1);
  EXPECT_EQ(json["actors"][0]["node"], name);
}

TEST_F(PlanTest, SaysWhyNotAndExitsWith1) {
  const auto ended = plan({"--node", "a:cores=4", "--node", "b:cores=1"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(ended.err,
            "zenops-cli: worker/5 needs 1 core beside the 5 others placed before it: node a has 0 of 4 cores free, 1 "
            "too few, node b "
            "has 0 of 1 core free, 1 too few\n");
  const auto json = plan({"--node", "a:cores=4", "--json", "--set", "cluster.placement.worker_gpus=1"});
  EXPECT_EQ(json.exit_code, 1);
  EXPECT_EQ(json.err, "");
  EXPECT_EQ(Json::parse(json.out)["why"], "worker/0 needs 1 core and 1 gpu: node a has no gpu");
}

TEST_F(PlanTest, PartsOfAGpuAddUpToWhatOneReads) {
  const auto ended = plan({"--node", "a:cores=8,gpu=1", "--set", "resources.gpu=0.06"});
  EXPECT_THAT(ended.out, HasSubstr("0.42 of 1")) << ended.err;  // six workers and a validator
}

TEST_F(PlanTest, CountsTheMemoryOfGpusAndFollowsPins) {
  const std::vector<std::string> two = {"--node", "a:cores=8,gpu=1,gpu_memory=16G", "--node", "b:cores=8,gpu=2,gpu_memory=40G"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), two.begin(), two.end());
    return plan(more);
  };
  const auto refused = with({"--set", "resources.gpu=0.1", "--set", "resources.gpu_memory=50"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("needs 0.1 gpu with 50 GiB on it: node a has 16 GiB of 16 GiB of memory free on gpu 0, 34 GiB too few, "
                                     "node b has 40 GiB of 40 GiB of memory free on gpu 0, 10 GiB too few\n"));
  const auto pinned = with({"--json", "--set", "cluster.placement.pins={worker/3: {node: b, gpu: 1}}"});
  ASSERT_EQ(pinned.exit_code, 0) << pinned.out << pinned.err;
  const Json json = Json::parse(pinned.out);
  for (const auto& one : json["actors"])
    if (one["name"] == "worker/3") {
      EXPECT_EQ(one["node"], "b");
      EXPECT_EQ(one["gpus"], Json::array({1}));
      EXPECT_EQ(one["gpu_share"], 1);
    }
  EXPECT_THAT(with({"--set", "cluster.placement.pins={worker/3: {node: a, gpu: 1}}"}).err, HasSubstr("node a has no gpu 1"));
}

TEST_F(PlanTest, ReadsNodesFromAFile) {
  std::ofstream(folder_.path() / "nodes") << "# ours\n a:cores=4  # the old one\n\nb:cores=8\n";
  EXPECT_EQ(plan({"--nodes", "nodes"}).exit_code, 0);
  const auto missing = plan({"--nodes", "nowhere"});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_EQ(missing.err, "zenops-cli: nowhere: cannot read: No such file or directory\n");
  const auto twice = plan({"--nodes", "nodes", "--node", "a:cores=1"});
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_EQ(twice.err, "zenops-cli: a node a is here already\n");
}

}  // namespace
}  // namespace zenops
