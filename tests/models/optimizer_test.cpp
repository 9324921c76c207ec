#include "models/optimizer.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "base/philox.hpp"
#include "tests/base/refusal.hpp"

namespace zenops {
namespace {

using testing::AllOf;
using testing::ElementsAre;
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

TEST(NagStep, ByHand) {
  std::vector<float> w{2}, m{1};
  nag_step(w, m, std::vector<float>{3}, {.5f, .25f, .5f});
  EXPECT_EQ(m[0], .25f + 2) << "0.25 · 1 + 0.5 (3 + 0.5 · 2)";
  EXPECT_EQ(w[0], 2 - (.25f * 2.25f + 2));
}

TEST(SgdStep, ByHand) {
  std::vector<float> w{2}, m{1};
  sgd_step(w, m, std::vector<float>{3}, {.5f, .25f, .5f});
  EXPECT_EQ(m[0], .25f + 2);
  EXPECT_EQ(w[0], 2 - 2.25f);
}

TEST(SgdStep, WithoutMomentumIsPlainDescent) {
  std::vector<float> w{1, 2}, m{0, 0};
  const std::vector<float> g{4, -8};
  for (int step = 0; step < 2; ++step) sgd_step(w, m, g, {.25f, 0, 0});
  EXPECT_THAT(w, ElementsAre(-1, 6));
}

TEST(Steps, HaveTheBitsOfAPlainLoopAtEveryLength) {
  for (size_t size = 0; size <= 67; ++size) {
    Vectors nag = drawn(size, 3), sgd = nag, plain_nag = nag, plain_sgd = nag;
    nag_step(nag.w, nag.m, nag.g, {.1f, .9f, 1e-4f, .7f});
    sgd_step(sgd.w, sgd.m, sgd.g, {.1f, .9f, 1e-4f, .7f});
    for (size_t i = 0; i < size; ++i) {
      const float decay = 1e-4f * plain_nag.w[i], clipped = .7f * plain_nag.g[i];
      const float s = .1f * (clipped + decay);
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

TEST(SquaredNorm, IsTheSumOfTheSquaresAtEveryLength) {
  for (size_t size = 0; size <= 67; ++size) {
    const Vectors v = drawn(size, 5);
    double plain = 0;
    for (float x : v.g) plain += double{x} * x;
    ASSERT_NEAR(squared_norm(v.g), plain, 1e-12 * plain) << size;
  }
  EXPECT_EQ(squared_norm(std::vector<float>{1e38f, 1e38f}), 2 * (double{1e38f} * 1e38f)) << "more than a float holds";
}

/// A weight, its bias, a batch norm with its statistics, and a last bias: seven trained floats and four others.
class OptimizerTest : public testing::Test {
 protected:
  static Block buffer(std::string name, int64_t size) {
    return {.name = std::move(name), .shape = {size}, .buffer = true};
  }
  const Layout layout_{{{"conv.weight", {1, 2}},
                        {"bn.weight", {2}},
                        {"bn.bias", {2}},
                        buffer("bn.mean", 2),
                        buffer("bn.var", 2),
                        {"fc.bias", {1}}}};
  static constexpr bool decays[] = {true, true, false, false, false, false, false, false, false, false, false};
};

// The promise of the whole class, in doubles: clip, decay but for the exempt, momentum, step; buffers stay.
TEST_F(OptimizerTest, AgreesWithTheFormulaeInDouble) {
  constexpr float lr = .1f, mu = .9f, decay = 1e-2f, clip = .8f;
  for (const char* name : {"sgd", "nag"}) {
    const Optimizer optimizer(
        {.name = name, .momentum = mu, .weight_decay = decay, .no_decay = "vectors", .clip_norm = clip, .schedule = {}},
        layout_);
    Vectors v = drawn(layout_.dimension(), 1);
    const Vectors before = v;
    std::vector<double> w(v.w.begin(), v.w.end()), m(v.m.begin(), v.m.end());
    int clipped = 0;
    for (uint32_t step = 0; step < 8; ++step) {
      v.g = drawn(layout_.dimension(), 10 + step).g;
      if (step % 2) std::ranges::for_each(v.g, [](float& g) { g *= .1f; });
      double square = 0;
      for (size_t i = 0; i < w.size(); ++i)
        if (i < 6 || i == 10) square += double{v.g[i]} * v.g[i];
      const double shorter = std::sqrt(square) > clip ? clip / std::sqrt(square) : 1;
      clipped += shorter < 1;
      optimizer.step(v.w, v.m, v.g, lr);
      for (size_t i = 0; i < w.size(); ++i) {
        if (i >= 6 && i < 10) continue;
        const double s = lr * (shorter * v.g[i] + (decays[i] ? decay : 0) * w[i]);
        m[i] = mu * m[i] + s;
        w[i] -= std::string(name) == "nag" ? mu * m[i] + s : m[i];
      }
    }
    EXPECT_EQ(clipped, 4) << "every other step is long";
    for (size_t i = 0; i < w.size(); ++i) {
      if (i >= 6 && i < 10) {
        EXPECT_EQ(v.w[i], before.w[i]) << "a statistic is not trained";
        continue;
      }
      EXPECT_NEAR(v.w[i], w[i], 1e-5) << name << i;
      EXPECT_NEAR(v.m[i], m[i], 1e-5) << name << i;
    }
  }
}

/// By float, whether it decays: without a gradient, only decay moves it.
std::vector<bool> decaying(const Layout& layout, const std::string& no_decay) {
  const Optimizer optimizer({.name = "sgd", .momentum = 0, .weight_decay = .5f, .no_decay = no_decay, .schedule = {}},
                            layout);
  std::vector<float> w(layout.dimension(), 1), m(w.size()), g(w.size());
  optimizer.step(w, m, g, 1);
  std::vector<bool> out;
  for (float x : w) out.push_back(x != 1);
  return out;
}

TEST_F(OptimizerTest, DecaysEveryTrainedBlockThatIsNotExempt) {
  EXPECT_THAT(decaying(layout_, ""), ElementsAre(1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1));
  EXPECT_THAT(decaying(layout_, "*.bias"), ElementsAre(1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(decaying(layout_, "vectors"), ElementsAre(1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(decaying(layout_, "bn.* conv.weight"), ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));
}

// For whoever sends gradients: −(clip g + decay w), and m ← μ m + (1 − μ) of it; buffers of the result are somebody else's.
TEST_F(OptimizerTest, TheWayDownAndItsMeanAgreeWithTheFormulaeInDouble) {
  constexpr float mu = .75f, decay = 1e-2f, clip = .8f;
  const Optimizer optimizer(
      {.name = "nag", .momentum = mu, .weight_decay = decay, .no_decay = "vectors", .clip_norm = clip, .schedule = {}}, layout_);
  Vectors v = drawn(layout_.dimension(), 1);
  std::vector<double> mean(v.m.begin(), v.m.end());
  for (uint32_t step = 0; step < 8; ++step) {
    v.g = drawn(layout_.dimension(), 10 + step).g;
    if (step % 2) std::ranges::for_each(v.g, [](float& g) { g *= .1f; });
    double square = 0;
    for (size_t i = 0; i < v.w.size(); ++i)
      if (i < 6 || i == 10) square += double{v.g[i]} * v.g[i];
    const double shorter = std::sqrt(square) > clip ? clip / std::sqrt(square) : 1;
    std::vector<float> way(layout_.dimension(), 7), momentum = v.m;
    optimizer.descent(way, v.w, v.g);
    std::vector<float> smooth = way;
    optimizer.mean_descent(momentum, smooth);
    for (size_t i = 0; i < v.w.size(); ++i) {
      if (i >= 6 && i < 10) {
        EXPECT_EQ(way[i], 7) << "a statistic has no gradient";
        EXPECT_EQ(smooth[i], 7);
        EXPECT_EQ(momentum[i], v.m[i]);
        continue;
      }
      const double expected = -(shorter * v.g[i] + (decays[i] ? decay : 0) * v.w[i]);
      mean[i] = mu * mean[i] + (1 - mu) * expected;
      EXPECT_NEAR(way[i], expected, 1e-6) << i;
      EXPECT_NEAR(smooth[i], mean[i], 1e-6) << i;
      EXPECT_EQ(smooth[i], momentum[i]) << "it sends its mean";
    }
    v.m = momentum;
  }
}

TEST_F(OptimizerTest, WithoutMomentumTheMeanIsTheNewestWayDown) {
  const Optimizer optimizer({.name = "sgd", .momentum = 0, .no_decay = {}, .schedule = {}}, layout_);
  Vectors v = drawn(layout_.dimension(), 4);
  std::vector<float> way = v.g;
  optimizer.mean_descent(v.m, way);
  EXPECT_EQ(way, v.g);
}

TEST_F(OptimizerTest, RefusesAWordThatFitsNoBlock) {
  const auto what = refusal(UserError::bad_config, [&] { decaying(layout_, "*.bias *.gamma"); });
  EXPECT_THAT(what, AllOf(HasSubstr("no_decay: \"*.gamma\""), HasSubstr("conv.weight, bn.weight, bn.bias, fc.bias")));
  EXPECT_THAT(refusal(UserError::bad_config, [&] { decaying(layout_, "bn.mean"); }), HasSubstr("\"bn.mean\""))
      << "a statistic has no decay to be exempt from";
}

TEST_F(OptimizerTest, RefusesANameThatThereIsNot) {
  EXPECT_THAT(
      refusal(UserError::bad_config, [&] { Optimizer({.name = "adam", .no_decay = {}, .schedule = {}}, layout_); }),
      HasSubstr("no adam, only sgd and nag"));
}

TEST_F(OptimizerTest, ClippingDoesNotHideAGradientThatIsNoNumber) {
  const Optimizer optimizer({.name = "sgd", .no_decay = {}, .clip_norm = 1, .schedule = {}}, layout_);
  for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Vectors v = drawn(layout_.dimension(), 2);
    v.g[0] = bad;
    optimizer.step(v.w, v.m, v.g, .1f);
    EXPECT_TRUE(std::isnan(v.w[0]));
  }
}

}  // namespace
}  // namespace zenops
