// An operator who sets the rule, against a run whose configuration has it.
#include <gmock/gmock.h>

#include "tests/actors/operated.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;

TEST(OperatorRuleTest, ARuleThatIsSetBeforeTheFirstRoundIsAsGoodAsTheConfigurations) {
  const std::pair<const char*, Parameters> rules[] = {
      {"trimmed_mean", {{"f", 2}}}, {"zeno_loss", {}},    {"zeno", {{"eta", 0}, {"rho", 0.6}}},
      {"centered_clipping", {}},    {"krum", {{"f", 2}}}, {"fltrust", {}}};
  for (const auto& [rule, parameters] : rules) {
    SCOPED_TRACE(rule);
    auto o = by("average");
    o.attacks = {attack("negative", 10, 1, {1})};
    o.rule.granularity = std::string(rule) == "zeno_loss" ? Granularity::model : Granularity::block;
    const auto expected = run(by(rule, parameters, o));
    for (const char* falls : {"nobody", "validator/0", "shard/1", "worker/3"}) {
      SCOPED_TRACE(falls);
      auto with = o;
      if (std::string(falls) != "nobody") {
        with.faults.inject = {{falls, 3, Fault::At::open}};
        with.faults.mode = FaultOptions::Mode::exact;
      }
      const auto r = operate(with, [&, &name = rule, &values = parameters](Desk& desk) {
        EXPECT_EQ(desk.rule({{name, values}}), "round 1");
        EXPECT_THAT(desk.survey()->getRule().cStr(), HasSubstr(name));
      });
      EXPECT_EQ(r.result.weights, expected.result.weights);
      EXPECT_EQ(facts(r.rounds), facts(expected.rounds));
    }
  }
}

TEST(OperatorRuleTest, AValidatorOrAShardThatFellKnowsTheRuleAgain) {
  const auto script = [](Desk& desk) {
    desk.step(1);
    EXPECT_EQ(desk.rule({{"krum", {{"f", 2}}}}), "round 2");  // for which nobody remembers anything
  };
  auto o = by("average");
  o.attacks = {attack("negative", 10, 1, {1})};
  const auto expected = operate(o, script);
  for (const char* falls : {"validator/0", "shard/0", "shard/1"})
    for (const Fault::At at : {Fault::At::before, Fault::At::open, Fault::At::apply}) {
      SCOPED_TRACE(falls);
      auto with = o;
      with.faults.inject = {{falls, 4, at}};
      const auto r = operate(with, script);
      EXPECT_EQ(r.result.rounds, 6u);
      EXPECT_EQ(r.result.weights, expected.result.weights) << static_cast<int>(at);
      EXPECT_EQ(facts(r.rounds), facts(expected.rounds));
    }
}

TEST(OperatorRuleTest, SettingTheRuleThatThereIsChangesNothing) {
  const auto o = by("centered_clipping");  // it remembers
  const auto r = operate(o, [](Desk& desk) {
    desk.step(3);
    EXPECT_EQ(desk.rule({{"centered_clipping"}}), "round 4");
  });
  EXPECT_EQ(r.result.weights, run(o).result.weights);
}

TEST(OperatorRuleTest, WhoGoesBackToASnapshotGoesBackToItsRule) {
  auto o = with_memory();
  o.snapshots.every = 4;
  const auto script = [](Desk& desk) {
    desk.step(5);
    EXPECT_EQ(desk.rule({{"average"}}), "round 6");
    desk.step(3);
    EXPECT_EQ(desk.rule({{"centered_clipping", {{"tau", 2}}}}), "round 9");
  };
  const auto expected = operate(o, script);
  o.faults.mode = FaultOptions::Mode::exact;
  for (const uint32_t round : {6u, 7u, 10u}) {
    SCOPED_TRACE(round);
    o.faults.inject = {{"shard/1", round, Fault::At::open}, {"worker/2", round + 1, Fault::At::apply}};
    const auto r = operate(o, script);
    EXPECT_EQ(r.result.weights, expected.result.weights);
    EXPECT_EQ(facts(r.rounds), facts(expected.rounds));
  }
}

}  // namespace
}  // namespace zenops
