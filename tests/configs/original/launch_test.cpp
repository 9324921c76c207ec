#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "configs/config.hpp"
#include "configs/original/job.hpp"
#include "configs/original/words.hpp"
#include "configs/resolved.hpp"
#include "tests/base/temporary_folder.hpp"

namespace zenops::original {
namespace {

using testing::Contains;
using testing::HasSubstr;

/// Launchers' lines with hostfiles in a folder of the test's own.
class LaunchTest : public testing::Test {
 protected:
  LaunchTest() {
    write("workers", 15);
    write("validators", 1);
    write("servers", 1);
  }
  void write(const std::string& name, int lines) {
    std::ofstream file(folder_.path() / name);
    for (int k = 0; k < lines; ++k) file << (k > 0 ? "\n" : "") << "10.0.0." << k + 1;
  }
  std::string file(const std::string& name) const { return (folder_.path() / name).string(); }
  Job job(const std::vector<std::string>& words) const {
    Problems problems;
    const auto line = read_command(words, problems);
    Job result = make_job(launched(line, {}, problems), catalogue_, problems);
    problems.raise();
    return result;
  }
  Job job(const std::string& line) const { return job(*split_words(line)); }
  std::string mistakes(const std::string& line) const {
    try {
      job(line);
    } catch (const ConfigError& e) {
      return e.what();
    }
    return "none";
  }
  std::string ssh(const std::string& more, const std::string& flags = "") const {
    return "dist_launcher_zeno.py -WH " + file("workers") + " -VH " + file("validators") + " -SH " + file("servers") +
           " --scheduler-ip 10.0.0.9 --scheduler-port 1234 --server-command 'python3 launch.py' --worker-command "
           "'python3 launch.py python3 train_cifar10_zeno_worker.py " + flags + "' --validator-command "
           "'python3 launch.py python3 train_cifar10_zeno_validator.py " + flags + "' " + more;
  }
  std::string mpi(const std::string& script, const std::string& more, int workers, int validators, int servers) const {
    return script + " --num-workers " + std::to_string(workers) + " --num-validators " + std::to_string(validators) + " --num-servers " +
           std::to_string(servers) + " -H " + file("hosts") +
           " --scheduler-port 1234 --server-command launch.py --worker-command train_cifar10_zeno_worker.py --validator-command "
           "train_cifar10_zeno_validator.py " + more;
  }
  TemporaryFolder folder_;
  const Catalogue catalogue_;
};

TEST_F(LaunchTest, TheInstructionsLinesAreThePresets) {
  std::ifstream lines("tests/data/zeno_ps_launches.txt");
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const std::string name = line.substr(0, line.find(' '));
    auto words = *split_words(line.substr(line.find(' ')));
    for (auto& word : words)
      if (word.ends_with("-hostfile") && !word.starts_with("--")) word = file(word.substr(0, word.find('-')) + "s");
    const Job found = job(words);
    auto config = parse_config(to_yaml(found.experiment), name, {}, catalogue_);
    auto preset = load_config("preset:zeno-ps/" + name, {}, catalogue_);
    config.training.name = preset.training.name;
    EXPECT_EQ(to_yaml(config, catalogue_), to_yaml(preset, catalogue_)) << name;
  }
  EXPECT_EQ(count, 33);
}

TEST_F(LaunchTest, CountsTheLinesOfTheHostfiles) {
  write("servers", 4);
  const Job found = job(ssh(""));
  EXPECT_EQ(found.experiment.workers, 15u);
  EXPECT_EQ(found.experiment.validators, 1u);
  EXPECT_EQ(found.experiment.shards, 4u);
  EXPECT_THAT(found.experiment.remarks, Contains(HasSubstr("--scheduler-ip 10.0.0.9: no effect")));
}

TEST_F(LaunchTest, CountsThatContradictTheHostfilesAreRefused) {
  EXPECT_THAT(mistakes(ssh("--env DMLC_NUM_WORKER:16")),
              HasSubstr("DMLC_NUM_WORKER on the launcher's line: found 16 for the number of workers, expected 15, as " + file("workers") + " has it"));
  EXPECT_EQ(mistakes(ssh("--env DMLC_NUM_WORKER:15")), "none");
}

TEST_F(LaunchTest, ReadsTheVariablesThatItPassesOn) {
  EXPECT_EQ(job(ssh("--env BYTEPS_SERVER_ENGINE_THREAD:8")).experiment.shard_threads, 8u);
  EXPECT_THAT(job(ssh("--env PS_VERBOSE:2")).experiment.remarks, Contains(HasSubstr("PS_VERBOSE=2: no effect")));
  EXPECT_THAT(mistakes(ssh("--env PS_VERBOSE=2")), HasSubstr("--env: found \"PS_VERBOSE=2\", expected KEY:VALUE"));
}

TEST_F(LaunchTest, ServersMustBeAskedForTheSameMode) {
  const std::string async = "--sync-mode async --validation-type zenopp";
  EXPECT_EQ(mistakes(ssh("--sync-mode async", async)), "none");
  EXPECT_THAT(mistakes(ssh("", async)), HasSubstr("launcher's line: --sync-mode: found sync for the servers and async on the scripts' lines"));
  EXPECT_THAT(mistakes(ssh("--env BYTEPS_ENABLE_ASYNC:1")), HasSubstr("BYTEPS_ENABLE_ASYNC: found 1 beside --sync-mode sync"));
}

TEST_F(LaunchTest, HostfilesThatAreNoneAreNamed) {
  std::ofstream(folder_.path() / "workers") << "10.0.0.1\n10.0.0.2:a\n";
  EXPECT_THAT(mistakes(ssh("")), HasSubstr("workers:2:1: found \"10.0.0.2:a\", expected a line like ip[:ssh-port[:gpu]]"));
  EXPECT_THAT(mistakes("dist_launcher_zeno.py --worker-command train_cifar10_zeno_worker.py"), HasSubstr("--worker-hostfile: missing"));
  EXPECT_THAT(mistakes(ssh("-WH no/such/file")), HasSubstr("no/such/file: cannot read"));
}

TEST_F(LaunchTest, CommandsMustBeTheRoles) {
  EXPECT_THAT(mistakes(ssh("--worker-command train_cifar10_zeno_validator.py")),
              HasSubstr("--worker-command: found a validator's line, expected a worker's line"));
  EXPECT_THAT(mistakes(ssh("--worker-command \"python3 'x\"")), HasSubstr("--worker-command: found a quote without an end"));
  EXPECT_THAT(mistakes(ssh("--worker-comand x")), HasSubstr("--worker-comand: unknown flag; did you mean \"--worker-command\"?"));
}

TEST_F(LaunchTest, MpisHostfileHasALineForEachProcess) {
  write("hosts", 7);
  const Job found = job(mpi("dist_launcher_zeno_mpi.py", "--interface ib0", 4, 1, 2));
  EXPECT_EQ(found.experiment.workers, 4u);
  EXPECT_EQ(found.experiment.shards, 2u);
  EXPECT_THAT(mistakes(mpi("dist_launcher_zeno_mpi.py", "", 5, 1, 2)),
              HasSubstr("hosts: found 7 lines, expected 5 + 1 + 2 = 8: workers, then validators, then servers"));
}

TEST_F(LaunchTest, ColocatedServersHaveNoLinesOfTheirOwn) {
  write("hosts", 6);
  EXPECT_EQ(mistakes(mpi("configfile_zeno_intel_mpi.py", "-o configfile --server-validator-colocated", 4, 2, 2)), "none");
  EXPECT_THAT(mistakes(mpi("configfile_zeno_intel_mpi.py", "-o configfile", 4, 2, 2)), HasSubstr("expected 4 + 2 + 2 = 8"));
}

TEST_F(LaunchTest, EveryFlagOfALauncherIsTaken) {
  write("hosts", 6);
  for (const Flag& flag : flags()) {
    const bool reads_file = flag.example.ends_with("s") && flag.name.ends_with("hostfile");
    if (!(flag.programs & launchers) || reads_file || flag.key == "(read)" || flag.name.starts_with("--num") || flag.name == "--sync-mode") continue;
    const std::string given = " " + flag.name + " " + flag.example;
    const bool colocated = flag.name == "--server-validator-colocated";
    const Job found = flag.programs & ssh_launcher     ? job(ssh(given))
                      : flag.programs & intel_launcher ? job(mpi("configfile_zeno_intel_mpi.py", given, 4, colocated ? 2 : 1, colocated ? 2 : 1))
                                                       : job(mpi("dist_launcher_zeno_mpi.py", given, 4, 1, 1));
    if (flag.key.empty()) {
      EXPECT_THAT(found.experiment.remarks, Contains(flag.name + " " + flag.example + ": no effect: " + flag.remark + "."));
    }
  }
}

}  // namespace
}  // namespace zenops::original
