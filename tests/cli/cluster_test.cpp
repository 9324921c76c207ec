#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tests/cli/daemons.hpp"
#include "tests/cli/process.hpp"

namespace zenops {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;
using testing::HasSubstr;

const std::string configs = std::filesystem::current_path() / "configs";

class ProcessesTest : public testing::Test {
 protected:
  Json run(const std::string& config, const std::vector<std::string>& settings) {
    std::vector<std::string> arguments{"run", configs + "/" + config, "--json", "--quiet"};
    for (const auto& setting : settings) arguments.insert(arguments.end(), {"--set", setting});
    const Ended ended = zenops_cli(folder_.path(), arguments);
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    return ended.exit_code == 0 ? Json::parse(ended.out) : Json::object({{"sha256", ended.err}});
  }
  TemporaryFolder folder_;
};

TEST_F(ProcessesTest, HaveTheBitsOfOneProcessWhateverIsInThem) {
  const std::vector<std::string> shape{"cluster.workers=8", "cluster.validators=2", "cluster.shards=3", "train.sparsity=0.3",
                                       "train.subsample=0.8", "cluster.isolation=process"};
  auto with = [&](const std::string& setting) {
    auto all = shape;
    all.push_back(setting);
    return run("blobs_zeno.yaml", all)["sha256"];
  };
  const auto whole = with("cluster.isolation=thread");
  EXPECT_EQ(with("cluster.isolation=process"), whole);
  EXPECT_EQ(with("cluster.workers_per_process=3"), whole);
  EXPECT_EQ(with("cluster.shards=1"), whole);
}

TEST_F(ProcessesTest, WhoseTablesGrowWhileRowsComeHaveTheBitsOfTablesMeasuredAtOnce) {
  auto with = [&](const std::string& setting) {
    return run("blobs_opt_alie.yaml", {"rule={name: krum, pre: [nnm], f: 4}", "cluster.workers=23", "cluster.validators=1",
                                       "attack={name: negative, workers: 4}", "train.rounds=3", setting})["sha256"];
  };
  EXPECT_EQ(with("cluster.isolation=process"), with("cluster.isolation=thread"));
}

TEST_F(ProcessesTest, HaveTheBitsOfOneProcessWithoutRoundsToo) {
  EXPECT_EQ(run("blobs_zenopp.yaml", {"cluster.isolation=process"})["sha256"], run("blobs_zenopp.yaml", {})["sha256"]);
}

TEST_F(ProcessesTest, ThatAreKilledInExactModeEndWithTheBitsOfARunWithoutFaults) {
  EXPECT_EQ(run("faults_exact.yaml", {"cluster.isolation=process"})["sha256"], run("faults_exact.yaml", {"faults.inject=[]"})["sha256"]);
}

TEST_F(ProcessesTest, AreGoneWhenTheRunThatStartedThemIsKilled) {
  Process process(folder_.path(), {"run", configs + "/blobs_zeno.yaml", "--quiet", "--set", "train.rounds=1000000", "--set",
                                   "cluster.isolation=process"});
  ASSERT_TRUE(trains(process, folder_.path() / "runs/blobs_zeno/metrics.jsonl"));
  const auto everybody = family(process.pid());
  EXPECT_GE(everybody.size(), 12u) << "7 workers, 2 shards, a validator, the run and its nursery";
  process.signal(SIGKILL);
  process.wait();
  EXPECT_TRUE(eventually([&] { return all_gone(everybody); }));
}

TEST_F(ProcessesTest, ThatCannotBePlacedAreToldOfBeforeAnythingIsWritten) {
  const Ended ended = zenops_cli(folder_.path(), {"run", configs + "/blobs_zeno.yaml", "--set", "cluster.isolation=process", "--set",
                                                  "cluster.placement.worker_cores=100000"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.err, HasSubstr("worker/0 needs 100000 cores"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "runs"));
}

/// A head and a node in one process, another node in another.
class ClusterTest : public ProcessesTest {
 protected:
  ClusterTest() {
    bring_up();
    if (!eventually([&] { return nodes() == 1; })) throw std::runtime_error("no head: " + head_->err());
    node_ = std::make_unique<Process>(folder_.path(), std::vector<std::string>{"join", address_, "--name", "b"});
    if (!eventually([&] { return nodes() == 2; })) throw std::runtime_error("no cluster: " + head_->err() + node_->err());
  }
  ~ClusterTest() override {
    for (auto* process : {&node_, &head_})
      if (*process && (*process)->running()) (*process)->signal(SIGTERM);
  }
  void bring_up() {
    head_ = std::make_unique<Process>(folder_.path(), std::vector<std::string>{"up", "--head", "--port", std::to_string(port_), "--state",
                                                                               (folder_.path() / "state").string(), "--name", "a"});
  }
  Json status() {
    const Ended ended = zenops_cli(folder_.path(), {"status", "--address", address_, "--json"});
    return ended.exit_code == 0 ? Json::parse(ended.out) : Json::object({{"nodes", Json::array()}, {"actors", Json::array()}});
  }
  size_t nodes() { return status()["nodes"].size(); }
  Json actor(const std::string& name) {
    const Json all = status();
    for (const auto& one : all["actors"])
      if (one["name"] == name) return one;
    return Json::object({{"pid", 0}, {"incarnation", 0}, {"state", "nobody"}, {"node", ""}});
  }
  bool is_up(const std::string& name, int incarnation) {
    const Json one = actor(name);
    return one["incarnation"] == incarnation && one["state"] == "up";
  }
  void start(uint32_t rounds, uint32_t deadline = 2) {
    run_ = std::make_unique<Process>(
        folder_.path(), std::vector<std::string>{"run", configs + "/blobs_zeno.yaml", "--address", address_, "--json", "--quiet", "--set",
                                                 "train.rounds=" + std::to_string(rounds), "--set", "cluster.deadline=" + std::to_string(deadline)});
    ASSERT_TRUE(trains(*run_, metrics())) << run_->err();
  }
  std::filesystem::path metrics() const { return folder_.path() / "runs/blobs_zeno/metrics.jsonl"; }
  size_t rounds() const { return lines_of(text_of(metrics())).size(); }
  /// After so many rounds more than there are now.
  bool goes_on(size_t more) {
    const size_t now = rounds();
    return eventually([&] { return rounds() >= now + more || !run_->running(); }) && rounds() >= now + more;
  }
  /// It ends well: every round once and in order, and as good a model as ever.
  void expect_good_end(uint32_t planned) {
    const Ended ended = run_->wait();
    ASSERT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_GE(Json::parse(ended.out)["accuracy"].get<double>(), 0.97);
    uint32_t expected = 0;
    for (const auto& line : lines_of(text_of(metrics()))) EXPECT_EQ(Json::parse(line)["round"], ++expected);
    EXPECT_EQ(expected, planned);
  }

  const uint16_t port_ = free_port();
  const std::string address_ = "127.0.0.1:" + std::to_string(port_);
  std::unique_ptr<Process> head_, node_, run_;
};

TEST_F(ClusterTest, RunsGoOnWhenWorkersShardsAndValidatorsAreKilledOrFrozen) {
  start(1200);
  std::set<pid_t> victims;
  for (const auto& [name, number] : {std::pair("shard/0", SIGKILL), {"worker/3", SIGKILL}, {"validator/0", SIGKILL}, {"worker/5", SIGSTOP}}) {
    const auto pid = actor(name)["pid"].get<pid_t>();
    ASSERT_GT(pid, 0) << name << status() << head_->err() << run_->err();
    victims.insert(pid);
    kill(pid, number);
    EXPECT_TRUE(eventually([&] { return is_up(name, 2); })) << name;
    EXPECT_TRUE(goes_on(3)) << name;
  }
  expect_good_end(1200);
  EXPECT_TRUE(eventually([&] { return all_gone(victims); })) << "the frozen one too";
  EXPECT_THAT(run_->err(), HasSubstr("shard/0#1 lost: it was killed by signal 9 (Killed); starting shard/0#2 in "));
  EXPECT_THAT(run_->err(), HasSubstr("worker/5#1 lost: no heartbeat for"));
  EXPECT_EQ(status()["actors"].size(), 0u);
}

TEST_F(ClusterTest, RunsGoOnOnTheOtherNodeWhenOneIsKilled) {
  start(1000);
  const auto its_family = family(node_->pid());
  node_->signal(SIGKILL);
  EXPECT_TRUE(eventually([&] { return nodes() == 1; }));
  EXPECT_TRUE(eventually([&] { return all_gone(its_family); }));
  const Json after = status();
  for (const auto& one : after["actors"]) EXPECT_NE(one["node"], "b") << one["name"];
  expect_good_end(1000);
}

TEST_F(ClusterTest, AHeadThatIsKilledAndStartedAgainPicksItsClusterUp) {
  start(600, 30);  // a shard that was lost with the head is missed until the head is back
  const Json before = status();
  head_->signal(SIGKILL);
  head_->wait();
  bring_up();
  ASSERT_TRUE(eventually([&] { return nodes() == 2; })) << head_->err();
  for (const auto& one : before["actors"]) {
    const std::string name = one["name"];
    const bool was_with_it = one["node"] == "a";
    EXPECT_TRUE(eventually([&] { return is_up(name, was_with_it ? 2 : 1); }))
        << name << " on " << one["node"] << status() << run_->err() << head_->err();
  }
  expect_good_end(600);
}

TEST_F(ClusterTest, TakesOneRunAfterTheOtherButNotTwoOfTheSameNames) {
  start(1000000);
  const Ended second = zenops_cli(folder_.path(), {"run", configs + "/blobs_zeno.yaml", "--address", address_, "--set", "name=second"});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, HasSubstr("is called shard/0 already: the run blobs_zeno is under way here"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "runs/second"));
  run_->signal(SIGKILL);
  run_->wait();
  EXPECT_TRUE(eventually([&] { return status()["actors"].empty(); })) << "a client that is gone takes its actors along";
  start(20);
  expect_good_end(20);
}

TEST_F(ClusterTest, EndsWithAllThatRunsInIt) {
  start(1000000);
  auto everybody = family(head_->pid());
  everybody.merge(family(node_->pid()));
  const Ended down = zenops_cli(folder_.path(), {"down", "--address", address_});
  EXPECT_EQ(down.exit_code, 0) << down.err;
  EXPECT_TRUE(eventually([&] { return all_gone(everybody); }));
  const Ended run = run_->wait();
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("the cluster was ended"));
}

