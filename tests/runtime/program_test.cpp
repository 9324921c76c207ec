#include "runtime/program.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>

#include "runtime/membership.hpp"
#include "runtime/wire/runtime.capnp.h"
#include "tests/runtime/cluster.hpp"
#include "tests/runtime/ear.hpp"
#include "tests/runtime/keeper.hpp"

namespace zenops {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

/// One that throws where it is made.
class Stillborn : public Actor {
 public:
  explicit Stillborn(Context& context) : Actor(context) { throw std::runtime_error("no pen was at hand"); }
  Behavior handlers() override { return {}; }
};

/// Tells its ear of whose end it hears.
class Mourner : public Actor {
 public:
  Mourner(Context& context, Ear<std::string>& ear) : Actor(context), ear_(ear) { context.watch(); }
  Behavior handlers() override {
    return Behavior{}.on<wire::Down>(the_operator, [this](const Msg<wire::Down>& m) { ear_.hear(m->getName()); });
  }

 private:
  Ear<std::string>& ear_;
};

/// Whether actors have processes of their own.
class ProgramTest : public testing::TestWithParam<bool> {
 protected:
  ProgramTest() {
    program_.add<Counter>("Counter").add<Keeper>("Keeper").add<Stillborn>("Stillborn");
    program_.add("Mourner",
                 [this](Context& context, const Envelope&) { return std::make_unique<Mourner>(context, mourned_); });
  }
  Cluster::Options options() {
    Cluster::Options out;
    out.processes = GetParam();
    out.program = ZENOPS_PROGRAM_CHILD;
    out.log = [this](const std::string& line) { log_.add(line); };
    return out;
  }
  static Envelope add(int64_t delta, std::vector<Row> rows = {}) {
    return Envelope::of<wire::Add>([delta](wire::Add::Builder b) { b.setDelta(delta); }, std::move(rows));
  }
  static Envelope fall(const std::string& cause) {
    return Envelope::of<wire::Fall>([&](wire::Fall::Builder b) { b.setCause(cause); });
  }
  static zenops::Answer<wire::Sum> sum_of(const OutsideRef& ref, Envelope question = Envelope::of<wire::Ask>()) {
    auto sum = ref.with({60s, idempotent(5)}).ask<wire::Sum>(std::move(question)).get();
    if (!sum) throw std::runtime_error(sum.error().what);
    return std::move(*sum);
  }
  std::string refusal(Cluster& cluster, const std::string& type, const std::string& name, SpawnOptions how = {}) {
    try {
      cluster.spawn(type, name, std::move(how));
    } catch (const UserError& e) {
      return e.what();
    }
    return "it was spawned";
  }

  Lines log_;
  Ear<std::string> mourned_;
  Program program_{"child", "1"};
};
INSTANTIATE_TEST_SUITE_P(, ProgramTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "InProcesses" : "InOneProcess"; });

TEST_P(ProgramTest, AnActorOfItsOwnAnswersByItsName) {
  Cluster cluster(program_, options());
  const auto counter = cluster.spawn("Counter", "counter/0");
  counter.tell(add(5));
  counter.tell(add(7));
  const auto sum = sum_of(counter);
  EXPECT_EQ(sum->getValue(), 12);
  EXPECT_EQ(sum->getPid() != static_cast<uint32_t>(getpid()), GetParam());
  EXPECT_EQ(sum_of(cluster.find("counter/0"))->getValue(), 12);
}

TEST_P(ProgramTest, WhatLivesInThisProcessLivesHere) {
  Cluster cluster(program_, options());
  EXPECT_EQ(sum_of(cluster.spawn("Counter", "counter/0", {.home = Home::this_process}))->getPid(),
            static_cast<uint32_t>(getpid()));
}

TEST_P(ProgramTest, EveryLifeIsMadeOfTheSameArguments) {
  Cluster cluster(program_, options());
  const auto keeper = cluster.spawn("Keeper", "keeper/0", {.arguments = add(40)});
  EXPECT_EQ(sum_of(keeper)->getValue(), 40);
  keeper.tell(fall("a hiccup"));
  log_.wait_for("keeper/0#1 lost: a hiccup");
  EXPECT_EQ(sum_of(keeper)->getValue(), 40);
}

