#include "models/local_training.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/base/refusal.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;

struct Vectors {
  std::vector<float> w, m, g;
};
Vectors drawn(size_t size, uint32_t seed) {
  Stream stream({seed, Role::data, 0, Purpose::noise});
  Vectors v;
  for (size_t i = 0; i < size; ++i) {
    v.w.push_back(stream.normal());
    v.m.push_back(stream.normal());
    v.g.push_back(stream.normal());
  }
  return v;
}

TEST(NagStep, IsTheOneThatZenoPsTakes) {
  // m ← μ m + lr g',  w ← w − (μ m + lr g'),  g' = g + wd w, in doubles.
  constexpr float lr = .1f, mu = .9f, wd = 1e-2f;
  Vectors v = drawn(100, 1);
  std::vector<double> w(v.w.begin(), v.w.end()), m(v.m.begin(), v.m.end());
  for (int step = 0; step < 5; ++step) {
    nag_step(v.w, v.m, v.g, lr, mu, wd);
    for (size_t i = 0; i < w.size(); ++i) {
      const double gradient = v.g[i] + double{wd} * w[i];
      m[i] = double{mu} * m[i] + double{lr} * gradient;
      w[i] -= double{mu} * m[i] + double{lr} * gradient;
    }
  }
  for (size_t i = 0; i < w.size(); ++i) {
    EXPECT_NEAR(v.w[i], w[i], 1e-5);
    EXPECT_NEAR(v.m[i], m[i], 1e-5);
  }
}

TEST(NagStep, ByHand) {
  std::vector<float> w{2}, m{1};
  nag_step(w, m, std::vector<float>{3}, .5f, .25f, .5f);
  EXPECT_EQ(m[0], .25f + 2) << "0.25 · 1 + 0.5 (3 + 0.5 · 2)";
  EXPECT_EQ(w[0], 2 - (.25f * 2.25f + 2));
}

TEST(SgdStep, ByHand) {
  std::vector<float> w{2}, m{1};
  sgd_step(w, m, std::vector<float>{3}, .5f, .25f, .5f);
  EXPECT_EQ(m[0], .25f + 2);
  EXPECT_EQ(w[0], 2 - 2.25f);
}

TEST(SgdStep, WithoutMomentumIsPlainDescent) {
  std::vector<float> w{1, 2}, m{0, 0};
  const std::vector<float> g{4, -8};
  for (int step = 0; step < 2; ++step) sgd_step(w, m, g, .25f, 0, 0);
  EXPECT_THAT(w, testing::ElementsAre(-1, 6));
}

TEST(Steps, HaveTheBitsOfAPlainLoopAtEveryLength) {
  for (size_t size = 0; size <= 67; ++size) {
    Vectors nag = drawn(size, 3), sgd = nag, plain_nag = nag, plain_sgd = nag;
    nag_step(nag.w, nag.m, nag.g, .1f, .9f, 1e-4f);
    sgd_step(sgd.w, sgd.m, sgd.g, .1f, .9f, 1e-4f);
    for (size_t i = 0; i < size; ++i) {
      const float decay = 1e-4f * plain_nag.w[i];
      const float s = .1f * (plain_nag.g[i] + decay);
      const float kept = .9f * plain_nag.m[i];
      plain_nag.m[i] = plain_sgd.m[i] = kept + s;
      const float ahead = .9f * plain_nag.m[i];
      plain_nag.w[i] -= ahead + s;
      plain_sgd.w[i] -= plain_sgd.m[i];
    }
    ASSERT_EQ(nag.w, plain_nag.w);
    ASSERT_EQ(nag.m, plain_nag.m);
    ASSERT_EQ(sgd.w, plain_sgd.w);
    ASSERT_EQ(sgd.m, plain_sgd.m);
  }
}

TEST(Subtract, TakesTheSecondFromTheFirst) {
  for (size_t size : {0u, 1u, 15u, 16u, 17u, 100u}) {
    const Vectors v = drawn(size, 4);
    std::vector<float> out(size);
    subtract(out, v.w, v.g);
    for (size_t i = 0; i < size; ++i) ASSERT_EQ(out[i], v.w[i] - v.g[i]);
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
    double mean = 0;
    for (float x : batch.inputs) mean += x / static_cast<double>(batch.size);
    gradient_ = weight_ - static_cast<float>(mean);
    return .5f * gradient_ * gradient_;
  }
  Scores evaluate(const Batch&) override { return {}; }
  const std::vector<std::vector<int64_t>>& seen() const { return seen_; }

 private:
  Layout layout_{{{"w", {1}}}};
  float weight_ = 0, gradient_ = 0;
  std::vector<std::vector<int64_t>> seen_;
};

class TrainLocally : public testing::Test {
 protected:
  TrainLocally() {
    samples_.height = samples_.width = samples_.channels = 1;
    samples_.classes = 4;
    samples_.values = std::vector<float>{8, 8, 8, 8};
    samples_.labels = {0, 1, 2, 3};
  }
  Samples samples_;
  const std::vector<uint32_t> part_{0, 1, 2, 3};
  const Sampler sampler_{part_, 2, 1, Role::worker, 0};
  Bowl bowl_;
  std::vector<float> momentum_{0};
  Batch scratch_;
};

TEST_F(TrainLocally, TakesTheStepsAndTellsTheMeanLoss) {
  const float loss = train_locally(bowl_, {&samples_, &sampler_, 0, 2, {"sgd", .5f, .5f, 0}}, momentum_, scratch_);
  // w = 0: loss 32, m = −4, w = 4.  w = 4: loss 8, m = −2 − 2, w = 8.
  EXPECT_EQ(loss, 20);
  EXPECT_EQ(bowl_.weights()[0], 8);
  EXPECT_EQ(momentum_[0], -4);
}

TEST_F(TrainLocally, GoesOnWithTheMomentumItIsGiven) {
  momentum_[0] = -8;
  train_locally(bowl_, {&samples_, &sampler_, 0, 1, {"nag", .5f, .5f, 0}}, momentum_, scratch_);
  // s = 0.5 · −8 = −4, m = −4 − 4 = −8, w = 0 − (−4 − 4).
  EXPECT_EQ(momentum_[0], -8);
  EXPECT_EQ(bowl_.weights()[0], 8);
}

TEST_F(TrainLocally, TakesTheBatchesOfItsSteps) {
  train_locally(bowl_, {&samples_, &sampler_, 3, 4, {"sgd", .1f, 0, 0}}, momentum_, scratch_);
  ASSERT_EQ(bowl_.seen().size(), 4u);
  for (uint64_t s = 0; s < 4; ++s) {
    std::vector<uint32_t> indices;
    sampler_.batch(3 + s, indices);
    EXPECT_EQ(bowl_.seen()[s], std::vector<int64_t>(indices.begin(), indices.end()));
  }
}

TEST_F(TrainLocally, RefusesAnOptimizerThatThereIsNot) {
  EXPECT_THAT(refusal(UserError::bad_config,
                      [&] {
                        train_locally(bowl_, {&samples_, &sampler_, 0, 1, {"adam", .1f, 0, 0}}, momentum_, scratch_);
                      }),
              HasSubstr("no adam, only sgd and nag"));
}

}  // namespace
}  // namespace zenops