TEST_F(ClusterTest, SaysWhatIsWrongWithACommand) {
  const std::string state = (folder_.path() / "state").string(), other = std::to_string(free_port());
  struct {
    std::vector<std::string> arguments;
    int exit_code;
    std::string sentence;
  } const cases[] = {
      {{"status", "--address", "127.0.0.1:" + other}, 1, "no head at 127.0.0.1:" + other + ": nobody listens there"},
      {{"join", "nowhere"}, 2, "\"nowhere\" is no address"},
      {{"join", address_, "--name", "b"}, 1, "the head did not take us: a node b is here already"},
      {{"up", "--head", "--port", std::to_string(port_), "--state", state + "2"}, 4, "cannot listen at " + address_},
      {{"up", "--head", "--port", other, "--state", state},
       4,
       "is another head's state: process " + std::to_string(head_->pid())},
      {{"up", "--head", "--port", other, "--state", "/proc/no"}, 4, "cannot write /proc/no"},
      {{"up", "--head", "--port", other, "--bind", "0.0.0.0"}, 2, "--bind: found 0.0.0.0"},
      {{"run", configs + "/blobs_zeno.yaml", "--address", address_, "--bind", "10.77.0.1"},
       2,
       "--bind: found 10.77.0.1"},
  };
  for (const auto& one : cases) {
    const Ended ended = zenops_cli(folder_.path(), one.arguments);
    EXPECT_EQ(ended.exit_code, one.exit_code) << one.sentence;
    EXPECT_THAT(ended.err, HasSubstr(one.sentence));
  }
}

}  // namespace
}  // namespace zenops
