#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <fstream>

#include "runtime/mesh.hpp"
#include "runtime/process_agent.hpp"
#include "runtime/shared_memory.hpp"
#include "tests/runtime/cluster.hpp"

namespace zenops {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// A head and nothing else, in a process of its own.
class HeadProcess {
 public:
  HeadProcess() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    std::string program = ZENOPS_CLUSTER_CHILD, role = "head";
    char* const arguments[] = {program.data(), role.data(), nullptr};
    if (posix_spawn(&pid_, program.c_str(), &files, nullptr, arguments, environ) != 0)
      throw std::runtime_error("posix_spawn");
    posix_spawn_file_actions_destroy(&files);
    close(ends[1]);
    char text[16] = {};
    const ssize_t n = ::read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    if (n > 0) port_ = static_cast<uint16_t>(std::stoi(text));
  }
  ~HeadProcess() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  HeadProcess(const HeadProcess&) = delete;
  void signal(int number) const { kill(pid_, number); }
  uint16_t port() const { return port_; }

 private:
  pid_t pid_ = 0;
  uint16_t port_ = 0;
};

TEST_F(ClusterTest, ActorsInProcessesOfTheirOwnAnswerByNameAndAskEachOther) {
  Membership member(options(), counters(), clock_, pool_);
  System& system = member.system();
  const uint64_t job = open_job(system);
  ASSERT_TRUE(spawn(system, job, {"counter/1", "counter/2"}).has_value());
  ASSERT_TRUE(spawn(system, job, {"counter/3"}, true).has_value());
  system.tell("counter/1", add(5));
  system.tell("counter/1", add(7));
  const Answer one = ask(system, "counter/1"), two = ask(system, "counter/2"), three = ask(system, "counter/3");
  EXPECT_EQ(one.value, 12);
  EXPECT_EQ(two.value, 0);
  EXPECT_NE(one.pid, two.pid);
  EXPECT_NE(one.pid, static_cast<uint32_t>(getpid()));
  EXPECT_EQ(three.pid, static_cast<uint32_t>(getpid()));
  EXPECT_EQ(ask(system, "counter/2", pass("counter/1")).value, 12) << "process to process";
  EXPECT_EQ(ask(system, "counter/3", pass("counter/1")).value, 12) << "client to process";
  EXPECT_EQ(ask(system, "counter/1", pass("counter/3")).value, 0) << "process to client";
}

TEST_F(ClusterTest, AProcessSeesTheGpusThatItWasGivenAndNobodyElseIsGivenThem) {
  Membership::Options two = options();
  two.node->gpus = {Gpu(3, 80, "GPU-x"), Gpu(5, 40, "GPU-y")};
  Membership member(std::move(two), counters(), clock_, pool_);
  System& system = member.system();
  const uint64_t job = open_job(system);
  const auto with = [&](const std::string& name, double gpus) {
    return spawn_supervised(system, job, {name}, [gpus](wire::Spawn::Builder, wire::Spec::Builder spec) { spec.initNeeds().setGpus(gpus); });
  };
  const auto visible = [&](const std::string& name) {
    const auto answer = system.ask(name, Envelope::of<wire::Ask>(), 60s).get();
    return std::string(Msg<wire::Sum>(answer.value())->getGpus().cStr());
  };
  ASSERT_TRUE(with("counter/1", 0.5));
  ASSERT_TRUE(with("counter/2", 1));
  ASSERT_TRUE(with("counter/3", 0.5));
  EXPECT_EQ(visible("counter/1"), "GPU-y") << "the smallest that is large enough";
  EXPECT_EQ(visible("counter/2"), "GPU-x");
  EXPECT_EQ(visible("counter/3"), "GPU-y") << "parts share one";
  const auto refused = with("counter/4", 0.1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "counter/4 needs 0.1 gpu: node here has at most 0 of a gpu free, 0.1 too few");
  EXPECT_EQ(refused.error().lack, Lack::gpus) << "of the head's answer";
  kill(static_cast<pid_t>(ask(system, "counter/2").pid), SIGKILL);
  ask_until(system, "counter/2", 2);
  EXPECT_EQ(visible("counter/2"), "GPU-x") << "its next life has what it had";
  const auto answer = system.ask("head", Envelope::of<wire::Inquire>(), 60s).get();
  const Msg<wire::Report> report(answer.value());
  EXPECT_EQ(report->getNodes()[0].getOffers().getGpus()[1].getMemory(), 40u);
  EXPECT_EQ(read(report->getNodes()[0].getUsed()).gpus, 2);
  for (const auto actor : report->getActors())
    if (actor.getName() == "counter/2") {
      EXPECT_EQ(read(actor.getGpus()), std::vector<int>{3});
    }
}

