// `run --resume`: processes that were killed, stopped and taken up again.
#include <gmock/gmock.h>
#include <signal.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "tests/cli/daemons.hpp"
#include "tests/cli/process.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

class ResumeRunTest : public testing::Test {
 protected:
  std::string config(const std::string& name) const { return (root_ / "configs" / name).string(); }
  Ended run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "run");
    return zenops_cli(folder_.path(), arguments);
  }
  /// blobs with everything that has a memory, `rounds` of them.
  std::vector<std::string> long_run(const std::string& name, const std::string& rounds) const {
    return {config("blobs_zeno.yaml"),
            "--quiet",
            "--set",
            "name=" + name,
            "--set",
            "train.rounds=" + rounds,
            "--set",
            "train.error=feedback",
            "--set",
            "train.compression=sign",
            "--set",
            "train.sparsity=0.2",
            "--set",
            "train.server={optimizer: adam, lr: 0.01}",
            "--set",
            "snapshots.every=5",
            "--set",
            "cluster.validators=2"};
  }
  std::filesystem::path file(const std::string& run, const std::string& name) const {
    return folder_.path() / "runs" / run / name;
  }
  Json result(const std::string& run) const { return Json::parse(text_of(file(run, "result.json"))); }
  /// Its metrics, without what is another in every run.
  std::vector<std::string> metrics(const std::string& run) const {
    std::vector<std::string> out;
    for (const auto& line : lines_of(text_of(file(run, "metrics.jsonl")))) {
      Json json = Json::parse(line);
      for (const char* key : {"wall_seconds", "compute_seconds", "transfer_seconds", "aggregation_seconds", "bytes"})
        json.erase(key);
      out.push_back(json.dump());
    }
    return out;
  }
  void expect_same(const std::string& run, const std::string& expected) const {
    EXPECT_EQ(result(run)["sha256"], result(expected)["sha256"]);
    EXPECT_EQ(metrics(run), metrics(expected));
    for (const char* key : {"accuracy", "loss", "rounds", "accepted", "stopped"})
      EXPECT_EQ(result(run)[key], result(expected)[key]) << key;
  }

  const std::filesystem::path root_ = std::filesystem::current_path();
  TemporaryFolder folder_;
};

TEST_F(ResumeRunTest, AfterKill9TheBitsAreThoseOfARunLeftAlone) {
  ASSERT_EQ(run(long_run("whole", "400")).exit_code, 0);
  std::mt19937 random(3);
  auto arguments = long_run("killed", "400");
  arguments.insert(arguments.begin(), "run");
  int kills = 0;
  for (int attempt = 0; attempt < 6; ++attempt) {
    Process process(folder_.path(),
                    attempt == 0 ? arguments : std::vector<std::string>{"run", "--resume", "runs/killed", "--quiet"});
    const size_t begin = lines_of(text_of(file("killed", "metrics.jsonl"))).size();
    const size_t more = 5 + random() % 60;
    while (process.running() && (!std::filesystem::exists(file("killed", "snapshots")) ||
                                 lines_of(text_of(file("killed", "metrics.jsonl"))).size() < begin + more))
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (process.running()) {
      process.signal(SIGKILL);
      ++kills;
    }
    const auto ended = process.wait();
    if (ended.exit_code != 128 + SIGKILL) break;
    bool any = false;
    for (const auto& one : std::filesystem::directory_iterator(file("killed", "snapshots")))
      any = any || one.path().filename().string().starts_with("round-");
    if (!any) {  // it had not even the first
      std::filesystem::remove_all(folder_.path() / "runs" / "killed");
      attempt = -1;
    }
  }
  EXPECT_GT(kills, 0);
  const auto ended =
      run({"--resume", "runs/killed", "--quiet", "--set", "cluster.threads=1", "--set", "cluster.shards=3"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  expect_same("killed", "whole");
}

TEST_F(ResumeRunTest, AfterCtrlCNothingIsLost) {
  ASSERT_EQ(run(long_run("whole", "300")).exit_code, 0);
  auto arguments = long_run("stopped", "300");
  arguments.insert(arguments.begin(), "run");
  arguments.push_back("--set");
  arguments.push_back("snapshots.every=1000");
  uint32_t done = 0;
  {
    Process process(folder_.path(), arguments);
    ASSERT_TRUE(trains(process, file("stopped", "metrics.jsonl"))) << process.err();
    process.signal(SIGINT);
    const auto ended = process.wait();
    ASSERT_EQ(ended.exit_code, 130) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("go on:    zenops-cli run --resume runs/stopped\n"));
    done = result("stopped")["rounds"];
  }
  const auto before = metrics("stopped");
  const auto ended = run({"--resume", "runs/stopped", "--json"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const auto after = metrics("stopped");
  ASSERT_EQ(before.size(), done);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin())) << "what it had is still there";
  expect_same("stopped", "whole");
}

TEST_F(ResumeRunTest, ARunThatIsUnderWayIsNotTakenUpByAnother) {
  // It stands in round 11, for a worker that does not answer and an hour to wait for it: no snapshot comes or goes any more. The one of
  // round 10 is the first; another that was still being written would stand in its way.
  auto arguments = long_run("busy", "1000");
  arguments.insert(arguments.begin(), "run");
  arguments.insert(arguments.end(), {"--set", "attack=[{name: silent, workers: 1, start: 11}]", "--set", "cluster.deadline=3600", "--set", "snapshots.every=10"});
  Process process(folder_.path(), arguments);
  const auto newest = file("busy", "snapshots") / "round-000010";
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(newest) || !process.running(); }) && process.running()) << process.err();
  const auto second = run({"--resume", "runs/busy"});
  EXPECT_EQ(second.exit_code, 4);
  EXPECT_THAT(second.err, HasSubstr("runs/busy: another process is at work in it"));
  process.signal(SIGKILL);
  process.wait();
}

