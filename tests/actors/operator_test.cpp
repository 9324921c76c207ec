// A run under an operator, against the same run left alone.
#include <gmock/gmock.h>

#include "actors/scheduler.hpp"
#include "runtime/system.hpp"
#include "tests/actors/operated.hpp"

namespace zenops {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

std::string phase(const Answer<wire::Standing>& standing) { return standing->getPhase().cStr(); }

std::vector<std::string> orders(const Answer<wire::Standing>& standing) {
  std::vector<std::string> out;
  for (const auto order : standing->getOrders()) out.emplace_back(order.cStr());
  return out;
}

TrainingOptions by(const std::string& rule, Parameters parameters = {}, TrainingOptions o = blobs(7, 1, 2)) {
  o.rule.name = rule;
  o.rule.parameters = std::move(parameters);
  return o;
}

// ---- rounds

TEST(OperatorTest, ARunThatBeginsPausedIsReadyAndStepsAsFarAsItIsTold) {
  const auto o = blobs();
  const auto r = operate(o, [](Desk& desk) {
    const auto ready = desk.survey();
    EXPECT_EQ(phase(ready), "ready");
    EXPECT_EQ(ready->getRound(), 0u);
    EXPECT_EQ(ready->getRounds(), 6u);
    EXPECT_FLOAT_EQ(ready->getLr(), 0.05f);
    EXPECT_THAT(ready->getRule().cStr(), HasSubstr("zeno"));
    EXPECT_EQ(desk.step(3)->getRound(), 3u);
    const auto paused = desk.survey();
    EXPECT_EQ(phase(paused), "paused");
    EXPECT_EQ(paused->getRound(), 3u);
    ASSERT_EQ(paused->getHistory().size(), 3u);
    EXPECT_EQ(paused->getHistory()[2].getRound(), 3u);
    ASSERT_EQ(paused->getWorkers().size(), 5u);
    EXPECT_STREQ(paused->getWorkers()[4].getState().cStr(), "answered");
    EXPECT_STREQ(paused->getWorkers()[4].getAttack().cStr(), "none");
    EXPECT_STREQ(paused->getWorkers()[4].getStanding().cStr(), "");
    EXPECT_EQ(desk.step_until(5)->getRound(), 5u);
    EXPECT_EQ(desk.step_until(2)->getRound(), 5u) << "that one is done";
    EXPECT_EQ(desk.step(0)->getRound(), 5u);
  });
  EXPECT_EQ(r.result.rounds, 6u);
  EXPECT_EQ(r.result.weights, run(o).result.weights);
}

TEST(OperatorTest, APausedAndSteppedRunHasTheBitsOfOneLeftAlone) {
  auto async = blobs();
  async.train.mode = Mode::async;
  async.rule = {.name = "zenopp", .parameters = {}};
  for (const TrainingOptions& o : {with_memory(), async}) {
    SCOPED_TRACE(o.rule.name);
    const auto expected = run(o);
    const auto r = operate(o, [](Desk& desk) {
      EXPECT_EQ(phase(desk.survey()), "ready");
      EXPECT_EQ(desk.step(1)->getRound(), 1u);
      EXPECT_EQ(desk.step(2)->getRound(), 3u);
      desk.resume();
      const auto paused = desk.pause();
      EXPECT_EQ(desk.survey()->getRound(), paused->getRound());
    });
    EXPECT_EQ(r.result.weights, expected.result.weights);
    EXPECT_EQ(facts(r.rounds), facts(expected.rounds));
  }
}

TEST(OperatorTest, TwoWhoWaitForStepsAreAnsweredEachInItsTurn) {
  operate(blobs(), [](Desk& desk) {
    auto far = desk.ask(Desk::stepping(0, 4)), near = desk.ask(Desk::stepping(2));
    EXPECT_EQ(Desk::standing(std::move(near))->getRound(), 2u);
    const auto standing = Desk::standing(std::move(far));
    EXPECT_EQ(standing->getRound(), 4u);
    EXPECT_EQ(phase(standing), "paused");
  });
}

TEST(OperatorTest, WhoeverWaitsWhenTheRunEndsIsToldThatItHas) {
  operate(blobs(), [](Desk& desk) {
    auto beyond = desk.ask(Desk::stepping(0, 100));
    const auto standing = Desk::standing(std::move(beyond));
    EXPECT_EQ(phase(standing), "ended");
    EXPECT_EQ(standing->getRound(), 6u);
    EXPECT_GT(standing->getHistory()[5].getAccuracy(), 0.2) << "with what became of it";
  });
}

TEST(OperatorTest, AStopEndsARunThatIsPaused) {
  const auto r = operate(blobs(), [](Desk& desk) {
    desk.step(2);
    auto waiting = desk.ask(Envelope::of<wire::Pause>());
    waiting.wait();
    desk.stop();
  });
  EXPECT_TRUE(r.result.stopped);
  EXPECT_EQ(r.result.rounds, 2u);
  EXPECT_GT(r.result.evaluation.accuracy, 0.2);

  const auto never = operate(blobs(), [](Desk& desk) { desk.stop(); });
  EXPECT_EQ(never.result.rounds, 0u);
}

TEST(OperatorTest, WhoFallsWhileNothingIsUnderWayIsBackWhenItGoesOn) {
  for (const char* who : {"worker/2", "shard/0", "validator/0", "evaluator"}) {
    SCOPED_TRACE(who);
    auto o = blobs();
    o.train.eval_every = 2;
    o.faults.inject = {{who, 3, Fault::At::apply}, {who, 4, Fault::At::apply}};
    const auto r = operate(o, [](Desk& desk) {
      EXPECT_EQ(desk.step(3)->getRound(), 3u);
      EXPECT_EQ(desk.step(1)->getRound(), 4u);
      EXPECT_EQ(phase(desk.survey()), "paused");
    });
    EXPECT_EQ(r.result.rounds, 6u);
  }
}

// ---- orders

TEST(OperatorTest, WhatWasOrderedIsInForceFromTheRoundThatTheAnswerNames) {
  const auto r = operate(blobs(), [](Desk& desk) {
    EXPECT_EQ(desk.lr(0.25f), "round 1");
    desk.step(2);
    EXPECT_EQ(desk.lr(0.125f), "round 3");
    EXPECT_EQ(desk.attack(3, attack("negative", 200, 1)), "round 3");
    const auto before = desk.survey();
    EXPECT_FLOAT_EQ(before->getLr(), 0.125f) << "of the next round";
    EXPECT_STREQ(before->getWorkers()[3].getAttack().cStr(), "negative scale=200");
    EXPECT_EQ(before->getWorkers()[3].getPoisoned(), 0u);
    const auto after = desk.step(2);
    EXPECT_EQ(after->getWorkers()[3].getPoisoned(), 4u) << "two blocks, two rounds";
    EXPECT_EQ(after->getWorkers()[3].getRefused(), 4u);
    EXPECT_EQ(desk.attack(3, {}), "round 5");
    EXPECT_THAT(orders(desk.survey()),
                ElementsAre("round 1: the learning rate is 0.25", "round 3: the learning rate is 0.125",
                            "round 3: worker/3 attacks negative scale=200", "round 5: worker/3 is honest"));
  });
  for (const auto& round : r.rounds) {
    EXPECT_EQ(round.lr, round.round < 3 ? 0.25f : 0.125f);
    EXPECT_EQ(round.workers[3].poisoned, round.round == 3 || round.round == 4 ? 2u : 0u) << round.round;
  }
  EXPECT_THAT(r.rounds[2].notes,
              ElementsAre("operator: the learning rate is 0.125", "operator: worker/3 attacks negative scale=200"));
  EXPECT_THAT(r.rounds[3].notes, testing::IsEmpty());
}

TEST(OperatorTest, TheSameOrdersAtTheSameRoundsGiveTheSameBits) {
  const auto script = [](Desk& desk) {
    desk.step(2);
    EXPECT_EQ(desk.rule({{"trimmed_mean", {{"f", 1}}}}), "round 3");
    EXPECT_EQ(desk.attack(1, attack("negative", 10, 1)), "round 3");
    desk.step(1);
    EXPECT_EQ(desk.lr(0.02f), "round 4");
    EXPECT_EQ(desk.rule({{"zeno", {{"eta", 0}, {"rho", 0.6}}}}), "round 4");
    desk.step(1);
    EXPECT_EQ(desk.rule({{"centered_clipping"}, {{"nnm", {{"f", 1}}}}}), "round 5");
  };
  const auto two = operate(by("average", {}, blobs(7, 1, 2)), script),
             one = operate(by("average", {}, blobs(7, 1, 1)), script);
  EXPECT_EQ(one.result.weights, two.result.weights);
  EXPECT_EQ(facts(one.rounds), facts(two.rounds));
  auto serialized = by("average", {}, blobs(7, 1, 3));
  serialized.cluster.serialize = true;
  EXPECT_EQ(operate(serialized, script).result.weights, two.result.weights);
  EXPECT_NE(run(by("average")).result.weights, two.result.weights);
}

TEST(OperatorTest, WhatIsRefusedIsSaidAndChangesNoBit) {
  const auto o = blobs();
  const auto r = operate(o, [](Desk& desk) {
    desk.step(2);
    EXPECT_THAT(desk.attack(99, attack("negative", 1, 1)),
                HasSubstr("there is no worker/99: the run has worker/0 to worker/4"));
    EXPECT_THAT(desk.attack(1, attack("negativ", 1, 1)), HasSubstr("did you mean \"negative\"?"));
    EXPECT_THAT(desk.lr(-1), HasSubstr("found -1"));
    EXPECT_THAT(desk.lr(NAN), HasSubstr("found nan"));
    EXPECT_THAT(desk.rule({{"krum", {{"f", 2}}}}), HasSubstr("krum needs"));
    EXPECT_THAT(desk.rule({{"kardam"}}), HasSubstr("async"));
    EXPECT_THAT(desk.evict(5), HasSubstr("there is no worker/5"));
    EXPECT_THAT(desk.readmit(1), HasSubstr("reputation.mode is off"));
    EXPECT_THAT(desk.save(), HasSubstr("no folder for snapshots"));
    EXPECT_THAT(orders(desk.survey()), testing::IsEmpty());
    desk.step_until(6);
  });
  const auto expected = run(o);
  EXPECT_EQ(r.result.weights, expected.result.weights);
  EXPECT_EQ(notes(r.rounds), notes(expected.rounds));
}

TEST(OperatorTest, AnOrderForWhichNoRoundComesIsRefused) {
  Training training(blobs(), Catalogue{});
  std::shared_ptr<Speaker> speaker;
  training.start_paused();
  std::string last;
  training.on_up([&](std::shared_ptr<Speaker> s) {
    Desk desk(std::move(s));
    desk.step(5);
    desk.stop();
    last = desk.lr(0.1f);
  });
  training.run();
  EXPECT_THAT(last, testing::AnyOf(HasSubstr("no round comes"), HasSubstr("fell"), HasSubstr("nobody")));
}

// ---- the rule

TEST(OperatorTest, ARuleThatIsSetBeforeTheFirstRoundIsAsGoodAsTheConfigurations) {
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

TEST(OperatorTest, AValidatorOrAShardThatFellKnowsTheRuleAgain) {
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

TEST(OperatorTest, SettingTheRuleThatThereIsChangesNothing) {
  const auto o = by("centered_clipping");  // it remembers
  const auto r = operate(o, [](Desk& desk) {
    desk.step(3);
    EXPECT_EQ(desk.rule({{"centered_clipping"}}), "round 4");
  });
  EXPECT_EQ(r.result.weights, run(o).result.weights);
}

TEST(OperatorTest, WhoGoesBackToASnapshotGoesBackToItsRule) {
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

// ---- workers

TEST(OperatorTest, WhomTheOperatorEvictsIsReplacedByAnHonestOne) {
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

TEST(OperatorTest, AnEvictionInAnAsynchronousRunReplacesTheWorkerToo) {
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

TEST(OperatorTest, InAnAsynchronousRunAWorkersScheduleGoesByItsOwnUpdates) {
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

TEST(OperatorTest, WhomTheOperatorReadmitsIsOutOfQuarantineWithARecordThatBeginsAnew) {
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

// ---- snapshots

TEST(OperatorTest, ASnapshotThatWasAskedForIsOnTheDiskWhenItIsAnsweredAndTheRunGoesOnFromThere) {
  auto o = with_memory();
  o.snapshots = {.every = 100, .keep = 5};
  TemporaryFolder folder;
  const auto script = [](Desk& desk) {
    desk.step(3);
    desk.rule({{"trimmed_mean", {{"f", 1}}}});
    desk.step(2);
  };
  const auto expected = operate(o, script);
  const auto first = operate(
      o,
      [&](Desk& desk) {
        EXPECT_THAT(desk.save(), HasSubstr("no round is done yet"));
        script(desk);
        EXPECT_EQ(desk.save(), "saved round 5");
        EXPECT_TRUE(std::filesystem::exists(folder / "s" / "round-000005"));
        EXPECT_EQ(desk.save(), "saved round 5") << "once more";
        EXPECT_EQ(phase(desk.survey()), "paused");
        auto saved = desk.ask(Envelope::of<wire::SaveRun>());
        desk.resume();
        EXPECT_TRUE(saved.get()) << "though it goes on at once";
        EXPECT_THAT(desk.save(), testing::AnyOf(HasSubstr("saved round "), HasSubstr("the run has ended")))
            << "while rounds are under way";
      },
      [&](Training& training) { training.keep_snapshots(folder / "s"); });
  EXPECT_EQ(first.result.weights, expected.result.weights);

  for (const auto& one : std::filesystem::directory_iterator(folder / "s"))
    if (one.path().filename() != "round-000005") std::filesystem::remove_all(one.path());
  const auto snapshot = Snapshots(folder / "s", 1).newest([](const std::string& news) { ADD_FAILURE() << news; });
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->rule->rule.name, "trimmed_mean");
  const auto resumed = operate(
      o,
      [](Desk& desk) {
        EXPECT_STREQ(desk.survey()->getRule().cStr(), "trimmed_mean f=1");
        EXPECT_EQ(desk.survey()->getRound(), 5u);
      },
      [&](Training& training) { training.go_on_from(snapshot); });
  EXPECT_EQ(resumed.result.weights, expected.result.weights);
  EXPECT_EQ(facts(resumed.rounds), facts(expected.rounds, 6));
}

TEST(OperatorTest, WhatWasOrderedBeforeASnapshotIsInItThoughNoRoundHasBegunSince) {
  auto o = with_memory();
  o.snapshots = {.every = 100, .keep = 5};
  TemporaryFolder folder;
  const auto orders = [](Desk& desk) {
    desk.step(3);
    desk.lr(0.01f);
    desk.rule({{"trimmed_mean", {{"f", 1}}}});
    desk.attack(2, attack("negative", 3, 1, {}));
  };
  const auto expected = operate(o, orders);
  operate(
      o,
      [&](Desk& desk) {
        orders(desk);
        EXPECT_EQ(desk.save(), "saved round 3");
        desk.stop();
      },
      [&](Training& training) { training.keep_snapshots(folder / "s"); });
  const auto snapshot = Snapshots(folder / "s", 1).newest([](const std::string& news) { ADD_FAILURE() << news; });
  ASSERT_TRUE(snapshot);
  const auto resumed = operate(o, [](Desk&) {}, [&](Training& training) { training.go_on_from(snapshot); });
  EXPECT_EQ(resumed.result.weights, expected.result.weights);
}

TEST(OperatorTest, ARunThatIsStoppedAfterAnEvictionHasItsEvidence) {
  const auto r = operate(blobs(7), [](Desk& desk) {
    desk.step(2);
    desk.evict(1, "so");
    desk.stop();
  });
  ASSERT_EQ(r.result.evidence.size(), 1u);
  EXPECT_EQ(r.result.evidence[0].what, "evicted: so");
}

TEST(OperatorTest, TheNewestRoundIsInTheHistoryBeforeTheOneAfterIt) {
  operate(blobs(7), [](Desk& desk) {
    const auto standing = desk.step(3);
    EXPECT_EQ(standing->getHistory().size(), 3u);
    EXPECT_EQ(standing->getHistory()[2].getRound(), 3u);
  });
}

// ---- liars

/// Says to the scheduler what only an operator may, and remembers what it is answered.
class Usurper final : public Actor {
 public:
  Usurper(Context& context, std::promise<std::vector<Ec>>& answers) : Actor(context), answers_(answers) {}
  Behavior handlers() override {
    return Behavior{}.on<wire::Start>(the_operator, [this](const Msg<wire::Start>&) {
      const Envelope words[] = {
          Envelope::of<wire::Resume>(),  Envelope::of<wire::Pause>(),       Desk::stepping(3),
          Envelope::of<wire::SetRule>(), Envelope::of<wire::EvictWorker>(), Envelope::of<wire::SaveRun>(),
          Envelope::of<wire::Survey>()};
      for (const Envelope& word : words)
        context().ask("scheduler", word, std::chrono::seconds(30), [this](const Expected<Envelope>& answer) {
          heard_.push_back(answer ? Ec::malformed : answer.error().code);
          if (heard_.size() == 7) answers_.set_value(heard_);
        });
    });
  }

 private:
  std::promise<std::vector<Ec>>& answers_;
  std::vector<Ec> heard_;
};

TEST(OperatorTest, WhoeverIsNotTheOperatorIsNotBelieved) {
  SystemClock clock;
  Pool pool(1);
  std::promise<std::vector<Ec>> answers;
  System system({}, clock, pool);
  system.spawn(
      "scheduler",
      [](Context& context) {
        static const Attacks attacks = Attacks::standard();
        const Layout layout({{.name = "a", .shape = {5}}});
        return std::make_unique<Scheduler>(
            context,
            Conductor::Options{.rounds = 5,
                               .workers = 1,
                               .validators = 1,
                               .shards = 1,
                               .eval_every = 1,
                               .pace = Pace(1, 1),
                               .keep_every = 0,
                               .lr = 1,
                               .schedule = Schedule({}, 5),
                               .deadline = std::chrono::seconds(60)},
            Scheduler::Survival{}, Scorekeeper(Adversary(attacks, {}, 1), Participation(TrainOptions{}, layout, 1)),
            Conductor::Audience{.round = [](const RoundReport&) {}, .end = [](const Expected<TrainingResult>&) {}});
      },
      RestartSpec::never());
  system.spawn(
      "usurper", [&](Context& context) { return std::make_unique<Usurper>(context, answers); }, RestartSpec::never());
  Desk desk(system.outside());
  desk.pause();
  system.tell("scheduler", Envelope::of<wire::Start>());
  system.tell("usurper", Envelope::of<wire::Start>());
  EXPECT_THAT(answers.get_future().get(), testing::Each(Ec::unexpected));
  const auto standing = desk.survey();
  EXPECT_EQ(phase(standing), "ready");
  EXPECT_EQ(standing->getRound(), 0u);
}

}  // namespace
}  // namespace zenops
