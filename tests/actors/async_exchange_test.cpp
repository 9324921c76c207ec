// What one round of asynchronous training makes of the weights, against zeno-ps: A.6 and C.5 to C.7, written out in double. Time is
// simulated and all tasks take the same: the workers' first updates come in their order, all of them from the initial weights.
#include <gmock/gmock.h>

#include <cmath>

#include "actors/participation.hpp"
#include "tests/actors/ground.hpp"
#include "tests/actors/trained.hpp"

namespace zenops {
namespace {

using Update = std::vector<double>;

class AsyncExchangeTest : public testing::Test {
 protected:
  AsyncExchangeTest() {
    options_.train.mode = Mode::async;
    options_.train.rounds = 1;
    options_.rule = {.name = "naive_async", .parameters = {}};
    options_.async.alpha = 0.5;
  }
  Update update(Role role, uint32_t index, float lr) const {
    auto learner = ground_.learner(options_, role, index);
    const auto made = learner.update(0, 1, lr, std::span(&ground_.initial, 1), {});
    return {made.delta.view().begin(), made.delta.view().end()};
  }
  Update update(Role role, uint32_t index) const { return update(role, index, options_.train.optimizer.lr); }
  Update initial() const { return {ground_.initial.view().begin(), ground_.initial.view().end()}; }
  void expect(const Update& weights) {
    const auto trained = run(options_).result.weights;
    ASSERT_EQ(trained.size(), weights.size());
    for (size_t i = 0; i < weights.size(); ++i) ASSERT_NEAR(trained[i], weights[i], 2e-7) << "parameter " << i;
  }
  static void add(Update& x, double a, const Update& u) {
    for (size_t i = 0; i < x.size(); ++i) x[i] += a * u[i];
  }

  static constexpr uint32_t kWorkers = 4;
  TrainingOptions options_ = blobs(kWorkers, 1, 2);
  const Ground ground_{options_};
};

TEST_F(AsyncExchangeTest, NaiveAsyncAddsAlphaTimesEachUpdate) {
  Update x = initial();
  for (uint32_t w = 0; w < kWorkers; ++w) add(x, 0.5, update(Role::worker, w));
  expect(x);
}

TEST_F(AsyncExchangeTest, NothingIsAppliedTwiceHoweverManyShardsThereAre) {
  for (const uint32_t shards : {1u, 2u, 5u}) {
    options_.cluster.shards = shards;
    Update x = initial();
    for (uint32_t w = 0; w < kWorkers; ++w) add(x, 0.5, update(Role::worker, w));
    expect(x);
  }
}

TEST_F(AsyncExchangeTest, DampsByTheVersionsThatWereMadeSinceAnUpdateBegan) {
  options_.async.damping = {.kind = DampingOptions::Kind::poly, .a = 0.5, .b = 0};
  Update x = initial();
  for (uint32_t w = 0; w < kWorkers; ++w) add(x, 0.5 / std::sqrt(w + 1.0), update(Role::worker, w));
  expect(x);
  options_.async.damping = {.kind = DampingOptions::Kind::hinge, .a = 2, .b = 1};
  x = initial();
  const double shares[] = {1, 1, 1.0 / 3, 1.0 / 5};
  for (uint32_t w = 0; w < kWorkers; ++w) add(x, 0.5 * shares[w], update(Role::worker, w));
  expect(x);
}

TEST_F(AsyncExchangeTest, FedAsyncMixesInTheWorkersOwnParameters) {
  options_.rule.name = "fed_async";
  Update x = initial();
  for (uint32_t w = 0; w < kWorkers; ++w) {
    Update theirs = initial();
    add(theirs, 1, update(Role::worker, w));
    for (size_t i = 0; i < x.size(); ++i) x[i] = 0.5 * x[i] + 0.5 * theirs[i];
  }
  expect(x);
}

TEST_F(AsyncExchangeTest, ZenoppJudgesEachBlockByTheValidatorsOwnSteps) {
  options_.rule = {.name = "zenopp", .parameters = {{"eta", -0.02}}};
  options_.attacks = {attack("negative", 3, 1, {1})};
  const Update v = update(Role::validator, 0);
  Update x = initial();
  int turned = 0;
  for (uint32_t w = 0; w < kWorkers; ++w) {
    Update u = update(Role::worker, w);
    if (w == 1)
      for (double& e : u) e *= -3;
    for (const Block& block : ground_.training.layout.blocks()) {
      double a = 0, b = 0, c = 0;
      for (size_t i = block.offset; i < block.offset + block.size; ++i) {
        a += u[i] * v[i];
        b += v[i] * v[i];
        c += u[i] * u[i];
      }
      const double clip = c > b ? std::sqrt(b / c) : 1, score = a / std::sqrt(b * c);
      turned += score < -0.02;
      for (size_t i = block.offset; i < block.offset + block.size; ++i)
        x[i] += 0.5 * clip * (score >= -0.02 ? 1 : score) * u[i];
    }
  }
  EXPECT_GT(turned, 0);
  expect(x);
}

TEST_F(AsyncExchangeTest, ABufferIsJudgedAsARoundIs) {
  options_.rule = {.name = "median", .parameters = {}};
  options_.async.buffer = kWorkers;
  std::vector<Update> updates;
  for (uint32_t w = 0; w < kWorkers; ++w) updates.push_back(update(Role::worker, w));
  Update x = initial();
  for (size_t i = 0; i < x.size(); ++i) {
    std::vector<double> column;
    for (const Update& u : updates) column.push_back(u[i]);
    std::ranges::sort(column);
    x[i] += 0.5 * (column[1] + column[2]) / 2;
  }
  expect(x);
}

TEST_F(AsyncExchangeTest, TheRateIsDividedByTheRootOfTheMembersWhenThatIsAskedFor) {
  options_.async.scale_lr = true;
  const float lr = options_.train.optimizer.lr * static_cast<float>(std::sqrt(1.0 / (kWorkers + 1)));
  Update x = initial();
  for (uint32_t w = 0; w < kWorkers; ++w) add(x, 0.5, update(Role::worker, w, lr));
  expect(x);
}

TEST_F(AsyncExchangeTest, TheProximalTermPullsBackAfterEveryStep) {
  // One step of gradient descent without momentum: w ← (1 − ρ) (w₀ − s) + ρ w₀.
  options_.train.local_steps = 1;
  options_.train.optimizer.name = "sgd";
  options_.train.optimizer.momentum = 0;
  const Ground plain(options_);
  auto learner = plain.learner(options_, Role::worker, 0);
  const auto free = learner.update(0, 1, 0.05f, std::span(&plain.initial, 1), {});
  Ground pulled(options_);
  pulled.training.proximal = 0.2f;
  auto bound = pulled.learner(options_, Role::worker, 0);
  const auto held = bound.update(0, 1, 0.05f, std::span(&pulled.initial, 1), {});
  for (size_t i = 0; i < free.delta.size(); ++i) ASSERT_NEAR(held.delta.view()[i], 0.8 * free.delta.view()[i], 1e-7);
}

}  // namespace
}  // namespace zenops
