#include "runtime/nursery.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <set>
#include <thread>

namespace zenops {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

size_t open_files() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(files), end(files)));
}

/// Dead, and nobody's zombie. (Where the machine's first process buries nobody, an orphan's zombie is as good.)
bool gone(pid_t pid) {
  if (kill(pid, 0) != 0) return errno == ESRCH;
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string id, name, state;
  stat >> id >> name >> state;
  return state == "Z";
}

class NurseryTest : public testing::Test {
 protected:
  /// What the callbacks said so far.
  struct Heard {
    std::map<uint64_t, pid_t> pids;
    std::map<uint64_t, std::vector<std::string>> lines, ends;
    std::vector<std::string> failures;
  };

  void open(std::string job = "", std::string program = ZENOPS_NURSERY_CHILD) {
    const auto note = [this](auto change) {
      std::lock_guard lock(mutex_);
      change(heard_);
      changed_.notify_all();
    };
    nursery_.emplace(
        std::vector<std::string>{"nursery"}, std::move(job),
        Nursery::Callbacks{
            .started = [note](auto process, pid_t pid) { note([=](Heard& h) { h.pids[process] = pid; }); },
            .ended = [note](auto process, auto& cause) { note([&](Heard& h) { h.ends[process].push_back(cause); }); },
            .said = [note](auto process, auto& line) { note([&](Heard& h) { h.lines[process].push_back(line); }); },
            .failed = [note](auto& why) { note([&](Heard& h) { h.failures.push_back(why); }); }},
        std::move(program));
  }

  /// Waits until `what` is true of what was heard, and returns that.
  template <class What>
  Heard until(What what) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, 60s, [&] { return what(heard_); })) ADD_FAILURE() << "it did not come to be";
    return heard_;
  }

  Heard heard() {
    std::lock_guard lock(mutex_);
    return heard_;
  }

  /// Starts it as process 1 and returns why it ended.
  std::string end_of(std::string what) {
    nursery_->start(1, std::move(what));
    const auto h = until([](const Heard& h) { return h.ends.contains(1); });
    return h.ends.contains(1) ? h.ends.at(1).front() : "";
  }

  pid_t parent_of(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string word; status >> word;)
      if (word == "PPid:") {
        pid_t parent = 0;
        status >> parent;
        return parent;
      }
    return 0;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  Heard heard_;
  std::optional<Nursery> nursery_;
};

TEST_F(NurseryTest, StartsAProcessAndSaysWhichItIs) {
  open();
  nursery_->start(7, "wait");
  const auto h = until([](const Heard& h) { return h.pids.contains(7); });
  EXPECT_NE(h.pids.at(7), getpid());
  EXPECT_EQ(kill(h.pids.at(7), 0), 0);
  EXPECT_EQ(parent_of(parent_of(h.pids.at(7))), getpid());
  EXPECT_THAT(h.ends, IsEmpty());
}

TEST_F(NurseryTest, SaysWithWhichCodeItEnded) {
  open();
  EXPECT_EQ(end_of("exit 3"), "it ended with exit code 3");
  EXPECT_TRUE(heard().pids.contains(1));
}

TEST_F(NurseryTest, SaysWhichSignalKilledIt) {
  open();
  EXPECT_EQ(end_of("raise 9"), "it was killed by signal 9 (Killed)");
}

TEST_F(NurseryTest, SendsSignals) {
  open();
  nursery_->start(1, "wait");
  nursery_->start(2, "wait");
  nursery_->signal(1, SIGTERM);
  const auto h = until([](const Heard& h) { return h.ends.contains(1); });
  EXPECT_THAT(h.ends.at(1), ElementsAre("it was killed by signal 15 (Terminated)"));
  EXPECT_FALSE(h.ends.contains(2));
}

