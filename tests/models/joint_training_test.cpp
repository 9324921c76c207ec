#include "models/joint_training.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "models/local_training.hpp"
#include "tests/models/cases.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::Pointwise;

void one_by_one(size_t count, const std::function<void(size_t)>& work) {
  for (size_t k = 0; k < count; ++k) work(k);
}

/// Loss ½ (w₀ − x)² with x of the batch; the batch is counted in w₁. It notes whose batches came together, by their labels.
class Bowls final : public JointReplica {
 public:
  explicit Bowls(size_t most) : own_(most, std::vector<float>(2)), at_(most), counted_(most), gradients_(most, std::vector<float>(2)) {}
  std::span<float> weights() override { return weights_; }
  std::span<float> own_weights(size_t k) override { return own_[k]; }
  std::vector<float> compute_gradients(std::span<const Batch* const> batches) override {
    return compute(batches, [this](size_t) { return std::span<const float>(weights_); });
  }
  std::vector<float> compute_gradients_apart(std::span<const Batch* const> batches) override {
    together.emplace_back();
    for (const Batch* batch : batches) together.back().insert(batch->labels[0]);
    if (fails_after-- == 0) throw std::runtime_error("an illegal memory access was encountered");
    return compute(batches, [this](size_t k) { return std::span<const float>(own_[k]); });
  }
  std::span<const float> gradient(size_t k) const override { return gradients_[k]; }
  void move_buffers(size_t k, std::span<float> weights) const override { weights[1] = counted_[k]; }

  std::vector<std::set<int64_t>> together;
  int fails_after = -1;

 private:
  template <class At>
  std::vector<float> compute(std::span<const Batch* const> batches, At at) {
    std::vector<float> losses;
    for (size_t k = 0; k < batches.size(); ++k) {
      const float way = at(k)[0] - batches[k]->inputs[0];
      gradients_[k] = {way, 0};
      counted_[k] = at(k)[1] + 1;
      losses.push_back(.5f * way * way);
    }
    return losses;
  }
  std::vector<float> weights_ = {8, 0};
  std::vector<std::vector<float>> own_;
  std::vector<float> at_, counted_;
  std::vector<std::vector<float>> gradients_;
};

class TrainTogether : public testing::Test {
 protected:
  TrainTogether() {
    for (int64_t k = 0; k < 4; ++k) {
      batches[static_cast<size_t>(k)] = {1, 1, 1, 1, {static_cast<float>(k)}, {k}, {}};
      trainees.push_back({.local = {.steps = 4,
                                    .draw = [](uint32_t, Batch&) { return true; },
                                    .begin = {},
                                    .take = [](std::span<float> w, std::span<float> m, std::span<const float> g,
                                               std::span<const float>) {
                                      m[0] = .5f * m[0] + .5f * g[0];
                                      w[0] -= m[0];
                                    }},
                          .batch = &batches[static_cast<size_t>(k)],
                          .momentum = {0, 0}});
    }
  }
  void train() {
    const auto losses = bowls.compute_gradients(pointers(std::vector(batches, batches + 4)));
    train_together(bowls, trainees, losses, one_by_one);
  }
  /// What trainee k comes to alone in so many steps: w₀, and the sum of its losses.
  static std::pair<float, float> alone(size_t k, uint32_t steps) {
    float w = 8, m = 0, loss = 0;
    for (uint32_t s = 0; s < steps; ++s) {
      const float way = w - static_cast<float>(k);
      loss += .5f * way * way;
      m = .5f * m + .5f * way;
      w -= m;
    }
    return {w, loss};
  }
  void expect_of_each_what_it_comes_to_alone(std::vector<uint32_t> taken) {
    for (size_t k = 0; k < trainees.size(); ++k) {
      const auto [weight, loss] = alone(k, taken[k]);
      EXPECT_EQ(trainees[k].taken, taken[k]) << k;
      EXPECT_THAT(bowls.own_weights(trainees[k].row), ElementsAre(weight, static_cast<float>(taken[k]))) << k;
      EXPECT_FLOAT_EQ(static_cast<float>(trainees[k].loss), loss) << k;
    }
  }
  Batch batches[4];
  Bowls bowls{4};
  std::vector<JointTrainee> trainees;
};

TEST_F(TrainTogether, ComesWithEachToWhatItComesToAlone) {
  train();
  expect_of_each_what_it_comes_to_alone({4, 4, 4, 4});
  EXPECT_THAT(bowls.together, testing::AllOf(testing::SizeIs(3), testing::Each(testing::SizeIs(4))));
}

TEST_F(TrainTogether, GoesOnWithoutThoseWhoseStepsAreAtAnEnd) {
  trainees[0].local.steps = 2;
  trainees[2].local.steps = 3;
  train();
  expect_of_each_what_it_comes_to_alone({2, 4, 3, 4});
  EXPECT_THAT(bowls.together, ElementsAre(std::set<int64_t>{0, 1, 2, 3}, std::set<int64_t>{1, 2, 3}, std::set<int64_t>{1, 3}));
}

TEST_F(TrainTogether, LeavesTheLastOneToItself) {
  for (size_t k : {0u, 1u, 3u}) trainees[k].local.steps = 2;
  train();
  expect_of_each_what_it_comes_to_alone({2, 2, 2, 2});
  EXPECT_EQ(bowls.together.size(), 1u);
}

TEST_F(TrainTogether, GoesOnWithoutOneWhoseBatchCannotBeDrawn) {
  trainees[0].local.draw = [](uint32_t step, Batch&) { return step < 2; };
  trainees[3].local.draw = [](uint32_t step, Batch&) -> bool {
    if (step == 3) throw std::runtime_error("a lie that fails");
    return true;
  };
  train();
  expect_of_each_what_it_comes_to_alone({2, 4, 4, 3});
}

