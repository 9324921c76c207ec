// Groups that are supervised together, ends that are no falls, and evictions; with real processes.
#include "tests/runtime/cluster.hpp"

namespace zenops {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST_F(ClusterTest, AGroupOfOneForAllStopsInReverseOrderAndStartsAgainInOrder) {
  Membership member(options(), counters(), clock_, pool_);
  System& system = member.system();
  const uint64_t job = open_job(system);
  const auto nothing = [](wire::Spawn::Builder, wire::Spec::Builder) {};
  ASSERT_TRUE(spawn_supervised(system, job, {"counter/c", "counter/b", "counter/a"}, nothing, Together::one_for_all).has_value());
  const Answer before = ask(system, "counter/a");
  system.tell("counter/b", Envelope::of<wire::Fall>([](wire::Fall::Builder b) { b.setCause("division by cucumber"); }));
  EXPECT_THAT(log_.wait_for("counter/b#1 lost"), HasSubstr("division by cucumber; starting counter/b#2 in "));
  for (const char* name : {"counter/a", "counter/b", "counter/c"}) EXPECT_EQ(ask_until(system, name, 2).value, 0) << name;
  EXPECT_EQ(ask(system, "counter/a").pid, before.pid) << "its process has done nothing wrong";
  EXPECT_LT(log_.place_of("counter/a#1 lost: its group is stopped"), log_.place_of("counter/c#1 lost: its group is stopped"));
}

TEST_F(ClusterTest, AGroupOfRestForOneLeavesThoseBeforeItAlone) {
  Membership member(options(), counters(), clock_, pool_);
  System& system = member.system();
  const uint64_t job = open_job(system);
  const auto nothing = [](wire::Spawn::Builder, wire::Spec::Builder) {};
  ASSERT_TRUE(spawn_supervised(system, job, {"counter/1", "counter/2", "counter/3"}, nothing, Together::rest_for_one).has_value());
  kill(static_cast<pid_t>(ask(system, "counter/2").pid), SIGKILL);
  ask_until(system, "counter/3", 2);
  ask_until(system, "counter/2", 2);
  EXPECT_EQ(ask(system, "counter/1").incarnation, 1u);
}

TEST_F(ClusterTest, AGroupWhoseProcessIsKilledAsAWholeComesBack) {
  Membership member(options(), counters(), clock_, pool_);
  System& system = member.system();
  const uint64_t job = open_job(system);
  const auto shared = [](wire::Spawn::Builder, wire::Spec::Builder spec) { spec.setGroup("all"); };
  ASSERT_TRUE(spawn_supervised(system, job, {"counter/1", "counter/2", "counter/3"}, shared, Together::one_for_all).has_value());
  const Answer before = ask(system, "counter/2");
  kill(static_cast<pid_t>(before.pid), SIGKILL);
  for (const char* name : {"counter/1", "counter/2", "counter/3"}) EXPECT_NE(ask_until(system, name, 2).pid, before.pid) << name;
}

TEST_F(ClusterTest, WhoHasDoneItsWorkIsBegunAgainOnlyWhenItIsPermanent) {
  Membership member(options(), counters(), clock_, pool_);
  System& system = member.system();
  const uint64_t job = open_job(system);
  ASSERT_TRUE(spawn_supervised(system, job, {"counter/1", "counter/2"}, [](wire::Spawn::Builder, wire::Spec::Builder spec) {
                if (spec.getName() == "counter/1") spec.setLifetime(wire::Lifetime::TRANSIENT);
              }).has_value());
  for (const char* name : {"counter/1", "counter/2"}) system.tell(name, Envelope::of<wire::Finish>());
  EXPECT_EQ(log_.wait_for("counter/1#1"), "counter/1#1 ended: it has done its work");
  ask_until(system, "counter/2", 2);
  EXPECT_FALSE(system.ask("counter/1", Envelope::of<wire::Ask>(), 5s).get().has_value());
}

/// A cluster of two nodes, "here" with the head and "there".
class TwoNodesTest : public ClusterTest {
 protected:
  TwoNodesTest() : member_(options(), counters(), clock_, pool_), other_(there(member_), counters(), clock_, pool_), system_(member_.system()) {}
  Membership::Options there(const Membership& head) {
    Membership::Options out = options();
    out.head = false;
    out.head_host = head.self().host;
    out.head_port = head.self().port;
    out.node->name = "there";
    return out;
  }
  std::map<std::string, std::string> places() {
    const auto answer = system_.ask("head", Envelope::of<wire::Inquire>(), 60s).get();
    if (!answer) throw std::runtime_error(answer.error().what);
    const Msg<wire::Report> report(*answer);
    std::map<std::string, std::string> out;
    for (const auto actor : report->getActors()) out[actor.getName()] = actor.getNode();
    return out;
  }
  void accuse(const std::string& by, const Address& who) {
    system_.tell(by, Envelope::of<wire::Accuse>([&](wire::Accuse::Builder out) {
                   out.setName(who.name);
                   out.setIncarnation(who.incarnation);
                   out.setCause("it lies");
                 }));
  }