TEST_F(NurseryTest, ASignalToNobodyOrToTheDeadDoesNothing) {
  open();
  nursery_->signal(5, SIGKILL);
  EXPECT_EQ(end_of("exit 0"), "it ended with exit code 0");
  nursery_->signal(1, SIGKILL);
  nursery_->start(2, "exit 4");
  until([](const Heard& h) { return h.ends.contains(2); });
  EXPECT_THAT(heard().failures, IsEmpty());
}

TEST_F(NurseryTest, IsNotInterruptedFromTheTerminal) {
  open();
  EXPECT_EQ(end_of("raise " + std::to_string(SIGINT)), "it ended with exit code 0");
  nursery_->start(2, "wait");
  const pid_t pid = until([](const Heard& h) { return h.pids.contains(2); }).pids[2];
  kill(parent_of(pid), SIGINT);
  nursery_->start(3, "exit 0");
  until([](const Heard& h) { return h.ends.contains(3); });
  EXPECT_THAT(heard().failures, IsEmpty());
}

TEST_F(NurseryTest, AProcessHasNothingOfTheNurserysAndNoInput) {
  const int stray = ::open("/dev/null", O_RDONLY);  // somebody forgot O_CLOEXEC
  open();
  nursery_->start(3, "wait");
  EXPECT_EQ(end_of("files"), "it ended with exit code 0");
  EXPECT_THAT(heard().lines[1], ElementsAre("0 1 2 "));
  close(stray);
}

TEST_F(NurseryTest, ForwardsEachLineWithTheProcesssNumber) {
  open();
  nursery_->start(2, "complain of the weather");
  EXPECT_EQ(end_of("say one\n\nthree"), "it ended with exit code 0");
  const auto h = until([](const Heard& h) { return h.lines.contains(2); });
  EXPECT_THAT(h.lines.at(1), ElementsAre("one", "", "three"));
  EXPECT_THAT(h.lines.at(2), ElementsAre("of the weather"));
  EXPECT_THAT(h.lines.at(0), ElementsAre("preparing"));
}

TEST_F(NurseryTest, CutsLongLines) {
  open();
  end_of("long");
  EXPECT_THAT(heard().lines[1],
              ElementsAre(std::string(4096, 'x'), std::string(5000 - 4096, 'x'), std::string(4096, 'y')));
}

TEST_F(NurseryTest, ForwardsAllLinesBeforeTheEnd) {
  open();
  end_of("flood");
  const auto lines = heard().lines[1];
  ASSERT_EQ(lines.size(), 20000u);
  EXPECT_EQ(lines.back(), "19999");
}

TEST_F(NurseryTest, WhatAProcessLeavesBehindDoesNotKeepItFromEnding) {
  open();
  EXPECT_EQ(end_of("outlive"), "it ended with exit code 0");
  EXPECT_THAT(heard().lines[1], ElementsAre("done"));
}

TEST_F(NurseryTest, WhatAProcessThrowsIsItsLastLine) {
  open();
  EXPECT_EQ(end_of("throw"), "it ended with exit code 1");
  EXPECT_THAT(heard().lines[1], ElementsAre("no such luck"));
  nursery_->start(2, "refuse");
  const auto h = until([](const Heard& h) { return h.ends.contains(2); });
  EXPECT_THAT(h.ends.at(2), ElementsAre("it ended with exit code 3"));
}

TEST_F(NurseryTest, AProcessHasTheWholeJob) {
  std::string job(30 << 20, 'a');
  job[12345678] = 'b';
  open(job);
  end_of("job");
  EXPECT_THAT(heard().lines[1], ElementsAre(std::to_string(job.size()) + " " +
                                            std::to_string(std::accumulate(job.begin(), job.end(), uint64_t{0}))));
}

TEST_F(NurseryTest, AProcessReadsNothingAndBlocksNothing) {
  sigset_t mask, before;
  sigfillset(&mask);
  pthread_sigmask(SIG_SETMASK, &mask, &before);
  open();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(end_of("blocked"), "it ended with exit code 0");
  nursery_->start(2, "input");
  EXPECT_THAT(until([](const Heard& h) { return h.ends.contains(2); }).ends[2],
              ElementsAre("it ended with exit code 0"));
}