TEST_P(ProgramTest, WhatWasKeptIsThereInTheNextLife) {
  Cluster cluster(program_, options());
  const auto keeper = cluster.spawn("Keeper", "keeper/0", {.arguments = add(40)});
  Rows rows;
  EXPECT_EQ(sum_of(keeper, add(2, {rows.make(3), rows.make(100'000)}))->getValue(), 42);
  keeper.tell(fall("a hiccup"));
  log_.wait_for("keeper/0#1 lost: a hiccup");
  const auto sum = sum_of(keeper);
  EXPECT_EQ(sum->getValue(), 42);
  EXPECT_EQ(sum->getRowSum(), 2) << "its rows were kept with it";
  EXPECT_EQ(sum_of(keeper, add(8))->getValue(), 50);
}

TEST_P(ProgramTest, WhatIsTooLargeIsNotKeptAndTheOldStays) {
  Cluster cluster(program_, options());
  const auto keeper = cluster.spawn("Keeper", "keeper/0");
  sum_of(keeper, add(2));
  Rows rows;
  const auto refused = keeper.ask<wire::Fall>(add(3, {rows.make((size_t{16} << 20) / 4)})).get();
  ASSERT_TRUE(refused.has_value()) << refused.error().what;
  EXPECT_THAT(std::string((*refused)->getCause()), HasSubstr("is more than 16777216"));
  keeper.tell(fall("a hiccup"));
  log_.wait_for("keeper/0#1 lost: a hiccup");
  EXPECT_EQ(sum_of(keeper)->getValue(), 2);
}

TEST_P(ProgramTest, WhoAsksIsToldOfWhatWhoeverWasAskedFell) {
  Cluster cluster(program_, options());
  const auto keeper = cluster.spawn("Keeper", "keeper/0");
  const auto answer = keeper.ask<wire::Sum>(fall("division by zero")).get();
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, Ec::unreachable);
  EXPECT_THAT(answer.error().what, AllOf(StartsWith("keeper/0#1"), HasSubstr("before it answered: division by zero")));
}

TEST_P(ProgramTest, ATypeThatNobodyKnowsIsRefusedWithThoseThatAreKnown) {
  Cluster cluster(program_, options());
  EXPECT_EQ(refusal(cluster, "Abacus", "abacus/0"),
            "child knows no actor type Abacus, only Counter, Keeper, Mourner, Stillborn");
}

TEST_P(ProgramTest, AConstructorThatThrowsIsAnErrorWithItsSentence) {
  Cluster cluster(program_, options());
  const auto why = refusal(cluster, "Stillborn", "author/0",
                           {.restarts = {.intensity = 1, .backoff = 1ms}, .home = Home::this_process});
  EXPECT_THAT(why, HasSubstr("author/0 could not be started: no pen was at hand"));
}

TEST_P(ProgramTest, ASpawnThatFailsLeavesNobodyAndItsNamesFree) {
  Cluster cluster(program_, options());
  program_.add("Fussy", [](Context& context, const Envelope&) -> std::unique_ptr<Actor> {
    if (context.self().name == "counter/2") throw std::runtime_error("not with two");
    return std::make_unique<Counter>(context);
  });
  const SpawnOptions here{.restarts = RestartSpec::never(), .home = Home::this_process};
  EXPECT_THROW(cluster.spawn("Fussy", *Names::parse("counter[0..2]"), here), UserError);
  const auto again = cluster.try_spawn("Counter", "counter/2", here);
  ASSERT_TRUE(again.has_value()) << again.error().what;
  const auto answer = again->ask<wire::Sum>(Envelope::of<wire::Ask>()).get();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ((*answer)->getIncarnation(), 1u);
  EXPECT_EQ(cluster.find("counter/0", {.within = 200ms}).ask<wire::Sum>(Envelope::of<wire::Ask>()).get().error().code, Ec::unreachable);
}

TEST_P(ProgramTest, TheRuntimesOwnNamesAreGivenToNobody) {
  Cluster cluster(program_, options());
  for (const char* name : {"", "head", "node/a", "process/1", "counter/", "counter/*", "counter#2"})
    EXPECT_THAT(refusal(cluster, "Counter", name), HasSubstr("expected a name like counter/0")) << name;
  EXPECT_NO_THROW(cluster.spawn("Counter", "counter/0"));
}

TEST_P(ProgramTest, AMeshOfNobodyIsSpawnedAtOnce) {
  Cluster cluster(program_, options());
  EXPECT_EQ(cluster.spawn("Counter", Names("counter", 0, 0), {.within = 60s}).size(), 0u);
}

TEST_P(ProgramTest, ArgumentsThatWouldNotTravelAreRefusedWithTheirSize) {
  Cluster cluster(program_, options());
  SpawnOptions how;
  how.arguments = add(1, {Row(std::shared_ptr<float[]>(new float[1 << 20]{}), 0, 1 << 20)});
  EXPECT_THAT(refusal(cluster, "Counter", "counter/0", how), HasSubstr("are more than 2097152 bytes"));
}

TEST_P(ProgramTest, AReferenceOutlivesItsCluster) {
  std::optional<OutsideRef> ref;
  {
    Cluster cluster(program_, options());
    ref = cluster.spawn("Counter", "counter/0", {.asking = {.within = 100ms, .retry = idempotent(3)}});
  }
  ref->tell(add(1));
  EXPECT_FALSE(ref->ask<wire::Sum>(Envelope::of<wire::Ask>()).get().has_value());
}

TEST_P(ProgramTest, ANameIsGivenOnce) {
  Cluster cluster(program_, options());
  cluster.spawn("Counter", "counter/0");
  EXPECT_THAT(refusal(cluster, "Counter", "counter/0"), StartsWith("somebody is called counter/0 already"));
  const auto again = cluster.try_spawn("Counter", "counter/0");
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, Ec::duplicate);
}

TEST_P(ProgramTest, OneThatIsTemporaryIsNotStartedAgainAndEverybodyHearsOfIt) {
  Ear<Life> heard;
  Cluster cluster(program_, options());
  cluster.on_down([&](const Life& life) { heard.hear(life); });
  cluster.spawn("Mourner", "mourner/0", {.home = Home::this_process});
  const auto keeper = cluster.spawn("Keeper", "keeper/0", {.lifetime = Lifetime::temporary});
  keeper.tell(fall("a hiccup"));
  const Life life = heard.wait();
  EXPECT_EQ(life.who, (Address{"keeper/0", 1}));
  EXPECT_EQ(life.cause, "a hiccup");
  EXPECT_FALSE(life.restarts);
  EXPECT_EQ(mourned_.wait(), "keeper/0");
}

TEST_P(ProgramTest, OnANodeThatIsNotThereNobodyIsPut) {
  Cluster cluster(program_, options());
  EXPECT_THAT(refusal(cluster, "Counter", "counter/0", {.where = on("elsewhere")}),
              HasSubstr(GetParam() ? "counter/0 is to be on node elsewhere, which is not here"
                                   : "nobody who lives in this process can be on node elsewhere"));
  EXPECT_EQ(sum_of(cluster.spawn("Counter", "counter/0"))->getValue(), 0) << "the name is still free";
}

TEST_P(ProgramTest, AMeshIsSpawnedAsOne) {
  Cluster cluster(program_, options());
  const auto counters = cluster.spawn("Counter", *Names::parse("counter[0..2]"), {.where = spread()});
  counters.tell(add(3));
  const auto sums = counters.ask_all<wire::Sum>(Envelope::of<wire::Ask>()).get();
  ASSERT_TRUE(sums.enough());
  std::set<uint32_t> pids;
  for (const auto& [who, sum] : sums.answers) {
    EXPECT_EQ(sum->getValue(), 3) << who;
    pids.insert(sum->getPid());
  }
  EXPECT_EQ(pids.size(), GetParam() ? 3u : 1u);
}

using ProcessesTest = ProgramTest;
INSTANTIATE_TEST_SUITE_P(, ProcessesTest, testing::Values(true), [](const auto&) { return "Real"; });

TEST_P(ProcessesTest, WhatWasKeptOutlivesAKill) {
  Cluster cluster(program_, options());
  const auto keeper = cluster.spawn("Keeper", "keeper/0");
  const auto before = sum_of(keeper, add(42));
  kill(static_cast<pid_t>(before->getPid()), SIGKILL);
  log_.wait_for("keeper/0#1 lost: it was killed by signal 9");
  const auto after = sum_of(keeper);
  EXPECT_EQ(after->getValue(), 42);
  EXPECT_NE(after->getPid(), before->getPid());
}

TEST_P(ProcessesTest, ATypeThatTheNodesBinaryLacksIsNamedWithThatBinary) {
  program_.add<Counter>("Abacus");  // here; not in what the node starts
  Cluster cluster(program_, options());
  EXPECT_THAT(refusal(cluster, "Abacus", "abacus/0", {.restarts = {.intensity = 0}}),
              AllOf(HasSubstr("abacus/0 could not be started: child (" ZENOPS_PROGRAM_CHILD " on node "),
                    HasSubstr(") knows no actor type Abacus, only Counter, Keeper")));
}

TEST_P(ProcessesTest, OneNearAnotherIsOnItsNodeOrNowhere) {
  Cluster cluster(program_, options());
  cluster.spawn("Counter", "counter/0");
  cluster.spawn("Counter", "counter/1", {.where = near("counter/0")});
  EXPECT_THAT(refusal(cluster, "Counter", "counter/2", {.where = near("nobody/0")}),
              HasSubstr("counter/2 is to be near nobody/0, whose place is not known"));
}

TEST_P(ProcessesTest, WhoHasDoneItsWorkLeavesItsRoomToOthers) {
  Cluster cluster(program_, options());
  const auto cores = static_cast<double>(std::max(1u, std::thread::hardware_concurrency()));
  const SpawnOptions whole{.lifetime = Lifetime::temporary, .needs = {.cores = cores}};
  Ear<std::string> ended;
  cluster.on_down([&](const Life& life) { ended.hear(life.who.name); });
  cluster.spawn("Counter", "counter/0", whole).tell(Envelope::of<wire::Finish>());
  EXPECT_EQ(ended.wait(), "counter/0");
  Expected<OutsideRef> next = fail(Ec::failed, "");
  for (int k = 0; k < 200 && !next; ++k) next = cluster.try_spawn("Counter", "counter/1", whole);
  EXPECT_TRUE(next.has_value()) << next.error().what;
}

TEST_P(ProcessesTest, WhoIsCutOffIsNotHeardUntilItHeals) {
  Cluster cluster(program_, options());
  for (const char* name : {"counter/1", "counter/2"}) cluster.spawn("Counter", name);
  const auto passes = [&](Clock::Duration within) {
    const auto answer = cluster.find("counter/1", {.within = within})
                            .ask<wire::Sum>(Envelope::of<wire::Pass>([](wire::Pass::Builder out) { out.setTo("counter/2"); }))
                            .get();
    return answer.has_value();
  };
  const auto tell_head = [&](Envelope order) { return cluster.find("head").ask<wire::Done>(std::move(order)).get().has_value(); };
  EXPECT_TRUE(passes(60s));
  ASSERT_TRUE(tell_head(Envelope::of<wire::Sever>([](wire::Sever::Builder out) { write(Cut{{"counter/1"}, {"counter/2"}}, out); })));
  EXPECT_FALSE(passes(300ms));
  ASSERT_TRUE(tell_head(Envelope::of<wire::Heal>()));
  EXPECT_TRUE(passes(60s));
}

TEST_P(ProcessesTest, WhatNoNodeHasNobodyGets) {
  Cluster cluster(program_, options());
  EXPECT_THAT(refusal(cluster, "Counter", "counter/0", {.needs = {.custom = {{"cucumbers", 2}}}}),
              HasSubstr("cucumbers"));
}

TEST_F(ClusterTest, NobodyKeepsInAnothersName) {
  Membership member(options(), counters(), clock_, pool_);
  System& system = member.system();
  const uint64_t job = open_job(system);
  ASSERT_TRUE(spawn(system, job, {"counter/1"}).has_value());
  const auto answer = system
                          .ask("head", Envelope::of<wire::Keep>([](wire::Keep::Builder out) {
                                 out.setName("counter/1");
                                 out.setIncarnation(1);
                               }),
                               60s)
                          .get();
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().what, "counter/1#1 does not live there");
}

/// What the child says on its standard output and error when it is run with these words, and its exit code.
std::pair<std::string, int> run(const std::string& words) {
  FILE* pipe = popen((std::string(ZENOPS_PROGRAM_CHILD) + " " + words + " 2>&1").c_str(), "r");
  std::string out;
  std::array<char, 4096> part;
  while (const size_t n = fread(part.data(), 1, part.size(), pipe)) out.append(part.data(), n);
  const int status = pclose(pipe);
  return {out, WIFEXITED(status) ? WEXITSTATUS(status) : -1};
}

TEST(ProgramLine, WordsOfItsOwnReachTheMainPart) {
  EXPECT_EQ(run("Counter counter/0 --fast"), (std::pair<std::string, int>("Counter\ncounter/0\n--fast\nhere\n", 7)));
  EXPECT_EQ(run("--processes Counter counter/0"), (std::pair<std::string, int>("Counter\ncounter/0\nthere\n", 7)));
}

TEST(ProgramLine, WhatCannotBeIsASentenceAndAnExitCode) {
  EXPECT_EQ(run("Abacus abacus/0"),
            (std::pair<std::string, int>(
                "Abacus\nabacus/0\nchild: child knows no actor type Abacus, only Counter, Keeper\n", 1)));
  EXPECT_THAT(run("--address 127.0.0.1").first, HasSubstr("--address: "));
  EXPECT_EQ(run("--address 127.0.0.1").second, UserError::bad_config);
  EXPECT_THAT(run("up --port 70000").first, HasSubstr("--port: found \"70000\", expected a number ≥ 0 and ≤ 65535"));
  EXPECT_THAT(run("join 127.0.0.1:1 --port 1").first, HasSubstr("join: found \"--port\", which it does not know"));
  EXPECT_THAT(run("--bind 0.0.0.0").first, HasSubstr("child: --bind: found 0.0.0.0"));
  EXPECT_THAT(run("join").first, HasSubstr("join: found no address"));
  EXPECT_THAT(run("up --colour red").first, HasSubstr("up: found \"--colour\", which it does not know"));
  EXPECT_THAT(run("nursery").first, HasSubstr("a node starts it, nobody else can"));
}

/// A child that goes on until it is told to end.
class Daemon {
 public:
  explicit Daemon(std::vector<std::string> words) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("pipe");
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      words.insert(words.begin(), ZENOPS_PROGRAM_CHILD);
      std::vector<char*> arguments;
      for (auto& word : words) arguments.push_back(word.data());
      arguments.push_back(nullptr);
      execv(arguments[0], arguments.data());
      _exit(127);
    }
    close(ends[1]);
    char byte;
    while (::read(ends[0], &byte, 1) == 1 && byte != '\n') line_ += byte;
    close(ends[0]);
  }
  ~Daemon() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Daemon(const Daemon&) = delete;
  const std::string& line() const { return line_; }
  std::string address() const { return line_.substr(line_.rfind(' ') + 1); }

 private:
  pid_t pid_ = 0;
  std::string line_;
};