TEST_F(TrainTogether, GoesOnWithoutOneWhoseBatchIsOfAnotherShape) {
  trainees[1].local.draw = [](uint32_t step, Batch& batch) {
    if (step == 2) batch = {2, 1, 1, 1, {1, 1}, {1, 1}, {}};
    return true;
  };
  train();
  expect_of_each_what_it_comes_to_alone({4, 2, 4, 4});
}

TEST_F(TrainTogether, GoesOnWithoutOneOfWhomWhatIsFoundIsNotFinite) {
  trainees[1].local.draw = [](uint32_t step, Batch& batch) {
    if (step == 2) batch.inputs[0] = NAN;
    return true;
  };
  trainees[3].local.take = [](std::span<float> w, std::span<float> m, std::span<const float> g, std::span<const float>) {
    m[0] = .5f * m[0] + .5f * g[0];
    w[0] -= m[0] + (w[1] == 1 ? INFINITY : 0);
  };
  train();
  EXPECT_EQ(trainees[3].taken, 1u);
  EXPECT_EQ(bowls.own_weights(trainees[3].row)[0], -INFINITY) << "it is where it has come to";
  trainees.pop_back();
  expect_of_each_what_it_comes_to_alone({4, 2, 4});
}

TEST_F(TrainTogether, KeepsWhatWasTakenWhenAPassFails) {
  trainees[0].local.steps = 2;
  bowls.fails_after = 1;
  EXPECT_THROW(train(), std::runtime_error);
  expect_of_each_what_it_comes_to_alone({2, 2, 2, 2});
}

TEST_F(TrainTogether, TellsWhereTheFirstStepBegan) {
  for (JointTrainee& trainee : trainees)
    trainee.local.take = [](std::span<float> w, std::span<float>, std::span<const float>, std::span<const float> center) {
      EXPECT_EQ(center[0], 8);
      w[0] += 1;
    };
  train();
  for (const JointTrainee& trainee : trainees) EXPECT_EQ(bowls.own_weights(trainee.row)[0], 12);
}

// With a network, data and an optimizer: four steps of each against train_locally().
TEST(TrainTogetherWithANetwork, ComesWithEachToWhatItComesToAlone) {
  for (const Case& c : {Case{"mlp", {6, 6, 1, 4}}, Case{"cifar_resnet20_v1", {32, 32, 3, 4}},
                        Case{"char_transformer", {1, 12, 1, 7, 12}, {{"width", 16}, {"heads", 2}, {"drop_rate", .2}}}}) {
    SCOPED_TRACE(c.name);
    const double close = std::string(c.name) == "cifar_resnet20_v1" ? 5e-2 : 1e-4;  // where units switch, steps on end make more of it
    const ReplicaFactory factory(options_of(c), c.input, 1);
    const Optimizer optimizer({.name = "nag", .lr = .02f, .momentum = .9f, .weight_decay = .01f, .no_decay = {}, .clip_norm = 2, .schedule = {}},
                              factory.layout());
    constexpr size_t members = 3;
    constexpr uint32_t steps = 4;
    std::vector<std::vector<Batch>> by_step;
    for (uint32_t s = 0; s < steps; ++s) {
      by_step.push_back({});
      const auto all = batches_of(c, members * steps, 4);
      for (size_t k = 0; k < members; ++k) by_step.back().push_back(all[k * steps + s]);
    }
    const auto joint = factory.make_joint(members);
    std::vector<JointTrainee> trainees;
    std::vector<Batch> scratch = by_step[0];
    LocalTraining work{};
    work.optimizer = &optimizer;
    work.lr = .02f;
    work.proximal = .1f;
    for (size_t k = 0; k < members; ++k)
      trainees.push_back({.local = {.steps = steps,
                                    .draw =
                                        [&, k](uint32_t step, Batch& batch) {
                                          batch = by_step[step][k];
                                          return true;
                                        },
                                    .begin = {},
                                    .take =
                                        [&](std::span<float> w, std::span<float> m, std::span<const float> g, std::span<const float> center) {
                                          LocalTraining at = work;
                                          at.center = center;
                                          take_step(at, w, m, g);
                                        }},
                          .batch = &scratch[k],
                          .momentum = std::vector<float>(factory.layout().dimension(), .001f * static_cast<float>(k))});
    train_together(*joint, trainees, joint->compute_gradients(pointers(scratch)), one_by_one);
    for (size_t k = 0; k < members; ++k) {
      const auto alone = factory.make();
      std::vector<float> momentum(factory.layout().dimension(), .001f * static_cast<float>(k));
      double loss = 0;
      LocalTraining at = work;
      at.center = factory.initial_weights();
      for (uint32_t s = 0; s < steps; ++s) {
        loss += alone->compute_gradient(by_step[s][k]);
        take_step(at, alone->weights(), momentum, alone->gradient());
      }
      EXPECT_EQ(trainees[k].taken, steps);
      EXPECT_NEAR(trainees[k].loss, loss, 2e-3);
      EXPECT_LT(distance(factory.layout(), joint->own_weights(trainees[k].row), alone->weights(), false), 1e-3) << k;
      EXPECT_LT(distance(factory.layout(), joint->own_weights(trainees[k].row), alone->weights(), true), 1e-3) << k;
      EXPECT_LT(distance(factory.layout(), trainees[k].momentum, momentum, false), close) << k;
    }
  }
}

}  // namespace
}  // namespace zenops