TEST_F(NurseryTest, WhenTheNurseryIsKilledAllItsProcessesEnd) {
  open();
  for (uint64_t i = 1; i <= 5; ++i) nursery_->start(i, "wait");
  auto h = until([](const Heard& h) { return h.pids.size() == 5; });
  kill(parent_of(h.pids[1]), SIGKILL);
  h = until([](const Heard& h) { return h.ends.size() == 5; });
  EXPECT_THAT(h.failures, ElementsAre("their parent was killed by signal 9 (Killed)"));
  for (uint64_t i = 1; i <= 5; ++i) {
    EXPECT_THAT(h.ends[i], ElementsAre("its parent was killed by signal 9 (Killed)"));
    EXPECT_TRUE(gone(h.pids[i])) << "it was said to have ended before it had";
  }
  nursery_->start(6, "exit 0");
  h = until([](const Heard& h) { return h.ends.contains(6); });
  EXPECT_THAT(h.ends[6], ElementsAre("it was not started: their parent was killed by signal 9 (Killed)"));
  EXPECT_FALSE(h.pids.contains(6));
  EXPECT_EQ(h.failures.size(), 1u);
}

TEST_F(NurseryTest, NothingIsLeftWhenItIsDestroyed) {
  const size_t files = open_files();
  open();
  for (uint64_t i = 1; i <= 10; ++i) nursery_->start(i, "wait");
  auto h = until([](const Heard& h) { return h.pids.size() == 10; });
  const pid_t parent = parent_of(h.pids[1]);
  nursery_.reset();
  h = heard();
  for (uint64_t i = 1; i <= 10; ++i) {
    EXPECT_THAT(h.ends[i], ElementsAre("it was killed by signal 9 (Killed)"));
    EXPECT_TRUE(gone(h.pids[i]));
  }
  EXPECT_EQ(kill(parent, 0), -1);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a child was not buried";
  EXPECT_EQ(open_files(), files);
  EXPECT_THAT(h.failures, IsEmpty());
}

