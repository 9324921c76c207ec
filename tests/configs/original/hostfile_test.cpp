#include "configs/original/hostfile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace zenops::original {
namespace {

std::vector<Host> hosts(const std::string& text, HostForm form = HostForm::ssh) {
  Problems problems;
  auto result = parse_hostfile(text, "hosts", form, problems);
  problems.raise();
  return result;
}

std::string mistakes(const std::string& text, HostForm form = HostForm::ssh) {
  try {
    hosts(text, form);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "none";
}

TEST(HostfileTest, HasALineForEachProcess) {
  const auto found = hosts("10.0.0.1\n10.0.0.2:2222\n10.0.0.3:22:1\n");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].name, "10.0.0.1");
  EXPECT_EQ(found[0].ssh_port, 22);
  EXPECT_EQ(found[0].gpu, -1);
  EXPECT_EQ(found[1].ssh_port, 2222);
  EXPECT_EQ(found[2].gpu, 1);
}

TEST(HostfileTest, TheLastLineCountsWithoutANewline) {
  const auto found = hosts("10.0.0.1\n10.0.0.12");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[1].name, "10.0.0.12");
}

TEST(HostfileTest, BlankLinesAreSkippedAndWindowsIsNoMatter) {
  EXPECT_EQ(hosts("\n  10.0.0.1  \r\n\r\n\nnode-7\n\n").size(), 2u);
}

TEST(HostfileTest, ForMpiAGpuFollowsTheAddress) {
  EXPECT_EQ(hosts("node:3\n", HostForm::mpi)[0].gpu, 3);
  EXPECT_EQ(mistakes("node:22:3\n", HostForm::mpi),
            "hosts:1:1: found \"node:22:3\", expected a line like ip[:gpu]: there are too many colons");
}

TEST(HostfileTest, ALineThatIsNoneIsNamed) {
  EXPECT_EQ(mistakes("10.0.0.1\n\n10.0.0.2:port\n"),
            "hosts:3:1: found \"10.0.0.2:port\", expected a line like ip[:ssh-port[:gpu]]: \"port\" is no port");
  EXPECT_EQ(mistakes("# mine\n"), "hosts:1:1: found \"# mine\", expected a line like ip[:ssh-port[:gpu]]: \"# mine\" is no address");
  EXPECT_EQ(mistakes("a:22:0,1"), "hosts:1:1: found \"a:22:0,1\", expected a line like ip[:ssh-port[:gpu]]: \"0,1\" is no GPU's number");
  EXPECT_EQ(mistakes("a:0"), "hosts:1:1: found \"a:0\", expected a line like ip[:ssh-port[:gpu]]: \"0\" is no port");
  EXPECT_EQ(mistakes("a:22:0:1"), "hosts:1:1: found \"a:22:0:1\", expected a line like ip[:ssh-port[:gpu]]: there are too many colons");
  EXPECT_EQ(mistakes(":22"), "hosts:1:1: found \":22\", expected a line like ip[:ssh-port[:gpu]]: \"\" is no address");
  EXPECT_EQ(mistakes("\n\n"), "hosts: found no line, expected one for each process");
}

TEST(HostfileTest, AFileThatIsNotThereIsNamed) {
  Problems problems;
  read_hostfile("no/such/file", HostForm::ssh, problems);
  EXPECT_THROW(problems.raise(), ConfigError);
}

}  // namespace
}  // namespace zenops::original
