#include <gmock/gmock.h>
#include <signal.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "tests/cli/daemons.hpp"
#include "tests/cli/hosts.hpp"

namespace zenops {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;

/// A head and a client on host 1, nodes a, b and c on hosts 1, 2 and 3.
class PartitionTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = Hosts::why_not(); !why.empty()) GTEST_SKIP() << "partitions are not tested: " << why;
    hosts_ = std::make_unique<Hosts>(3);
    head_ = on(1, {"up", "--head", "--port", "7700", "--state", (folder_.path() / "state").string(), "--name", "a"});
    ASSERT_TRUE(eventually([&] { return nodes() == 1; })) << head_->err();
    b_ = on(2, {"join", address_, "--name", "b"});
    c_ = on(3, {"join", address_, "--name", "c"});
    ASSERT_TRUE(eventually([&] { return nodes() == 3; })) << head_->err() << b_->err() << c_->err();
    run_ = on(1, {"run", std::filesystem::current_path() / "configs/blobs_zeno.yaml", "--address", address_, "--quiet",
                  "--set", "train.rounds=1000000", "--set", "train.eval_every=1000", "--set", "cluster.deadline=2"});
    ASSERT_TRUE(trains(*run_, metrics())) << run_->err();
  }
  void TearDown() override {
    for (auto* process : {&run_, &b_, &c_, &head_})
      if (*process && (*process)->running()) {
        (*process)->signal(SIGTERM);
        (*process)->wait();
      }
  }
  std::unique_ptr<Process> on(int host, std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--bind", Hosts::address(host), "--test-insecure-bind"});
    return std::make_unique<Process>(folder_.path(), arguments, hosts_->on(host));
  }
  Json status() {
    const Ended ended = zenops_cli(folder_.path(), {"status", "--address", address_, "--json"}, hosts_->on(1));
    return ended.exit_code == 0 ? Json::parse(ended.out)
                                : Json::object({{"nodes", Json::array()}, {"actors", Json::array()}});
  }
  size_t nodes() { return status()["nodes"].size(); }
  static size_t how_many_on(const Json& status, const std::string& node) {
    return static_cast<size_t>(
        std::ranges::count_if(status["actors"], [&](const Json& one) { return one["node"] == node; }));
  }
  static bool all_up(const Json& status) {
    return std::ranges::all_of(status["actors"], [](const Json& one) { return one["state"] == "up"; });
  }
  std::filesystem::path metrics() const { return folder_.path() / "runs/blobs_zeno/metrics.jsonl"; }
  bool goes_on(size_t more = 20) {
    const size_t now = lines_of(text_of(metrics())).size();
    return eventually([&] { return !run_->running() || lines_of(text_of(metrics())).size() >= now + more; }) &&
           run_->running();
  }
  /// The head gives node b up, and whoever was on it begins again on the others.
  void expect_move(const std::function<void()>& cut) {
    const Json before = status();
    EXPECT_GE(how_many_on(before, "b"), 2u) << before;
    lost_ = family(b_->pid());
    lost_.erase(b_->pid());
    EXPECT_GE(lost_.size(), 3u) << "a nursery and its processes";
    cut();
    EXPECT_TRUE(eventually([&] {
      const Json now = status();
      return now["nodes"].size() == 2 && how_many_on(now, "b") == 0 && all_up(now);
    })) << status();
    EXPECT_TRUE(goes_on()) << run_->err();
    for (const pid_t pid : lost_) EXPECT_FALSE(all_gone({pid})) << "they know nothing of it yet";
  }
  /// What ran on node b hears that it is over, and ends; the node is there again.
  void expect_return() {
    EXPECT_TRUE(eventually([&] { return all_gone(lost_); }));
    EXPECT_TRUE(eventually([&] { return nodes() == 3; })) << b_->err();
    EXPECT_THAT(b_->err(), HasSubstr("node b joins again, without what ran on it: the cluster has gone on without it"));
    EXPECT_EQ(how_many_on(status(), "b"), 0u);
    EXPECT_TRUE(goes_on()) << run_->err();
    // It is as good as any other.
    const Json now = status();
    for (const auto& one : now["actors"])
      if (one["node"] == "c" && one["name"].get<std::string>().starts_with("worker/"))
        kill(one["pid"].get<pid_t>(), SIGKILL);
    EXPECT_TRUE(goes_on()) << run_->err();
  }
  /// Every round was reported once and in order, and the model is as good as ever.
  void expect_good_end() {
    run_->signal(SIGINT);
    const Ended ended = run_->wait();
    uint32_t expected = 0;
    for (const auto& line : lines_of(text_of(metrics()))) ASSERT_EQ(Json::parse(line)["round"], ++expected);
    const Json result = Json::parse(text_of(folder_.path() / "runs/blobs_zeno/result.json"));
    EXPECT_EQ(result["rounds"], expected) << ended.err;
    EXPECT_GE(result["accuracy"].get<double>(), 0.97);
  }

  const std::string address_ = Hosts::address(1) + ":7700";
  TemporaryFolder folder_;
  std::unique_ptr<Hosts> hosts_;
  std::unique_ptr<Process> head_, b_, c_, run_;
  std::set<pid_t> lost_;  // what ran on node b
};

TEST_F(PartitionTest, ANodeWhoseCableIsOutIsReplacedAndComesBackWithoutWhatRanOnIt) {
  expect_move([&] { hosts_->unplug(2); });
  hosts_->plug_in(2);
  expect_return();
  expect_good_end();
}

TEST_F(PartitionTest, ANodeThatIsNotHeardIsReplacedThoughItHears) {
  expect_move([&] { hosts_->cut(2, 1); });
  hosts_->mend(2, 1);
  expect_return();
  expect_good_end();
}

TEST_F(PartitionTest, ANodeThatDoesNotHearIsReplacedThoughItSpeaks) {
  expect_move([&] { hosts_->cut(1, 2); });
  hosts_->mend(1, 2);
  expect_return();
  expect_good_end();
}

TEST_F(PartitionTest, NothingHappensWhenNothingArrivesForAMoment) {
  for (int k = 0; k < 3; ++k) {
    // Shorter than TCP's first pause before it tries again (0.2 s); the second comes 0.6 s after the loss, the
    // third 1.4 s.
    hosts_->cut(1, 2);
    hosts_->cut(2, 1);
    std::this_thread::sleep_for(100ms);
    hosts_->mend(2, 1);
    hosts_->mend(1, 2);
    EXPECT_TRUE(goes_on()) << run_->err();
  }
  const Json now = status();
  EXPECT_EQ(now["nodes"].size(), 3u);
  for (const auto& one : now["actors"]) EXPECT_EQ(one["incarnation"], 1) << one;
  EXPECT_THAT(head_->err(), Not(HasSubstr("lost")));
  expect_good_end();
}

}  // namespace
}  // namespace zenops