TEST_F(ClusterTest, WhoAsksForACertainGpuHasItInEveryLifeAndItsMemoryIsCounted) {
  Membership::Options two = options();
  two.node->gpus = {Gpu(3, 80, "GPU-x"), Gpu(5, 40, "GPU-y")};
  Membership member(std::move(two), counters(), clock_, pool_);
  System& system = member.system();
  const uint64_t job = open_job(system);
  const auto with = [&](const std::string& name, const Resources& needs) {
    return spawn_supervised(system, job, {name}, [&needs](wire::Spawn::Builder, wire::Spec::Builder spec) { write(needs, spec.initNeeds()); });
  };
  ASSERT_TRUE(with("counter/1", {.gpus = 0.5, .gpu_memory = 30, .gpu = 5}));
  ASSERT_TRUE(with("counter/2", {.gpus = 0.5, .gpu_memory = 10}));
  const auto report_gpus = [&] {
    const auto answer = system.ask("head", Envelope::of<wire::Inquire>(), 60s).get();
    const Msg<wire::Report> report(answer.value());
    std::map<std::string, std::vector<int>> out;
    for (const auto actor : report->getActors()) out[actor.getName()] = read(actor.getGpus());
    for (const uint64_t used : report->getNodes()[0].getGpuMemoryUsed()) out["used"].push_back(static_cast<int>(used));
    return out;
  };
  const auto before = report_gpus();
  EXPECT_EQ(before.at("counter/1"), std::vector<int>{5});
  EXPECT_EQ(before.at("counter/2"), std::vector<int>{3}) << "the other is somebody's";
  EXPECT_EQ(before.at("used"), (std::vector<int>{10, 30}));
  const auto refused = with("counter/3", {.gpus = 0.5, .gpu_memory = 20, .gpu = 5});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what,
            "counter/3 needs 0.5 of gpu 5 with 20 bytes on it: node here has 10 bytes of 40 bytes of memory free on gpu 5, 10 bytes too few");
  EXPECT_EQ(refused.error().lack, Lack::gpu_memory);
  kill(static_cast<pid_t>(ask(system, "counter/1").pid), SIGKILL);
  ask_until(system, "counter/1", 2);
  EXPECT_EQ(report_gpus(), before);
}

TEST_F(ClusterTest, WhoIsKilledIsRestartedInAFreshProcessAndFoundByItsName) {
  Membership member(options(), counters(), clock_, pool_);
  System& system = member.system();
  const uint64_t job = open_job(system);
  ASSERT_TRUE(spawn(system, job, {"counter/1", "counter/2"}).has_value());
  system.tell("counter/1", add(5));
  const Answer before = ask(system, "counter/1");
  kill(static_cast<pid_t>(before.pid), SIGKILL);
  EXPECT_THAT(log_.wait_for("counter/1#1 lost"), HasSubstr("it was killed by signal 9 (Killed); starting counter/1#2 in "));
  const Answer after = ask_until(system, "counter/1", 2);
  EXPECT_EQ(after.value, 0);
  EXPECT_NE(after.pid, before.pid);
  EXPECT_EQ(ask(system, "counter/2", pass("counter/1")).incarnation, 2u) << "the others find it too";
}

