// A run under an operator, against the same run left alone.
#include <gmock/gmock.h>

#include "actors/scheduler.hpp"
#include "runtime/system.hpp"
#include "tests/actors/operated.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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
