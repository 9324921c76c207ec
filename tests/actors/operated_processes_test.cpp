// The same operator over a run whose actors live in processes of their own. This program is their nursery as well.
#include <gmock/gmock.h>

#include "actors/company.hpp"
#include "runtime/birth.hpp"
#include "runtime/nursery.hpp"
#include "tests/actors/collusions.hpp"
#include "tests/actors/operated.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;

constexpr const char* version = "operated";

TrainingOptions in_processes() {
  auto o = blobs(7, 1, 2);
  o.rule = {.name = "average", .parameters = {}};
  o.attacks = {attack("negative", 10, 1, {1})};
  o.cluster.isolation = Isolation::process;
  o.adversary.threat_model = Sight::rule;
  return o;
}

std::function<int(std::string)> prepare(const std::string&) {
  static const Catalogue catalogue = with_collusions();
  const auto cast = std::make_shared<Cast>(in_processes(), catalogue);
  return [cast](const std::string& birth) {
    return live(
        birth, version, [](const std::string&) { return 1; },
        [cast](const Means& means) -> Troupe {
          cast->train_with(means.pool.threads(), std::make_shared<Rows>(means.memory));
          return
              [cast](Context& context, const std::string& name, std::string_view) { return cast->make(context, name); };
        });
  };
}

TEST(OperatedProcessesTest, TheSameOrdersGiveTheBitsThatTheyGiveInThreads) {
  const auto script = [](Desk& desk) {
    desk.step(1);
    EXPECT_EQ(desk.rule({{"zeno", {{"eta", 0}, {"rho", 0.6}}}}), "round 2");
    EXPECT_THAT(desk.attack(7, {}), HasSubstr("there is no worker/7"));
    desk.step(1);
    EXPECT_EQ(desk.attack(3, attack("negative", 200, 1)), "round 3");
    desk.step(1);
    EXPECT_EQ(desk.rule({{"centered_clipping"}, {{"nnm", {{"f", 1}}}}}), "round 4");
    EXPECT_EQ(desk.step(1)->getRound(), 4u);
  };
  auto threads = in_processes();
  threads.cluster.isolation = Isolation::thread;
  const auto expected = operate(threads, script);
  for (const char* falls : {"nobody", "shard/1", "validator/0"}) {
    SCOPED_TRACE(falls);
    auto o = in_processes();
    o.snapshots.every = 2;
    if (std::string(falls) != "nobody") {
      o.faults.mode = FaultOptions::Mode::exact;
      o.faults.inject = {{falls, 5, Fault::At::open}};
    }
    const auto r = operate(o, script, [](Training& training) {
      training.plan_processes({.version = version, .job = "job", .nursery = {"operated", "nursery"}});
    });
    EXPECT_EQ(r.result.weights, expected.result.weights) << notes(r.rounds);
    EXPECT_EQ(r.result.tally.poisoned_accepted, expected.result.tally.poisoned_accepted);
    EXPECT_THAT(notes(r.rounds), HasSubstr("operator: the rule is nnm f=1 + centered_clipping"));
  }
}

/// Of each round, the poisoned messages that each worker sent, and how many of all were accepted.
std::vector<std::vector<uint64_t>> poisoned(const std::vector<RoundReport>& rounds) {
  std::vector<std::vector<uint64_t>> out;
  for (const RoundReport& r : rounds) {
    auto& round = out.emplace_back(std::vector<uint64_t>{r.round, r.tally.poisoned_accepted});
    for (const WorkerReport& w : r.workers) round.push_back(w.poisoned);
  }
  return out;
}

TEST(OperatedProcessesTest, WhoColludesThereTellsTheSameLie) {
  const auto script = [](Desk& desk) {
    EXPECT_EQ(desk.attack(2, collusion("harder", {})), "round 1");
    EXPECT_EQ(desk.attack(5, collusion("harder", {})), "round 1");
    desk.step(2);
    EXPECT_EQ(desk.attack(2, {}), "round 3");
  };
  auto threads = in_processes();
  threads.cluster.isolation = Isolation::thread;
  const auto expected = operate(threads, script, {}, with_collusions());
  EXPECT_EQ(expected.rounds[1].workers[2].poisoned, 2u);
  EXPECT_EQ(expected.rounds[2].workers[2].poisoned, 0u);
  for (const char* falls : {"nobody", "worker/5", "adversary"}) {
    SCOPED_TRACE(falls);
    auto o = in_processes();
    o.snapshots.every = 2;
    if (std::string(falls) != "nobody") {
      o.faults.mode = FaultOptions::Mode::exact;
      o.faults.inject = {{falls, 4, Fault::At::open}};
    }
    const auto r = operate(o, script, [](Training& training) {
      training.plan_processes({.version = version, .job = "job", .nursery = {"operated", "nursery"}});
    }, with_collusions());
    EXPECT_EQ(r.result.weights, expected.result.weights) << notes(r.rounds);
    EXPECT_EQ(poisoned(r.rounds), poisoned(expected.rounds));  // not the losses: an account may come when the round is over
  }
}

TEST(OperatedProcessesTest, WhomTheOperatorEvictsIsReplacedThereToo) {
  const auto r = operate(
      in_processes(),
      [](Desk& desk) {
        desk.step(2);
        EXPECT_EQ(desk.evict(1), "round 3");
        EXPECT_EQ(desk.step(1)->getWorkers()[1].getIncarnation(), 2u);
      },
      [](Training& training) {
        training.plan_processes({.version = version, .job = "job", .nursery = {"operated", "nursery"}});
      });
  EXPECT_EQ(r.rounds[1].workers[1].poisoned, 2u);
  EXPECT_EQ(r.rounds[2].workers[1].poisoned, 0u);
  EXPECT_EQ(r.rounds[2].workers[1].incarnation, 2u);
}

}  // namespace
}  // namespace zenops

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "nursery") return zenops::run_nursery(zenops::prepare);
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