TEST(ProgramLine, ItsBinaryIsItsClusterAndItsClient) {
  const Daemon head({"up", "--port", "0", "--name", "first", "--cores", "2"});
  ASSERT_THAT(head.line(), StartsWith("head and node first at 127.0.0.1:"));
  const Daemon second({"join", head.address(), "--name", "second", "--cores", "2"});
  ASSERT_THAT(second.line(), StartsWith("node second at "));
  EXPECT_EQ(run("--address " + head.address() + " Counter counter/0"),
            (std::pair<std::string, int>("Counter\ncounter/0\nthere\n", 7)));

  // A newer build of the program asks for what these nodes do not know.
  Program newer("child", "2");
  newer.add<Counter>("Counter");
  Cluster cluster(newer, {.address = head.address()});
  const auto on_second = cluster.spawn("Counter", "counter/0", {.where = on("second")});
  const auto answer = on_second.ask<wire::Sum>(Envelope::of<wire::Ask>()).get();
  EXPECT_TRUE(answer.has_value()) << answer.error().what;
  const auto refused = cluster.try_spawn("Abacus", "abacus/0", {.restarts = {.intensity = 0}, .where = on("second")});
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().what, HasSubstr(" on node second) knows no actor type Abacus, only Counter, Keeper"));
}

TEST_F(ClusterTest, AGuestOfAnotherProgramIsHeardAndItsNodesAreNot) {
  Membership member(options(), counters(), clock_, pool_);
  Membership::Options guest = joining(member.self().port);
  guest.version = "another program";
  Membership there(guest, counters(), clock_, pool_);
  EXPECT_NO_THROW(there.ask_head(Envelope::of<wire::Inquire>(), 60s));
  const auto job =
      there.system()
          .ask("head",
               Envelope::of<wire::OpenJob>([](wire::OpenJob::Builder out) { out.setVersion("another program"); }), 60s)
          .get();
  ASSERT_FALSE(job.has_value());
  EXPECT_THAT(job.error().what, HasSubstr("both must be the same build"));

  const auto stranger =
      member.system()
          .ask("head",
               Envelope::of<wire::Hello>([](wire::Hello::Builder out) { out.setRuntime("zenops runtime 0.0.1"); }), 60s)
          .get();
  ASSERT_FALSE(stranger.has_value());
  EXPECT_THAT(stranger.error().what, HasSubstr("and this is zenops runtime 0.0.1: both must be the same build"));

  Membership::Options node = joining(member.self().port);
  node.version = "another program";
  node.node = NodeSpec{.name = "there", .host = {}, .cores = 2};
  try {
    Membership other(std::move(node), counters(), clock_, pool_);
    FAIL() << "it was taken";
  } catch (const UserError& e) {
    EXPECT_THAT(e.what(), HasSubstr("the head is test, and this is another program: both must be the same build"));
  }
}

}  // namespace
}  // namespace zenops
