#include "tests/cli/process.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/expected.hpp"
#include "tests/cli/daemons.hpp"

namespace zenops::repl {
namespace {

using testing::HasSubstr;

/// A shell at a cluster without actors.
class ReplProcessTest : public testing::Test {
 protected:
  ReplProcessTest() {
    head_ = std::make_unique<Process>(
        folder_.path(), std::vector<std::string>{"up", "--head", "--port", std::to_string(port_), "--state",
                                                 (folder_.path() / "state").string(), "--name", "a"});
    if (!eventually([&] { return shell({"-c", "nodes"}).exit_code == 0; }))
      throw std::runtime_error("no head: " + head_->err());
  }
  ~ReplProcessTest() override { head_->signal(SIGTERM); }

  std::vector<std::string> words(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all{"repl", "--address", "127.0.0.1:" + std::to_string(port_)};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return all;
  }
  Ended shell(const std::vector<std::string>& arguments, const std::string& prelude = ":") {
    return zenops_cli(folder_.path(), words(arguments), prelude);
  }
  /// A shell that watches for ever, at work.
  std::unique_ptr<Process> watcher(const std::string& prelude = ":") {
    const auto mark = folder_.path() / "at_work";
    auto process =
        std::make_unique<Process>(folder_.path(), words({"-c", "record at_work; watch * for 3600s"}), prelude);
    EXPECT_TRUE(eventually([&] { return std::filesystem::exists(mark); })) << process->err();
    return process;
  }

  TemporaryFolder folder_;
  uint16_t port_ = free_port();
  std::unique_ptr<Process> head_;
};

TEST_F(ReplProcessTest, CommandsComeFromArgumentsAFileAndStandardInput) {
  const Ended nodes = shell({"-c", "nodes --json", "-c", "nodes"});
  EXPECT_EQ(nlohmann::json::parse(lines_of(nodes.out).at(0))["name"], "a");
  std::ofstream(folder_.path() / "a.zen") << "nodes # all\n\n  atack x\n";
  const Ended file = shell({"--script", "a.zen"});
  EXPECT_EQ(file.exit_code, 2);
  EXPECT_EQ(file.err, "zenops-cli: a.zen:3:3: unknown command \"atack\"; did you mean \"attack\"?\n");
  const Ended input = shell({}, "exec 0<<END\nnodes\nls nobody\nnodes\nEND\n:");
  EXPECT_EQ(input.exit_code, 1);
  EXPECT_EQ(lines_of(input.out).size(), 2u) << input.out;  // once, and without a prompt
  EXPECT_EQ(input.err, "zenops-cli: stdin:2:1: nobody is called nobody\n");
}

TEST_F(ReplProcessTest, AClosedTerminalLeavesNoProcess) {
  const auto process = watcher();
  process->signal(SIGHUP);
  EXPECT_EQ(process->wait().exit_code, 129);
}

TEST_F(ReplProcessTest, CtrlCEndsAScript) {
  const auto process = watcher();
  process->signal(SIGINT);
  EXPECT_EQ(process->wait().exit_code, 130);
}

TEST_F(ReplProcessTest, AReaderThatIsGoneLeavesNoProcess) {
  // The reader goes as soon as it has opened the pipe; the shell has nothing to write.
  const auto process = watcher("mkfifo pipe && { true <pipe & } && exec >pipe");
  EXPECT_EQ(process->wait().exit_code, UserError::cannot_write);
}

TEST_F(ReplProcessTest, WithoutASchedulerARunIsNotFound) {
  const Ended ended = shell({"-c", "step"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.err, HasSubstr("-c:1:1: "));
  EXPECT_THAT(ended.err, HasSubstr("scheduler"));
}

TEST(ReplUsageTest, WhatCannotBeIsUsage) {
  TemporaryFolder folder;
  EXPECT_EQ(zenops_cli(folder.path(), {"repl", "a.yaml", "--address", "127.0.0.1:1"}).exit_code, 2);
  EXPECT_EQ(zenops_cli(folder.path(), {"repl", "--script", "nowhere.zen"}).exit_code, 2);
  EXPECT_EQ(zenops_cli(folder.path(), {"repl", "nowhere.yaml"}).exit_code, 2);
  EXPECT_EQ(zenops_cli(folder.path(), {"repl", "--set", "a=b"}).exit_code, 2);
}

}  // namespace
}  // namespace zenops::repl