TEST_F(NurseryTest, NothingIsLeftWhenTheDaemonIsKilled) {
  int output[2];
  ASSERT_EQ(pipe2(output, O_CLOEXEC), 0);
  const pid_t daemon = fork();
  if (daemon == 0) {
    dup2(output[1], STDOUT_FILENO);
    execl(ZENOPS_NURSERY_CHILD, "daemon", "daemon", nullptr);
    _exit(127);
  }
  close(output[1]);
  FILE* const said = fdopen(output[0], "r");
  pid_t pid = 0;
  ASSERT_EQ(fscanf(said, "%d", &pid), 1);
  const pid_t parent = parent_of(pid);
  EXPECT_EQ(parent_of(parent), daemon);
  kill(daemon, SIGKILL);
  waitpid(daemon, nullptr, 0);
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (!(gone(pid) && gone(parent)) && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_TRUE(gone(parent));
  EXPECT_TRUE(gone(pid));
  fclose(said);
}

TEST_F(NurseryTest, APreparationThatNeverEndsDoesNotKeepItFromEnding) {
  const size_t files = open_files();
  open("sleep");
  nursery_->start(1, "exit 0");
  until([](const Heard& h) { return h.lines.contains(0); });
  nursery_.reset();
  EXPECT_THAT(heard().ends[1], ElementsAre(HasSubstr("it was not started")));
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(open_files(), files);
}

TEST_F(NurseryTest, ANurseryThatStandsStillIsKilledWithItsProcesses) {
  const size_t files = open_files();
  open();
  nursery_->start(1, "wait");
  const pid_t pid = until([](const Heard& h) { return h.pids.contains(1); }).pids[1];
  const pid_t parent = parent_of(pid);
  kill(parent, SIGSTOP);
  nursery_.reset();
  EXPECT_TRUE(gone(pid));
  EXPECT_EQ(kill(parent, 0), -1);
  EXPECT_EQ(heard().ends[1].size(), 1u);
  EXPECT_EQ(open_files(), files);
}

TEST_F(NurseryTest, APreparationThatThrowsIsAFailure) {
  open("throw");
  nursery_->start(1, "exit 0");
  auto h = until([](const Heard& h) { return h.ends.contains(1); });
  EXPECT_THAT(h.failures, ElementsAre("there is no such data"));
  EXPECT_THAT(h.ends[1], ElementsAre("it was not started: there is no such data"));
  nursery_->start(2, "exit 0");
  h = until([](const Heard& h) { return h.ends.contains(2); });
  EXPECT_THAT(h.ends[2], ElementsAre("it was not started: there is no such data"));
  EXPECT_EQ(h.failures.size(), 1u);
}

TEST_F(NurseryTest, AProgramThatIsNotThereIsAFailure) {
  const size_t files = open_files();
  open("", "/no/such/program");
  const auto h = until([](const Heard& h) { return !h.failures.empty(); });
  EXPECT_THAT(h.failures, ElementsAre("cannot start /no/such/program: No such file or directory"));
  EXPECT_THAT(end_of("exit 0"), HasSubstr("it was not started: cannot start /no/such/program"));
  nursery_.reset();
  EXPECT_EQ(open_files(), files);
}

TEST_F(NurseryTest, AProgramThatIsNoNurseryIsAFailure) {
  open("", "/bin/true");
  const auto h = until([](const Heard& h) { return !h.failures.empty(); });
  EXPECT_THAT(h.failures, ElementsAre("their parent ended with exit code 0"));
}

TEST_F(NurseryTest, AProgramThatHangsUpIsKilled) {
  open("hang up");
  EXPECT_THAT(until([](const Heard& h) { return !h.failures.empty(); }).failures,
              ElementsAre("their parent was killed by signal 9 (Killed)"));
}

TEST_F(NurseryTest, WarnsOfThreadsThatTheProcessesLack) {
  open("thread");
  const auto h = until([](const Heard& h) { return h.lines.contains(0) && h.lines.at(0).size() == 2; });
  EXPECT_THAT(h.lines.at(0)[1], HasSubstr("left 1 threads running"));
}

TEST_F(NurseryTest, FiftyProcessesComeAndGo) {
  const size_t files = open_files();
  open();
  for (uint64_t i = 1; i <= 50; ++i) nursery_->start(i, "exit " + std::to_string(i));
  const auto h = until([](const Heard& h) { return h.ends.size() == 50; });
  std::set<pid_t> pids;
  for (const auto& [process, pid] : h.pids) pids.insert(pid);
  EXPECT_EQ(pids.size(), 50u);
  for (uint64_t i = 1; i <= 50; ++i)
    EXPECT_THAT(h.ends.at(i), ElementsAre("it ended with exit code " + std::to_string(i)));
  nursery_.reset();
  EXPECT_EQ(open_files(), files);
}

TEST_F(NurseryTest, StartsFromManyThreadsEndOnceEachWhenItIsKilledMeanwhile) {
  open();
  nursery_->start(1000, "wait");
  const pid_t parent = parent_of(until([](const Heard& h) { return h.pids.contains(1000); }).pids[1000]);
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 4; ++t)
    threads.emplace_back([this, t] {
      for (uint64_t i = 1; i <= 20; ++i) nursery_->start(100 * t + i, "wait");
    });
  kill(parent, SIGKILL);
  for (auto& thread : threads) thread.join();
  auto h = until([](const Heard& h) { return h.ends.size() == 81; });
  for (const auto& [process, ends] : h.ends) EXPECT_EQ(ends.size(), 1u) << process;
  for (const auto& [process, pid] : h.pids) EXPECT_TRUE(gone(pid)) << process;
}

}  // namespace
}  // namespace zenops
