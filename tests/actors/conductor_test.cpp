// When an operator who asked for rounds is answered; the evaluator says what the test says.
#include "actors/conductor.hpp"

#include <cmath>
#include <thread>

#include "actors/catalogue.hpp"
#include "runtime/ref.hpp"
#include "tests/actors/puppets.hpp"

namespace zenops {
namespace {

using namespace std::chrono_literals;
using Asked = std::future<Expected<Envelope>>;

/// Its rounds are over as soon as they begin.
class Marching final : public Conductor {
 public:
  Marching(Context& context, Options options, Scorekeeper score, Audience audience)
      : Conductor(context, std::move(options), std::move(score), std::move(audience)) {}
  Behavior handlers() override {
    return Conductor::handlers().on<wire::Start>(the_operator, [this](const Msg<wire::Start>&) { go_on(); });
  }

 private:
  void next_round() override {
    round_ = closed() + 1;
    end_round(open_report(round_), round_);
  }
  void fell(const Address&, bool) override {}
  void returned(const Address&) override {}
  OrderCheck::Objection against_evicting(uint32_t) const override { return {}; }
};

/// Of 20 rounds every fifth is evaluated.
class ConductorTest : public PuppetsTest {
 protected:
  ConductorTest() : PuppetsTest("scheduler", std::make_unique<ManualClock>()) {
    spawn({"evaluator"});
    const Conductor::Options options{.rounds = 20, .workers = 3, .validators = 1, .shards = 1, .eval_every = 5, .pace = Pace(1, 1),
                                     .keep_every = 0, .lr = 1, .schedule = Schedule({}, 20), .deadline = 2s};
    system_.spawn(
        "scheduler",
        [options](Context& context) {
          static const Attacks attacks = Attacks::standard();
          Scorekeeper score(Adversary(attacks, {}, 1), Participation(TrainOptions{}, Layout({{.name = "w", .shape = {2}}}), 1));
          return std::make_unique<Marching>(context, options, std::move(score),
                                            Conductor::Audience{[](const RoundReport&) {}, [](const Expected<TrainingResult>&) {}});
        },
        RestartSpec::never());
    ask(Envelope::of<wire::Pause>()).wait();
    system_.tell("scheduler", Envelope::of<wire::Start>());
  }
  Asked ask(Envelope question) { return system_.ask("scheduler", std::move(question), 1000h); }
  Asked step_until(uint32_t round) {
    return ask(Envelope::of<wire::Step>([round](wire::Step::Builder out) { out.setUntil(round); }));
  }
  static Answer<wire::Standing> standing(Asked asked) {
    auto answer = Answer<wire::Standing>::of(asked.get(), "scheduler");
    if (!answer) throw std::runtime_error(answer.error().what);
    return std::move(*answer);
  }
  Answer<wire::Standing> survey() { return standing(ask(Envelope::of<wire::Survey>())); }
  /// The evaluator has the parameters of the round for which it was asked last, and evaluates.
  uint32_t hold() {
    const Msg<wire::Evaluate> asked(told("evaluator"));
    const uint32_t round = asked->getRound();
    say("evaluator", Envelope::of<wire::Held>([round](wire::Held::Builder out) { out.setRound(round); }));
    return round;
  }
  void evaluated(uint32_t round, double accuracy) {
    say("evaluator", Envelope::of<wire::Evaluated>([=](wire::Evaluated::Builder out) {
          out.setRound(round);
          out.setAccuracy(accuracy);
        }));
  }
  /// Until it stands there, which it says of itself to whoever looks.
  void expect_paused_at(uint32_t round) {
    for (auto now = survey(); now->getRound() != round || std::string(now->getPhase().cStr()) != "paused"; now = survey()) std::this_thread::yield();
  }
  static bool waits(const Asked& asked) { return asked.wait_for(0s) == std::future_status::timeout; }
  static double accuracy(const Answer<wire::Standing>& standing, uint32_t round) { return standing->getHistory()[round - 1].getAccuracy(); }
  void pass(Clock::Duration time) { dynamic_cast<ManualClock&>(*clock_).pass(time); }
};

TEST_F(ConductorTest, AStepIsAnsweredWithTheEvaluationOfItsLastRoundHoweverLateThatComes) {
  Asked step = step_until(5);
  EXPECT_EQ(hold(), 5u);
  expect_paused_at(5);
  EXPECT_TRUE(waits(step));
  evaluated(5, 0.75);
  const auto answer = standing(std::move(step));
  EXPECT_STREQ(answer->getPhase().cStr(), "paused");
  EXPECT_EQ(answer->getRound(), 5u);
  EXPECT_EQ(accuracy(answer, 5), 0.75);
}

TEST_F(ConductorTest, AStepWaitsForAnEvaluationThatBeganBeforeItsLastRoundToo) {
  Asked step = step_until(7);
  hold();
  expect_paused_at(7);
  EXPECT_TRUE(waits(step));
  evaluated(5, 0.75);
  EXPECT_EQ(accuracy(standing(std::move(step)), 5), 0.75);
}

TEST_F(ConductorTest, AStepThatEndsWhereNoEvaluationIsDueWaitsForNone) { EXPECT_EQ(standing(step_until(4))->getRound(), 4u); }

TEST_F(ConductorTest, WhoPausesOrLooksWaitsForNoEvaluation) {
  Asked step = step_until(5);
  hold();
  EXPECT_EQ(standing(ask(Envelope::of<wire::Pause>()))->getRound(), 5u);
  EXPECT_TRUE(waits(step));
  EXPECT_TRUE(std::isnan(accuracy(survey(), 5)));
  evaluated(5, 0.75);
  EXPECT_EQ(accuracy(standing(std::move(step)), 5), 0.75);
}

TEST_F(ConductorTest, OfTwoStepsTheOneThatIsDoneIsAnsweredThoughTheRunGoesOnForTheOther) {
  Asked near = step_until(5), far = step_until(8);
  hold();
  expect_paused_at(8);
  evaluated(5, 0.75);
  EXPECT_EQ(accuracy(standing(std::move(near)), 5), 0.75);
  EXPECT_EQ(standing(std::move(far))->getRound(), 8u);
}

TEST_F(ConductorTest, AnEvaluatorThatFallsHoldsUpNobody) {
  Asked step = step_until(5);
  hold();
  expect_paused_at(5);
  ASSERT_TRUE(system_.fall("evaluator", "the test says so"));
  EXPECT_TRUE(std::isnan(accuracy(standing(std::move(step)), 5)));
}

TEST_F(ConductorTest, AnEvaluatorThatSaysNothingHoldsUpNobodyWithoutEnd) {
  Asked step = step_until(5);
  hold();
  expect_paused_at(5);
  pass(19s);
  survey();
  EXPECT_TRUE(waits(step)) << "ten deadlines are not over";
  pass(1s);
  EXPECT_TRUE(std::isnan(accuracy(standing(std::move(step)), 5)));
  evaluated(5, 0.75);
  step = step_until(10);
  hold();
  evaluated(10, 0.875);
  const auto answer = standing(std::move(step));
  EXPECT_EQ(accuracy(answer, 5), 0.75) << "when it comes it counts";
  EXPECT_EQ(accuracy(answer, 10), 0.875);
}

TEST_F(ConductorTest, AStepThatWaitsForAnEvaluationIsAnsweredWhenTheRunIsStopped) {
  Asked step = step_until(5);
  hold();
  expect_paused_at(5);
  system_.tell("scheduler", Envelope::of<wire::Stop>());
  evaluated(5, 0.75);
  EXPECT_EQ(accuracy(standing(std::move(step)), 5), 0.75);
}

}  // namespace
}  // namespace zenops
