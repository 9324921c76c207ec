// An operator who evicts and readmits workers.
#include <gmock/gmock.h>

#include "tests/actors/operated.hpp"

namespace zenops {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(OperatorWorkersTest, WhomTheOperatorEvictsIsReplacedByAnHonestOne) {
  auto o = blobs(7);
  o.attacks = {attack("negative", 10, 1, {1})};
  for (const auto mode :
       {ReputationOptions::Mode::off, ReputationOptions::Mode::watch, ReputationOptions::Mode::evict}) {
    o.reputation.mode = mode;
    const auto r = operate(o, [](Desk& desk) {
      desk.step(2);
      EXPECT_EQ(desk.evict(1, "it was seen lying"), "round 3");
      EXPECT_EQ(desk.evict(1), "worker/1 is evicted already, before round 3");
      const auto standing = desk.step(2);
      EXPECT_EQ(standing->getWorkers()[1].getEvictions(), 1u);
      EXPECT_EQ(standing->getWorkers()[1].getIncarnation(), 2u);
      EXPECT_STREQ(standing->getWorkers()[1].getAttack().cStr(), "none");
      EXPECT_THAT(orders(standing), ElementsAre("round 3: worker/1 is evicted: it was seen lying"));
    });
    for (const auto& round : r.rounds) {
      EXPECT_EQ(round.workers[1].incarnation, round.round < 3 ? 1u : 2u) << round.round;
      EXPECT_EQ(round.workers[1].poisoned, round.round < 3 ? 2u : 0u);
      ASSERT_EQ(round.evidence.size(), round.round == 3 ? 1u : 0u);
    }
    const Evidence& line = r.rounds[2].evidence[0];
    EXPECT_EQ(line.rule, "operator");
    EXPECT_EQ(line.what, "evicted: it was seen lying");
    EXPECT_EQ(line.incarnation, 1u);
    EXPECT_THAT(r.rounds[2].notes, Contains("operator: worker/1 is evicted: it was seen lying"));
  }
  o.reputation.mode = ReputationOptions::Mode::off;
  o.faults.mode = FaultOptions::Mode::exact;
  operate(o, [](Desk& desk) { EXPECT_THAT(desk.evict(1), HasSubstr("faults.mode is exact")); });
}

TEST(OperatorWorkersTest, AnEvictionInAnAsynchronousRunReplacesTheWorkerToo) {
  auto o = blobs();
  o.train.mode = Mode::async;
  o.train.rounds = 30;
  o.rule = {.name = "zenopp", .parameters = {}};
  const auto r = operate(o, [](Desk& desk) {
    desk.step(2);
    EXPECT_EQ(desk.evict(1, "why not"), "round 3");
    EXPECT_THAT(desk.rule({{"average"}}), HasSubstr("keeps the rule with which it began"));
    EXPECT_THAT(desk.save(), HasSubstr("asynchronous runs keep no snapshots"));
    EXPECT_EQ(desk.step(1)->getWorkers()[1].getEvictions(), 1u);
  });
  EXPECT_EQ(r.result.rounds, 30u);
  ASSERT_EQ(r.rounds[2].evidence.size(), 1u);
  EXPECT_EQ(r.rounds[2].evidence[0].what, "evicted: why not");
}

TEST(OperatorWorkersTest, InAnAsynchronousRunAWorkersScheduleGoesByItsOwnUpdates) {
  auto o = blobs();
  o.train.mode = Mode::async;
  o.train.rounds = 30;
  o.rule = {.name = "zenopp", .parameters = {}};
  o.delays = {{"worker/1", DelayOptions::Kind::constant, 1e6, 0}};
  o.attacks = {attack("negative", 2, 1, {0, 1}), attack("negative", 3, 1, {0, 1})};
  o.attacks[0].times.stop = o.attacks[1].times.start = 3;
  operate(o, [](Desk& desk) {
    EXPECT_STREQ(desk.survey()->getWorkers()[0].getAttack().cStr(), "negative scale=2 stop=3");
    const auto standing = desk.step(4);
    EXPECT_STREQ(standing->getWorkers()[0].getAttack().cStr(), "negative scale=3 start=3");
    EXPECT_STREQ(standing->getWorkers()[1].getAttack().cStr(), "negative scale=2 stop=3") << "it is slow, and at its first";
  });
}

TEST(OperatorWorkersTest, WhomTheOperatorReadmitsIsOutOfQuarantineWithARecordThatBeginsAnew) {
  auto o = blobs(7);
  o.train.rounds = 12;
  o.attacks = {attack("negative", 10, 1, {1})};
  o.reputation.mode = ReputationOptions::Mode::evict;
  o.reputation.window = 12;
  o.reputation.least = o.reputation.readmit = 6;
  const auto r = operate(o, [](Desk& desk) {
    EXPECT_THAT(desk.readmit(1), HasSubstr("worker/1 is not in quarantine: it is trusted"));
    const auto at = desk.step_until(7);
    EXPECT_STREQ(at->getWorkers()[1].getStanding().cStr(), "quarantined");
    EXPECT_EQ(desk.readmit(1), "round 8");
    EXPECT_STREQ(desk.step(1)->getWorkers()[1].getStanding().cStr(), "trusted");
  });
  EXPECT_THAT(r.rounds[7].notes, Contains("operator: worker/1 is out of quarantine"));
  for (const auto& round : r.rounds) EXPECT_EQ(round.workers[1].incarnation, 1u) << "it would be evicted by now";
}

}  // namespace
}  // namespace zenops