TEST_F(ResumeRunTest, ACompleteRunIsLeftAloneOrGoesOnForMoreRounds) {
  ASSERT_EQ(run(long_run("short", "20")).exit_code, 0);
  const auto before = text_of(file("short", "metrics.jsonl"));
  const auto ended = run({"--resume", "runs/short"});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_EQ(ended.out, "runs/short is complete; nothing was changed\n");
  EXPECT_EQ(text_of(file("short", "metrics.jsonl")), before);

  ASSERT_EQ(run({"--resume", "runs/short", "--quiet", "--set", "train.rounds=30"}).exit_code, 0);
  ASSERT_EQ(run(long_run("longer", "30")).exit_code, 0);
  EXPECT_EQ(result("short")["sha256"], result("longer")["sha256"]);
  EXPECT_EQ(lines_of(text_of(file("short", "metrics.jsonl"))).size(), 30u);
  EXPECT_EQ(run({"--resume", "runs/short"}).out, "runs/short is complete; nothing was changed\n");
  const auto fewer = run({"--resume", "runs/short", "--set", "train.rounds=7"});
  EXPECT_EQ(fewer.exit_code, 0);
}

TEST_F(ResumeRunTest, TheOlderSnapshotIsUsedWhenTheNewestIsDamagedAndThatIsSaid) {
  ASSERT_EQ(run(long_run("whole", "20")).exit_code, 0);
  std::filesystem::copy(folder_.path() / "runs" / "whole", folder_.path() / "runs" / "cut",
                        std::filesystem::copy_options::recursive);
  std::filesystem::remove(file("cut", "result.json"));
  const auto newest = file("cut", "snapshots/round-000020/state.bin");
  ASSERT_TRUE(std::filesystem::exists(newest));
  std::ofstream(newest, std::ios::app) << "x";
  const auto ended = run({"--resume", "runs/cut", "--quiet"});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.err, HasSubstr("the snapshot runs/cut/snapshots/round-000020 cannot be used: its checksum is "
                                   "wrong\ngoing on from the one of round"));
  expect_same("cut", "whole");

  std::filesystem::remove(file("cut", "result.json"));
  for (const auto& one : std::filesystem::directory_iterator(file("cut", "snapshots")))
    std::ofstream(one.path() / "state.bin", std::ios::app) << "x";
  const auto weights = text_of(file("cut", "weights.safetensors"));
  const auto none = run({"--resume", "runs/cut"});
  EXPECT_EQ(none.exit_code, 3);
  EXPECT_THAT(none.err, HasSubstr("runs/cut: there is no snapshot that can be used to go on from"));
  EXPECT_EQ(text_of(file("cut", "weights.safetensors")), weights);
}

TEST_F(ResumeRunTest, SaysWhatCannotBeTakenUp) {
  const auto says = [&](std::vector<std::string> arguments, int exit_code, const std::string& sentence) {
    const auto ended = run(std::move(arguments));
    EXPECT_EQ(ended.exit_code, exit_code) << sentence;
    EXPECT_THAT(ended.err, HasSubstr(sentence));
  };
  says({"--resume", "nowhere"}, 3, "nowhere: not a run's folder: there is no config.yaml in it");
  says({"--resume", "runs/x", config("blobs_zeno.yaml")}, 2,
       "--resume takes the config of the run that it goes on with");
  says({}, 2, "config is required");
  auto none = long_run("none", "5");
  none.insert(none.end(), {"--set", "snapshots.every=0"});
  ASSERT_EQ(run(none).exit_code, 0);
  says({"--resume", "runs/none", "--set", "train.rounds=9"}, 3, "runs/none: there is no snapshot in it to go on from");
  ASSERT_EQ(run(long_run("some", "5")).exit_code, 0);
  says({"--resume", "runs/some", "--set", "train.optimizer.lr=1"}, 2, "a run that is taken up goes on as it began");
  says({"--resume", "runs/some", "--set", "cluster.workers=8"}, 2, "a run that is taken up goes on as it began");
  ASSERT_EQ(run({config("blobs_zenopp.yaml"), "--quiet", "--set", "train.rounds=2", "--set", "name=async"}).exit_code,
            0);
  says({"--resume", "runs/async", "--set", "train.rounds=9"}, 2, "asynchronous runs cannot be taken up again yet");
}

TEST_F(ResumeRunTest, TheConfigThatKillsItsOwnEndsWithTheBitsOfARunWithoutFaults) {
  const auto with = run({config("faults_exact.yaml"), "--json"});
  ASSERT_EQ(with.exit_code, 0) << with.err;
  EXPECT_THAT(with.err, HasSubstr("shard/0#1 lost: it was killed (fault injection); starting shard/0#2"));
  EXPECT_THAT(with.err, HasSubstr("worker/3#1 lost: it was killed (fault injection); starting worker/3#2"));
  const auto without =
      run({config("faults_exact.yaml"), "--json", "--set", "faults.inject=[]", "--set", "name=without"});
  ASSERT_EQ(without.exit_code, 0) << without.err;
  EXPECT_EQ(without.err.find("lost"), std::string::npos);
  EXPECT_EQ(result("faults_exact")["sha256"], result("without")["sha256"]);
  const auto elastic =
      run({config("faults_exact.yaml"), "--json", "--set", "faults.mode=elastic", "--set", "name=elastic"});
  EXPECT_EQ(elastic.exit_code, 0);
}

}  // namespace
}  // namespace zenops
