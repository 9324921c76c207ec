// What workers send instead of a change of the weights, and what the server makes of it.
#include <gmock/gmock.h>

#include <cmath>

#include "actors/local_worker.hpp"
#include "aggregation/server_optimizer.hpp"
#include "models/schedule.hpp"
#include "tests/actors/ground.hpp"
#include "tests/actors/trained.hpp"

namespace zenops {
namespace {

using testing::Each;
using testing::ElementsAreArray;
using testing::FloatNear;
using testing::Not;
using testing::Pointwise;

TrainingOptions sending(Send send) {
  auto o = blobs(4, 1, 3);
  o.train.send = send;
  o.train.local_steps = 1;
  o.train.rounds = 8;
  o.train.optimizer.lr = 0.1f;
  o.train.optimizer.weight_decay = 0.01f;
  o.train.optimizer.clip_norm = 0.5f;
  o.train.optimizer.schedule = {.kind = ScheduleOptions::Kind::step, .rounds = {4, 6}, .factor = 0.5f};
  o.rule = {.name = "average", .parameters = {}};
  return o;
}

/// Softmax regression on made data by itself: gradients by the definition, in double, of the batches that the workers draw.
class ByHand {
 public:
  explicit ByHand(const TrainingOptions& options) : options_(options), ground_(options) {
    for (const float x : ground_.initial.view()) weights.push_back(x);
    for (uint32_t w = 0; w < options.cluster.workers; ++w)
      samplers_.emplace_back(ground_.training.partition->part(w), options.data.batch, options.seed, Role::worker, w);
  }
  /// Clipped, with decay.
  std::vector<double> gradient(uint32_t worker, uint32_t round) {
    std::vector<uint32_t> indices;
    Batch batch;
    samplers_[worker].batch(round - 1, indices);
    gather(ground_.training.data->train, indices, batch);
    auto& [replica, unused, unused_too] = ground_.training.replicas->at(0);
    for (size_t i = 0; i < weights.size(); ++i) replica->weights()[i] = static_cast<float>(weights[i]);
    replica->compute_gradient(batch);
    std::vector<double> out(replica->gradient().begin(), replica->gradient().end());
    double square = 0;
    for (const double x : out) square += x * x;
    const auto& o = options_.train.optimizer;
    const double clip = std::min(1.0, o.clip_norm / std::sqrt(square));
    clipped += clip < 1;
    for (size_t i = 0; i < out.size(); ++i) out[i] = clip * out[i] + o.weight_decay * weights[i];
    return out;
  }
  std::vector<double> weights;
  int clipped = 0;

