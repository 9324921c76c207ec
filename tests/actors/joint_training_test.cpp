// Runs whose workers compute their local steps in one pass (train.joint), beside those whose workers compute alone.
#include <gmock/gmock.h>

#include "tests/actors/blobs.hpp"
#include "tests/actors/ground.hpp"
#include "tests/actors/noise_images.hpp"
#include "tests/actors/trained.hpp"
#include "tests/base/refusal.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;

TrainingOptions together(uint32_t joint) {
  auto o = blobs(5);
  o.model.name = "mlp";
  o.rule = {.name = "average", .parameters = {}};
  o.train.joint = joint;
  return o;
}

double distance(const std::vector<float>& a, const std::vector<float>& b) {
  double error = 0, whole = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    error += std::pow(double{a[i]} - b[i], 2);
    whole += std::pow(double{b[i]}, 2);
  }
  return std::sqrt(error / whole);
}

void expect_the_same_but_for_rounding(const Trained& joint, const Trained& alone) {
  EXPECT_LT(distance(joint.result.weights, alone.result.weights), 1e-5);
  for (size_t r = 0; r < joint.rounds.size(); ++r) EXPECT_NEAR(*joint.rounds[r].loss, *alone.rounds[r].loss, 1e-5);
}

TEST(JointTrainingTest, ComesToWhatWorkersComeToAlone) {
  const auto alone = run(together(1));
  EXPECT_EQ(run(together(0)).result.weights, alone.result.weights) << "on cores each computes alone if nothing is said";
  for (const uint32_t joint : {2u, 5u, 64u}) expect_the_same_but_for_rounding(run(together(joint)), alone);
}

// Whose batch norms round otherwise when several batches go through together, which shows that they did.
TEST(JointTrainingTest, ComputesStatisticsForEachWorkerApart) {
  auto o = together(3), a = together(1);
  for (auto* options : {&o, &a}) {
    options->data.name = "noise";
    options->data.batch = 4;
    options->model.name = "cifar_resnet20_v1";
    options->model.batch_norm = BatchNormPolicy::average;
    options->cluster.workers = 3;
    options->train.rounds = 2;
  }
  const auto joint = run(o, with_noise()), alone = run(a, with_noise());
  EXPECT_LT(distance(joint.result.weights, alone.result.weights), 1e-3);
  EXPECT_NE(joint.result.weights, alone.result.weights) << "nobody computed together";
  EXPECT_EQ(run(o, with_noise()).result.weights, joint.result.weights) << "the same bits again";
}

TEST(JointTrainingTest, ComesThereInManyLocalSteps) {
  for (const char* attacked : {"nobody", "label_flip"}) {
    auto o = together(5), a = together(1);
    for (auto* options : {&o, &a}) {
      options->train.local_steps = 5;
      options->train.proximal = .1;
      options->train.error = Unsent::feedback;
      options->train.sparsity = .3;
      options->train.optimizer.weight_decay = .01f;
      options->train.optimizer.clip_norm = 1;
      if (attacked != std::string("nobody")) options->attacks = {{.name = attacked, .parameters = {}, .rate = 1, .workers = {1}}};
    }
    expect_the_same_but_for_rounding(run(o), run(a));
  }
}

// Who restarts is where it would be alone: what was taken together for a lost life is not taken twice.
TEST(JointTrainingTest, BeginsALocalStepAtTheMomentumOfTheOneBefore) {
  const auto o = together(5);
  const Ground ground(o);
  Learner learner = ground.learner(o, Role::worker, 0);
  std::vector<float> momentum;
  const LocalSteps first = learner.local_steps(.05f);
  EXPECT_EQ(first.steps, 2u);
  EXPECT_TRUE(first.begin(momentum));
  EXPECT_THAT(momentum, testing::Each(0));
  learner.update(0, 1, .05f, std::span(&ground.initial, 1), {});
  EXPECT_FALSE(first.begin(momentum)) << "it has moved by itself";
  const LocalSteps second = learner.local_steps(.05f);
  EXPECT_TRUE(second.begin(momentum));
  EXPECT_THAT(learner.momentum().view(), testing::ElementsAreArray(momentum));
  learner.set_momentum({});
  EXPECT_FALSE(second.begin(momentum)) << "it was put elsewhere";
}

