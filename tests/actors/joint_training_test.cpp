// Runs whose workers compute their first local steps in one pass (train.joint), beside those whose workers compute alone.
#include <gmock/gmock.h>

#include "tests/actors/blobs.hpp"
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

TEST(JointTrainingTest, HasTheSameBitsOnAnyNumberOfThreads) {
  auto o = together(3);
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