 private:
  const TrainingOptions options_;
  const Ground ground_;
  std::vector<Sampler> samplers_;
};

/// ByzFL's clients, each with its momentum, and its server of plain steps.
void expect_byzfls_loop(const TrainingOptions& o, double beta) {
  ByHand hand(o);
  const size_t d = hand.weights.size();
  std::vector<std::vector<double>> momenta(o.cluster.workers, std::vector<double>(d));
  const Schedule schedule(o.train.optimizer.schedule, o.train.rounds);
  for (uint32_t round = 1; round <= o.train.rounds; ++round) {
    std::vector<double> mean(d);
    for (uint32_t w = 0; w < o.cluster.workers; ++w) {
      const auto g = hand.gradient(w, round);
      for (size_t i = 0; i < d; ++i) {
        momenta[w][i] = beta * momenta[w][i] + (1 - beta) * g[i];
        mean[i] += momenta[w][i] / o.cluster.workers;
      }
    }
    for (size_t i = 0; i < d; ++i) hand.weights[i] -= o.train.optimizer.lr * schedule.share(round) * mean[i];
  }
  EXPECT_GT(hand.clipped, 0);
  const auto trained = run(o).result.weights;
  for (size_t i = 0; i < d; ++i) ASSERT_NEAR(trained[i], hand.weights[i], 2e-6) << i;
}

TEST(SendingTest, MomentaAreThoseOfByzFLsClients) {
  auto o = sending(Send::momentum);
  expect_byzfls_loop(o, o.train.optimizer.momentum);
}

TEST(SendingTest, GradientsAreTheBatchesAtTheRoundsParametersAndTheServersStepHasTheRoundsRate) {
  expect_byzfls_loop(sending(Send::gradient), 0);
}

TEST(SendingTest, GradientsDoWhatDeltasOfOnePlainStepDo) {
  auto o = sending(Send::gradient);
  const auto gradients = run(o).result.weights;
  o.train.send = Send::momentum;
  o.train.optimizer.momentum = 0;
  EXPECT_EQ(run(o).result.weights, gradients) << "a mean of the newest alone";
  o.train.send = Send::delta;
  o.train.optimizer.name = "sgd";
  EXPECT_THAT(run(o).result.weights, Pointwise(FloatNear(1e-6f), gradients));
}

// The rules are those that see nothing of a row's size, so that all that is left is the rate.
TEST(SendingTest, SomeRulesDoTheSameOverGradientsAsOverDeltas) {
  for (const auto& [rule, across, validators] : {std::tuple("zeno", Across::average, 1u), {"fltrust", Across::average, 2u},
                                                 {"trimmed_mean", Across::median_of_validators, 3u}}) {
    SCOPED_TRACE(rule);
    auto o = sending(Send::gradient);
    o.cluster.workers = 9;
    o.cluster.validators = validators;
    o.rule = {.name = rule, .parameters = {}, .across = across};
    o.rule.parameters = with_defaults(*Rules::standard().find(rule), {});
    o.attacks = {attack("negative", 3, 1, {2})};
    const auto gradients = run(o).result.weights;
    o.train.send = Send::delta;
    o.train.optimizer.name = "sgd";
    o.train.optimizer.momentum = 0;
    EXPECT_THAT(run(o).result.weights, Pointwise(FloatNear(1e-5f), gradients));
  }
}

TEST(SendingTest, ZenoByLossTriesARowWhereTheServerWouldGo) {
  auto o = sending(Send::gradient);
  o.cluster.workers = 6;
  o.rule = {.name = "zeno_loss", .parameters = {{"b", 2}, {"rho", 0}}, .granularity = Granularity::model};
  o.attacks = {attack("negative", 3, 1, {2, 4})};
  const auto r = run(o);
  EXPECT_EQ(r.result.tally.poisoned_accepted, 0u);
  auto deltas = o;
  deltas.train.send = Send::delta;
  deltas.train.optimizer.name = "sgd";
  deltas.train.optimizer.momentum = 0;
  EXPECT_THAT(run(deltas).result.weights, Pointwise(FloatNear(1e-5f), r.result.weights));

  const Ground ground(o);
  auto learner = ground.learner(o, Role::validator, 0);
  const Row u = learner.update(0, 1, 0.25f, std::span(&ground.initial, 1), {}).delta;
  Row there = ground.training.rows->make(u.size());
  for (size_t i = 0; i < u.size(); ++i) there.mutable_view()[i] = ground.initial.view()[i] + 0.25f * u.view()[i];
  const Row parts[] = {u.slice(0, 77), u.slice(77, u.size() - 77)};
  EXPECT_NEAR(learner.loss(0, 1, 0.25f, std::span(&ground.initial, 1), parts), learner.loss(0, 1, 1, std::span(&there, 1), {}), 1e-6);
}

TEST(SendingTest, WhatTheOperatorSaysOfTheRateIsTheServersRate) {
  auto o = sending(Send::gradient);
  o.train.optimizer.schedule = {};
  const auto slower = [&] {
    Training training(o, Catalogue{});
    training.set_lr(0.05f);
    return training.run().weights;
  }();
  o.train.optimizer.lr = 0.05f;
  EXPECT_EQ(run(o).result.weights, slower);
}

/// One worker, for what it does with what it does not send.
class SendingWorkerTest : public testing::Test {
 protected:
  LocalWorker worker() const { return {1, ground_.training, options_.train, options_.data.batch, options_.seed}; }
  LocalWorker::Outcome work(LocalWorker& worker, uint32_t round) const {
    return worker.work(0, round, 0.1f, std::span(&ground_.initial, 1), honest_);
  }
  TrainingOptions options_ = sending(Send::momentum);
  const Ground ground_{options_};
  const Adversary honest_{Attacks::standard(), {}, 1};
};

TEST_F(SendingWorkerTest, ForgetsWhatItDoesNotSend) {
  LocalWorker whole = worker();
  options_.train.sparsity = 0.5;
  options_.train.subsample = 0.7;
  options_.train.compression = {.kind = CompressionOptions::Kind::bf16, .share = 1};
  LocalWorker sparse = worker();
  EXPECT_FALSE(sparse.save().tensors.contains("unsent"));
  for (uint32_t round = 1; round <= 6; ++round) {
    const auto expected = work(whole, round), out = work(sparse, round);
    EXPECT_EQ(out.loss, expected.loss) << "it begins where everybody does";
    EXPECT_THAT(sparse.save().tensor("momentum").view(), ElementsAreArray(whole.save().tensor("momentum").view()));
  }
}

TEST_F(SendingWorkerTest, WithFeedbackSendsLaterWhatItDidNotSend) {
  LocalWorker whole = worker();
  options_.train.error = Unsent::feedback;
  options_.train.compression = {.kind = CompressionOptions::Kind::top_k, .share = 0.2};
  LocalWorker sparse = worker();
  std::vector<double> owed(ground_.training.layout.dimension());
  for (uint32_t round = 1; round <= 6; ++round) {
    const auto expected = work(whole, round), out = work(sparse, round);
    EXPECT_EQ(out.loss, expected.loss);
    for (size_t i = 0; i < owed.size(); ++i) owed[i] += expected.update.view()[i] - out.update.view()[i];
    const Row unsent = sparse.save().tensor("unsent");
    for (size_t i = 0; i < owed.size(); ++i) ASSERT_NEAR(unsent.view()[i], owed[i], 1e-6);
  }
}

TEST_F(SendingWorkerTest, GoesOnWithItsMomentumWhenItIsRestored) {
  LocalWorker first = worker(), second = worker();
  for (uint32_t round = 1; round <= 3; ++round) work(first, round);
  second.restore(first.save());
  EXPECT_THAT(work(second, 4).update.view(), ElementsAreArray(work(first, 4).update.view()));
}

/// Everything at once that may touch what a shard makes.
TrainingOptions everything(ServerOptions::Kind kind) {
  auto o = sending(Send::momentum);
  o.cluster.workers = 8;
  o.cluster.validators = 2;
  o.train.server = {.kind = kind, .lr = 0.1f};
  o.train.subsample = 0.8;
  o.train.sparsity = 0.2;
  o.rule = {.name = "zeno", .parameters = {{"eta", 0}, {"rho", 4}}};
  o.attacks = {attack("negative", 3, 1, {1})};
  return o;
}

constexpr ServerOptions::Kind every_kind[] = {ServerOptions::Kind::sgd, ServerOptions::Kind::momentum, ServerOptions::Kind::adam,
                                              ServerOptions::Kind::yogi, ServerOptions::Kind::adagrad};

TEST(ServerTest, TheSameBitsForAnyNumberOfShardsAndThreadsInBothModes) {
  for (const Mode mode : {Mode::sync, Mode::async})
    for (const auto kind : every_kind) {
      auto o = everything(kind);
      o.train.mode = mode;
      if (mode == Mode::async) {
        o.async.buffer = 2;
        o.async.damping.kind = DampingOptions::Kind::poly;
        o.delays = {{"worker/0", DelayOptions::Kind::exponential, 1, 0}, {"worker/*", DelayOptions::Kind::uniform, 0, 0.4}};
      }
      o.cluster.shards = 1;
      const auto expected = run(o).result.weights;
      EXPECT_TRUE(finite(expected));
      for (const auto& [shards, threads] : {std::pair(2u, 1), {3u, 3}, {5u, 2}}) {
        o.cluster.shards = shards;
        o.cluster.threads = threads;
        o.cluster.serialize = shards == 2;
        EXPECT_EQ(run(o).result.weights, expected) << static_cast<int>(kind) << ", " << shards << " shards";
      }
    }
}

/// Trains with an average, and expects the optimizer's steps of the mean of what the workers send.
void expect_steps(TrainingOptions o) {
  ByHand hand(o);
  ServerOptimizer optimizer(o.train.server);
  const size_t d = hand.weights.size();
  std::vector<float> moments[2];
  for (size_t k = 0; k < optimizer.moments(); ++k) moments[k].assign(d, optimizer.initial(k));
  const Schedule schedule(o.train.optimizer.schedule, o.train.rounds);
  for (uint32_t round = 1; round <= o.train.rounds; ++round) {
    std::vector<float> change(d), weights(hand.weights.begin(), hand.weights.end());
    for (uint32_t w = 0; w < o.cluster.workers; ++w) {
      const auto g = hand.gradient(w, round);
      for (size_t i = 0; i < d; ++i)
        change[i] -= static_cast<float>(o.train.optimizer.lr * schedule.share(round) * g[i] / o.cluster.workers);
    }
    if (optimizer.moments() > 0)
      optimizer.step(weights, change, {moments[0], moments[1]});
    else
      for (size_t i = 0; i < d; ++i) weights[i] += optimizer.lr() * change[i];
    hand.weights.assign(weights.begin(), weights.end());
  }
  const auto trained = run(o).result.weights;
  for (size_t i = 0; i < d; ++i) ASSERT_NEAR(trained[i], hand.weights[i], 1e-4) << i;
}

TEST(ServerTest, StepsByTheMeanOfWhatWorkersSendTimesTheRoundsRate) {
  for (const auto kind : every_kind) {
    SCOPED_TRACE(static_cast<int>(kind));
    auto o = sending(Send::gradient);
    o.train.server = {.kind = kind, .lr = 0.3f, .tau = 0.01f};
    expect_steps(o);
  }
}

TEST(ServerTest, PlainStepsOfLengthOneAreWhatThereIsWithoutAnOptimizer) {
  auto o = blobs();
  const auto expected = run(o).result.weights;
  o.train.server.lr = 0.5f;
  EXPECT_NE(run(o).result.weights, expected);
  o.train.server = {.kind = ServerOptions::Kind::momentum, .lr = 1, .momentum = 0};
  EXPECT_EQ(run(o).result.weights, expected) << "it remembers nothing";
}

TEST(ServerTest, LearnsWithEachOptimizerAmongLiars) {
  for (const auto& [kind, lr] : {std::pair(ServerOptions::Kind::momentum, 1.0f), {ServerOptions::Kind::adam, 0.05f},
                                 {ServerOptions::Kind::yogi, 0.05f}, {ServerOptions::Kind::adagrad, 0.1f}})
    for (const Mode mode : {Mode::sync, Mode::async}) {
      auto o = blobs(7);
      o.train.mode = mode;
      o.train.rounds = 25;
      o.train.server = {.kind = kind, .lr = mode == Mode::sync ? lr : lr / 4};
      o.attacks = {attack("negative", 10, 1, {1, 4})};
      if (mode == Mode::async) o.rule = {.name = "zenopp", .parameters = {{"eta", -0.02}}};
      EXPECT_GT(run(o).result.evaluation.accuracy, 0.8) << static_cast<int>(kind) << (mode == Mode::sync ? " sync" : " async");
    }
}

TEST(AsyncSendingTest, GradientsDoWhatDeltasOfOnePlainStepDo) {
  for (const char* rule : {"naive_async", "fed_async", "zenopp"}) {
    SCOPED_TRACE(rule);
    auto o = sending(Send::gradient);
    o.train.mode = Mode::async;
    o.rule = {.name = rule, .parameters = with_defaults(*Rules::standard().find(rule), {})};
    o.train.optimizer.schedule = {};
    o.train.subsample = 1;
    o.async.alpha = 0.5;
    o.async.scale_lr = true;
    o.delays = {{"worker/*", DelayOptions::Kind::uniform, 0, 0.4}};
    const auto gradients = run(o).result.weights;
    o.train.send = Send::delta;
    o.train.optimizer.name = "sgd";
    o.train.optimizer.momentum = 0;
    EXPECT_THAT(run(o).result.weights, Pointwise(FloatNear(1e-5f), gradients));
  }
}

TEST(AsyncSendingTest, AWorkerThatSendsNothingTakesItsNextGradientWhereItStands) {
  auto o = sending(Send::gradient);
  o.train.mode = Mode::async;
  o.rule = {.name = "naive_async", .parameters = {}};
  o.train.subsample = 0.5;
  const Ground ground(o);
  LocalWorker worker(1, ground.training, o.train, o.data.batch, o.seed);
  auto reference = ground.learner(o, Role::worker, 1);
  const Adversary honest{Attacks::standard(), {}, 1};
  int idle = 0;
  for (uint32_t task = 1; task <= 8; ++task) {
    const bool fresh = task == 1;
    const auto out = worker.work(0, task, 0.1f, fresh ? std::span(&ground.initial, 1) : std::span<const Row>(), honest);
    idle += !out.active;
    EXPECT_THAT(out.update.view(), ElementsAreArray(reference.update(0, task, 0.1f, std::span(&ground.initial, 1), {}).delta.view()));
  }
  EXPECT_GT(idle, 0);
}

}  // namespace
}  // namespace zenops