TEST(JointTrainingTest, GoesOnByItselfFromStepsThatWereTaken) {
  auto o = together(5);
  o.train.local_steps = 3;
  const Ground ground(o);
  Learner whole = ground.learner(o, Role::worker, 0), rest = ground.learner(o, Role::worker, 0);
  const auto expected = whole.update(0, 1, .05f, std::span(&ground.initial, 1), {});
  auto short_options = o;
  short_options.train.local_steps = 2;
  Learner begun = ground.learner(short_options, Role::worker, 0);
  const auto two = begun.update(0, 1, .05f, std::span(&ground.initial, 1), {});
  std::vector<float> weights(ground.initial.view().begin(), ground.initial.view().end());
  add_scaled(weights, 1, two.delta.view());
  const Row momentum = begun.momentum();
  bool released = false;
  const TakenSteps taken{2, 2 * double{two.loss}, weights, momentum.view(), 100, [&] { released = true; }};
  const auto update = rest.update(0, 1, .05f, std::span(&ground.initial, 1), {}, {}, {}, nullptr, &taken);
  EXPECT_TRUE(released);
  EXPECT_GE(update.seconds, 100) << "with what they took";
  EXPECT_FLOAT_EQ(update.loss, expected.loss);
  EXPECT_THAT(update.delta.view(), testing::Pointwise(testing::FloatNear(1e-6f), expected.delta.view()));
  EXPECT_THAT(rest.momentum().view(), testing::Pointwise(testing::FloatNear(1e-6f), whole.momentum().view()));
}

TEST(JointTrainingTest, HasTheSameBitsOnAnyNumberOfThreads) {
  auto o = together(3);
  o.train.local_steps = 4;
  const auto two = run(o);
  for (const int threads : {1, 4}) {
    o.cluster.threads = threads;
    EXPECT_EQ(run(o).result.weights, two.result.weights) << threads;
  }
}

TEST(JointTrainingTest, KnowsGradientsAndMomentaThatAreSent) {
  for (const Send send : {Send::gradient, Send::momentum}) {
    auto o = together(5), a = together(1);
    for (auto* options : {&o, &a}) {
      options->train.send = send;
      options->train.local_steps = 1;
    }
    expect_the_same_but_for_rounding(run(o), run(a));
  }
}

TEST(JointTrainingTest, GoesOnWithoutThoseWhoLieInTheirDataCrashOrAreSilent) {
  for (const char* lie : {"label_flip", "crash", "silent"}) {
    auto o = together(5), a = together(1);
    for (auto* options : {&o, &a}) {
      options->attacks = {{.name = lie, .parameters = {}, .rate = 1, .workers = {1}}};
      options->cluster.restarts = 1;
      options->cluster.deadline = std::chrono::seconds(4);
      options->train.rounds = 3;
    }
    expect_the_same_but_for_rounding(run(o), run(a));
  }
}

TEST(JointTrainingTest, LeavesThoseAloneThatBeginWhereTheyLeftOff) {
  auto o = together(5), a = together(1);
  for (auto* options : {&o, &a}) options->train.sparsity = 0.5;  // what is not sent stays in the worker's own model
  EXPECT_EQ(run(o).result.weights, run(a).result.weights);
}

TEST(JointTrainingTest, IsRefusedWhereItCannotBe) {
  auto o = together(4);
  o.train.mode = Mode::async;
  EXPECT_THAT(refusal(UserError::bad_config, [&] { Training(o, {}); }), HasSubstr("train.joint: found 4, expected 0 or 1: train.mode is async"));
  o = together(4);
  o.faults.mode = FaultOptions::Mode::exact;
  EXPECT_THAT(refusal(UserError::bad_config, [&] { Training(o, {}); }), HasSubstr("faults.mode is exact"));
}

}  // namespace
}  // namespace zenops