TEST_F(ClusterTest, WhoIsFrozenIsReplacedAndDoesNotComeBack) {
  Membership member(options(), counters(), clock_, pool_);
  System& system = member.system();
  const uint64_t job = open_job(system);
  ASSERT_TRUE(spawn(system, job, {"counter/1"}).has_value());
  const Answer before = ask(system, "counter/1");
  kill(static_cast<pid_t>(before.pid), SIGSTOP);
  EXPECT_THAT(log_.wait_for("counter/1#1 lost"), HasSubstr("no heartbeat for"));
  EXPECT_NE(ask_until(system, "counter/1", 2).pid, before.pid);
  for (int k = 0; k < 2000 && kill(static_cast<pid_t>(before.pid), 0) == 0; ++k) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(kill(static_cast<pid_t>(before.pid), 0), -1);
}

TEST_F(ClusterTest, AQuestionToWhoDiesFailsAtOnceAndNotAtItsDeadline) {
  Membership member(options(), counters(), clock_, pool_);
  System& system = member.system();
  const uint64_t job = open_job(system);
  ASSERT_TRUE(spawn(system, job, {"counter/1"}).has_value());
  const Answer before = ask(system, "counter/1");
  kill(static_cast<pid_t>(before.pid), SIGSTOP);
  const auto stopped = [&] {
    std::ifstream status("/proc/" + std::to_string(before.pid) + "/status");
    const std::string text{std::istreambuf_iterator<char>(status), {}};
    return text.find("State:\tT") != std::string::npos;
  };
  while (!stopped()) std::this_thread::yield();  // it is by and by
  auto answer = system.ask("counter/1", Envelope::of<wire::Ask>(), 1h);
  kill(static_cast<pid_t>(before.pid), SIGKILL);
  ASSERT_EQ(answer.wait_for(60s), std::future_status::ready);
  const auto failed = answer.get();
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, Ec::unreachable);
  EXPECT_THAT(failed.error().what, HasSubstr("counter/1#1 was lost before it answered"));
}

TEST_F(ClusterTest, AFallWithinAProcessRestartsTheActorInIt) {
  Membership member(options(), counters(), clock_, pool_);
  System& system = member.system();
  const uint64_t job = open_job(system);
  ASSERT_TRUE(spawn(system, job, {"counter/1"}).has_value());
  const Answer before = ask(system, "counter/1");
  system.tell("counter/1", Envelope::of<wire::Fall>([](wire::Fall::Builder b) { b.setCause("division by cucumber"); }));
  EXPECT_THAT(log_.wait_for("counter/1#1 lost"), HasSubstr("division by cucumber"));
  const Answer after = ask_until(system, "counter/1", 2);
  EXPECT_EQ(after.pid, before.pid);
}

