#include "models/local_training.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "tests/base/refusal.hpp"

namespace zenops {
namespace {

TEST(Subtract, TakesTheSecondFromTheFirst) {
  for (size_t size : {0u, 1u, 15u, 16u, 17u, 100u}) {
    std::vector<float> a(size), b(size), out(size);
    for (size_t i = 0; i < size; ++i) {
      a[i] = static_cast<float>(i);
      b[i] = .1f * static_cast<float>(i * i);
    }
    subtract(out, a, b);
    for (size_t i = 0; i < size; ++i) ASSERT_EQ(out[i], a[i] - b[i]);
  }
}

/// Loss ½ (w − x)² for one weight, where x is the mean of the batch's inputs.
class Bowl final : public Replica {
 public:
  const Layout& layout() const override { return layout_; }
  std::span<float> weights() override { return {&weight_, 1}; }
  std::span<const float> gradient() const override { return {&gradient_, 1}; }
  float compute_gradient(const Batch& batch) override {
    seen_.push_back(batch.labels);
    last_inputs_ = batch.inputs;
    double mean = 0;
    for (float x : batch.inputs) mean += x / static_cast<double>(batch.size);
    gradient_ = weight_ - static_cast<float>(mean);
    return .5f * gradient_ * gradient_;
  }
  std::span<const float> outputs(const Batch&) override { return {}; }
  const std::vector<std::vector<int64_t>>& seen() const { return seen_; }
  const std::vector<float>& last_inputs() const { return last_inputs_; }

 private:
  Layout layout_{{{"w", {1}}}};
  float weight_ = 0, gradient_ = 0;
  std::vector<std::vector<int64_t>> seen_;
  std::vector<float> last_inputs_;
};

class TrainLocally : public testing::Test {
 protected:
  TrainLocally() {
    samples_.height = samples_.width = samples_.channels = 1;
    samples_.classes = 4;
    samples_.values = std::vector<float>{8, 8, 8, 8};
    samples_.labels = {0, 1, 2, 3};
  }
  float train(const char* optimizer, uint64_t first_step, uint32_t steps, float lr, float momentum,
              Augment augment = Augment::none) {
    const Optimizer o({.name = optimizer, .momentum = momentum, .no_decay = {}, .schedule = {}}, bowl_.layout());
    return train_locally(bowl_, {&samples_, &sampler_, first_step, steps, &o, lr, augment}, momentum_, scratch_);
  }
  Samples samples_;
  const std::vector<uint32_t> part_{0, 1, 2, 3};
  const Sampler sampler_{part_, 2, 1, Role::worker, 0};
  Bowl bowl_;
  std::vector<float> momentum_{0};
  Batch scratch_;
};

TEST_F(TrainLocally, TakesTheStepsAndTellsTheMeanLoss) {
  const float loss = train("sgd", 0, 2, .5f, .5f);
  // w = 0: loss 32, m = −4, w = 4.  w = 4: loss 8, m = −2 − 2, w = 8.
  EXPECT_EQ(loss, 20);
  EXPECT_EQ(bowl_.weights()[0], 8);
  EXPECT_EQ(momentum_[0], -4);
}

TEST_F(TrainLocally, GoesOnWithTheMomentumItIsGiven) {
  momentum_[0] = -8;
  train("nag", 0, 1, .5f, .5f);
  // s = 0.5 · −8 = −4, m = −4 − 4 = −8, w = 0 − (−4 − 4).
  EXPECT_EQ(momentum_[0], -8);
  EXPECT_EQ(bowl_.weights()[0], 8);
}

TEST_F(TrainLocally, TakesTheBatchesOfItsSteps) {
  train("sgd", 3, 4, .1f, 0);
  ASSERT_EQ(bowl_.seen().size(), 4u);
  for (uint64_t s = 0; s < 4; ++s) {
    std::vector<uint32_t> indices;
    sampler_.batch(3 + s, indices);
    EXPECT_EQ(bowl_.seen()[s], std::vector<int64_t>(indices.begin(), indices.end()));
  }
}

TEST_F(TrainLocally, AugmentsWithTheNumbersOfTheStep) {
  train("sgd", 5, 3, .5f, 0, Augment::crop_flip);
  Stream draws(sampler_.stream(Purpose::augment, 7));
  std::vector<uint32_t> indices;
  sampler_.batch(7, indices);
  gather(samples_, indices, scratch_, &draws);
  EXPECT_EQ(bowl_.last_inputs(), scratch_.inputs);
  gather(samples_, indices, scratch_);
  EXPECT_NE(bowl_.last_inputs(), scratch_.inputs);
}

/// Answers with this loss and gradient.
class Stub final : public Replica {
 public:
  Stub(float loss, float gradient) : loss_(loss), gradient_(gradient) {}
  const Layout& layout() const override { return layout_; }
  std::span<float> weights() override { return {&weight_, 1}; }
  std::span<const float> gradient() const override { return {&gradient_, 1}; }
  float compute_gradient(const Batch&) override { return loss_; }
  std::span<const float> outputs(const Batch&) override { return {}; }

 private:
  Layout layout_{{{"w", {1}}}};
  float loss_, gradient_, weight_ = 0;
};

TEST(TryStep, LetsAFiniteStepThrough) {
  Stub replica(2, -1);
  EXPECT_NO_THROW(try_step(replica, {}));
}

TEST(TryStep, NamesWhatIsNotFinite) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  auto refusal_of = [](float loss, float gradient) {
    Stub replica(loss, gradient);
    return refusal(UserError::bad_config, [&] { try_step(replica, {}); });
  };
  EXPECT_THAT(refusal_of(nan, 1), testing::HasSubstr("the loss of the first batch is nan"));
  EXPECT_THAT(refusal_of(inf, 1), testing::HasSubstr("is inf"));
  EXPECT_THAT(refusal_of(1, inf), testing::HasSubstr("the gradient of the first batch is not finite"));
}

}  // namespace
}  // namespace zenops
