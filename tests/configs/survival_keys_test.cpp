#include "tests/configs/parsed.hpp"

namespace zenops {
namespace {

TEST(SurvivalKeysTest, ReadsWhoIsMadeToFall) {
  const auto faults = parse("faults: {mode: exact, inject: [{kill: shard/0, round: 7}, {kill: worker/3, round: 9, at: apply}]}").training.faults;
  EXPECT_EQ(faults.mode, FaultOptions::Mode::exact);
  ASSERT_EQ(faults.inject.size(), 2u);
  EXPECT_EQ(faults.inject[0].kill, "shard/0");
  EXPECT_EQ(faults.inject[0].round, 7u);
  EXPECT_EQ(faults.inject[0].at, Fault::At::open);
  EXPECT_EQ(faults.inject[1].at, Fault::At::apply);
}

TEST(SurvivalKeysTest, AMistakenFaultIsNamed) {
  EXPECT_EQ(mistakes("faults: {inject: [{kill: worker/15, round: 7}]}"),
            "x.yaml:1:26: faults.inject.kill: found worker/15, expected an index below cluster.workers = 15");
  EXPECT_EQ(mistakes("faults: {inject: [{kill: scheduler, round: 7}]}"),
            "x.yaml:1:26: faults.inject.kill: found \"scheduler\", expected worker/3, shard/0, validator/1, evaluator or adversary");
  EXPECT_EQ(mistakes("faults: {inject: [{kill: shard/0}]}"),
            "x.yaml:1:19: faults.inject: expected maps like {kill: shard/0, round: 7}, with both keys");
  EXPECT_EQ(mistakes("faults: {inject: [{kill: shard/0, round: 1, when: open}]}"),
            "x.yaml:1:45: faults.inject.when: unknown key; expected one of kill, round, at");
  EXPECT_EQ(mistakes("faults: {inject: shard/0}"), "x.yaml:1:18: faults.inject: expected a list of maps like {kill: shard/0, round: 7}");
  EXPECT_EQ(mistakes("{train: {mode: async}, async: {buffer: 2}, faults: {mode: exact}}"),
            "x.yaml:1:59: faults.mode: found exact, expected elastic: asynchronous runs have no snapshots to go back to yet");
}

TEST(SurvivalKeysTest, TheAdversaryFallsOnlyWhereThereIsOne) {
  EXPECT_EQ(mistakes("{adversary: {threat_model: rows}, faults: {inject: [{kill: adversary, round: 7}]}}"), "none");
  EXPECT_EQ(mistakes("faults: {inject: [{kill: adversary, round: 7}]}"),
            "x.yaml:1:26: faults.inject.kill: found adversary, expected adversary.threat_model beside it: with nothing there is none");
}

}  // namespace
}  // namespace zenops