TEST_F(ClusterTest, RowsTravelBetweenProcesses) {
  Membership member(options(), counters(), clock_, pool_);
  System& system = member.system();
  const uint64_t job = open_job(system);
  ASSERT_TRUE(spawn(system, job, {"counter/1"}).has_value());
  Rows rows;
  Row row = rows.make(300'000);
  std::ranges::fill(row.mutable_view(), 2.0f);
  system.tell("counter/1", Envelope::of<wire::Add>([](wire::Add::Builder) {}, {row}));
  EXPECT_EQ(ask(system, "counter/1").value, 600'000);
}

TEST_F(ClusterTest, RowsInSharedMemoryAreReadThereAndGivenBack) {
  auto memory = std::make_shared<SharedMemory>();
  Membership member(sharing(memory), counters(), clock_, pool_);
  System& system = member.system();
  const uint64_t job = open_job(system);
  ASSERT_TRUE(spawn(system, job, {"counter/1"}).has_value());
  Rows rows(memory);
  const float* first = nullptr;
  for (int k = 0; k < 200; ++k) {
    Row row = rows.make(300'000);
    std::ranges::fill(row.mutable_view(), 2.0f);
    if (k == 0) first = row.view().data();
    system.tell("counter/1", Envelope::of<wire::Add>([](wire::Add::Builder) {}, {row, row.slice(0, 100'000), row}));
    EXPECT_EQ(ask(system, "counter/1").value, (k + 1) * 1'400'000);
  }
  // What it had been shown is used again as soon as it is given back.
  EXPECT_LE(rows.bytes(), 50 * 300'000 * sizeof(float)) << first;
}

TEST_F(ClusterTest, WhatMayBeHeardTwiceIsAskedAgainInAFreshProcess) {
  Membership member(options(), counters(), clock_, pool_);
  System& system = member.system();
  const uint64_t job = open_job(system);
  ASSERT_TRUE(spawn(system, job, {"counter/1"}).has_value());
  const OutsideRef counter(system, "counter/1", {.within = 20s});
  const auto before = counter.ask<wire::Sum>(Envelope::of<wire::Ask>()).get();
  ASSERT_TRUE(before.has_value());
  const auto pid = static_cast<pid_t>((*before)->getPid());
  kill(pid, SIGSTOP);
  auto once = counter.ask<wire::Sum>(Envelope::of<wire::Ask>());
  auto twice = counter.with({20s, idempotent(2)}).ask<wire::Sum>(Envelope::of<wire::Ask>());
  kill(pid, SIGKILL);
  const auto failed = once.get();
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, Ec::unreachable);
  const auto answer = twice.get();
  ASSERT_TRUE(answer.has_value()) << answer.error().what;
  EXPECT_EQ((*answer)->getIncarnation(), 2u);
  EXPECT_EQ(counter.incarnation(), 2u);
}

TEST_F(ClusterTest, AMeshOfProcessesReadsWhatItIsToldInOneFile) {
  auto memory = std::make_shared<SharedMemory>();
  Membership member(sharing(memory), counters(), clock_, pool_);
  System& system = member.system();
  const uint64_t job = open_job(system);
  ASSERT_TRUE(spawn(system, job, {"counter/0", "counter/1", "counter/2"}).has_value());
  Rows rows(memory);
  Row row = rows.make(300'000);
  std::ranges::fill(row.mutable_view(), 2.0f);
  const OutsideMesh mesh(system, *Names::parse("counter[0..2]"));
  mesh.tell(Envelope::of<wire::Add>([](wire::Add::Builder) {}, {row}));
  const auto sums = mesh.ask_all<wire::Sum>(Envelope::of<wire::Ask>()).get();
  ASSERT_TRUE(sums.enough());
  const std::string inode = std::to_string(memory->handle(row.view())->inode);
  for (const auto& [who, sum] : sums.answers) {
    EXPECT_EQ(sum->getValue(), 600'000) << who;
    int maps = 0;
    std::ifstream in("/proc/" + std::to_string(sum->getPid()) + "/maps");
    for (std::string line; std::getline(in, line);)
      if (line.find("memfd:") != std::string::npos && line.find(" " + inode + " ") != std::string::npos) ++maps;
    EXPECT_EQ(maps, 1) << who << " has not mapped file " << inode;
  }
  EXPECT_LT(rows.bytes(), 2 * 300'000 * sizeof(float)) << "it was copied";
}

TEST_F(ClusterTest, ARowIsGivenBackAlsoWhenNothingElseIsSaid) {
  auto memory = std::make_shared<SharedMemory>();
  Membership member(sharing(memory), counters(), clock_, pool_);
  System& system = member.system();
  const uint64_t job = open_job(system);
  ASSERT_TRUE(spawn(system, job, {"counter/1"}).has_value());
  auto buffer = memory->allocate(300'000);
  const std::weak_ptr<float[]> held = buffer;
  Row row(std::move(buffer), 0, 300'000);
  std::ranges::fill(row.mutable_view(), 2.0f);
  system.tell("counter/1", Envelope::of<wire::Add>([](wire::Add::Builder) {}, {std::move(row)}));
  for (int k = 0; k < 2000 && !held.expired(); ++k) std::this_thread::sleep_for(10ms);
  EXPECT_TRUE(held.expired());
}

TEST_F(ClusterTest, AProcessThatWasForgottenIsToldWhenItSpeaksAndEnds) {
  Membership member(options(), counters(), clock_, pool_);
  System& system = member.system();
  const uint64_t job = open_job(system);
  ASSERT_TRUE(spawn(system, job, {"counter/1"}).has_value());
  system.forget(system.routes().find("counter/1")->process);
  log_.wait_for("counter/1: counter/1 ends: the cluster has gone on without it");
  EXPECT_EQ(ask_until(system, "counter/1", 2).value, 0);
}

TEST_F(ClusterTest, ANodeThatWasForgottenEndsAndMayComeBackAsANewProcess) {
  Membership member(options(), counters(), clock_, pool_);
  auto node = [&] {
    Membership::Options its = joining(member.self().port);
    its.node = NodeSpec{.name = "there", .host = {}, .cores = 2};
    return its;
  };
  {
    Membership there(node(), counters(), clock_, pool_);
    member.system().forget(there.self().process);
    EXPECT_EQ(there.wait(), "the cluster has gone on without it");
    EXPECT_TRUE(there.forgotten());
  }
  log_.wait_for("node there lost");
  Membership there(node(), counters(), clock_, pool_);
}

TEST_F(ClusterTest, WhoHearsNothingOfItsHeadLooksForItAndThenEnds) {
  HeadProcess head;
  Membership::Options its = joining(head.port());
  its.patience = 500ms;
  Membership member(std::move(its), counters(), clock_, pool_);
  head.signal(SIGSTOP);
  EXPECT_EQ(member.wait(), "the head is gone");
  EXPECT_FALSE(member.forgotten());
}

TEST_F(ClusterTest, AnActorThatIsOverForOthersEndsButNotItsProcess) {
  std::atomic<bool> ended = false;
  Membership::Options its = options();
  its.ended = [&](const std::string&) { ended = true; };
  Membership member(std::move(its), counters(), clock_, pool_);
  System& system = member.system();
  const uint64_t job = open_job(system);
  ASSERT_TRUE(spawn(system, job, {"counter/1"}, true).has_value());
  auto fence = [&](uint32_t incarnation) {
    system.tell(agent_name(member.self().process), Envelope::of<wire::Fenced>([&](wire::Fenced::Builder out) {
                  out.setName("counter/1");
                  out.setIncarnation(incarnation);
                }));
  };
  fence(1);
  EXPECT_THAT(log_.wait_for("counter/1#1 lost"), HasSubstr("it is over for everybody else; starting counter/1#2"));
  ask_until(system, "counter/1", 2);
  // Others hear of a kill before it has come: whom they tell about it is this process.
  auto killed = system.ask(
      "head", Envelope::of<wire::KillActor>([](wire::KillActor::Builder out) { out.setName("counter/1"); }), 60s);
  fence(2);
  ASSERT_TRUE(killed.get().has_value());
  ask_until(system, "counter/1", 3);
  EXPECT_FALSE(ended);
}

TEST_F(ClusterTest, AJobThatCannotBePreparedIsAnErrorWithItsSentence) {
  Membership member(options(), counters(), clock_, pool_);
  System& system = member.system();
  const uint64_t job = open_job(system, "broken");
  const auto answer = spawn(system, job, {"counter/1"});
  ASSERT_FALSE(answer.has_value());
  EXPECT_THAT(answer.error().what, HasSubstr("this job cannot be prepared"));
}

}  // namespace
}  // namespace zenops