  Membership member_, other_;
  System& system_;
};

TEST_F(TwoNodesTest, WhoIsEvictedIsReplacedInAFreshProcessOnAnotherNodeAndThatIsNoFall) {
  const uint64_t job = open_job(system_);
  ASSERT_TRUE(spawn(system_, job, {"counter/1"}).has_value());
  ASSERT_TRUE(spawn(system_, job, {"counter/judge"}, true).has_value());
  const auto before = ask(system_, "counter/1");
  const std::string node = places().at("counter/1");
  accuse("counter/judge", {"counter/1", 1});
  EXPECT_THAT(log_.wait_for("counter/1#1 was evicted"), HasSubstr("it lies; starting counter/1#2 in "));
  EXPECT_NE(ask_until(system_, "counter/1", 2).pid, before.pid);
  EXPECT_NE(places().at("counter/1"), node);
  EXPECT_EQ(kill(static_cast<pid_t>(before.pid), 0), -1) << "its process has gone";
}

TEST_F(TwoNodesTest, WhoSharesAProcessWithAnEvictedOneStays) {
  const uint64_t job = open_job(system_);
  const auto shared = [](wire::Spawn::Builder, wire::Spec::Builder spec) { spec.setGroup("all"); };
  ASSERT_TRUE(spawn_supervised(system_, job, {"counter/1", "counter/2"}, shared).has_value());
  ASSERT_TRUE(spawn(system_, job, {"counter/judge"}, true).has_value());
  const auto before = ask(system_, "counter/2");
  accuse("counter/judge", {"counter/1", 1});
  EXPECT_NE(ask_until(system_, "counter/1", 2).pid, before.pid);
  EXPECT_EQ(ask(system_, "counter/2").incarnation, 1u);
  EXPECT_EQ(ask(system_, "counter/2").pid, before.pid);
}

TEST_F(TwoNodesTest, OnlyTheClientOfARunEvictsAndOnlyTheLifeThatItMeans) {
  const uint64_t job = open_job(system_);
  ASSERT_TRUE(spawn(system_, job, {"counter/liar", "counter/1"}).has_value());
  ASSERT_TRUE(spawn(system_, job, {"counter/judge"}, true).has_value());
  accuse("counter/liar", {"counter/1", 1});
  accuse("counter/judge", {"counter/1", 7});
  ask(system_, "counter/liar");
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(ask(system_, "counter/1").incarnation, 1u);
}

TEST_F(TwoNodesTest, ANodeWhereActorsKeepBeingEvictedIsDrainedButNotTheLastOne) {
  const uint64_t job = open_job(system_);
  const auto nothing = [](wire::Spawn::Builder, wire::Spec::Builder) {};
  ASSERT_TRUE(spawn_supervised(system_, job, {"counter/1", "counter/2"}, nothing, Together::one_for_one, 1).has_value());
  ASSERT_TRUE(spawn(system_, job, {"counter/judge"}, true).has_value());
  const std::string first = places().at("counter/1"), second = first == "here" ? "there" : "here";
  accuse("counter/judge", {"counter/1", 1});
  log_.wait_for("node " + first + ": 1 actors were evicted there: it is drained");
  ask_until(system_, "counter/1", 2);
  EXPECT_EQ(places().at("counter/1"), second);
  accuse("counter/judge", {"counter/1", 2});
  log_.wait_for("node " + second + ": 1 actors were evicted there; it is not drained, for there is no other");
  ask_until(system_, "counter/1", 3);
  EXPECT_EQ(places().at("counter/1"), second);
}

}  // namespace
}  // namespace zenops
