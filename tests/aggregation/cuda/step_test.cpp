// What a card does with a round's change is what the server does.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "aggregation/cuda/step.hpp"
#include "aggregation/plan.hpp"
#include "aggregation/server_optimizer.hpp"

namespace zenops {
namespace {

using Kind = ServerOptions::Kind;

std::vector<uint32_t> bits(const std::vector<float>& values) {
  std::vector<uint32_t> out;
  for (const float x : values) out.push_back(std::bit_cast<uint32_t>(x));
  return out;
}

/// Of every size, zeros, some whose square is no float, and some that are lost.
std::vector<float> changes(std::mt19937& random, size_t size) {
  std::normal_distribution<float> normal;
  std::vector<float> out(size);
  for (size_t i = 0; i < size; ++i) out[i] = std::ldexp(normal(random), static_cast<int>(random() % 40) - 30);
  for (const float x : {0.0f, -0.0f, 1e-25f, -1e-35f, 3e-45f, 1e19f, -1e20f, 3e38f}) out[random() % size] = x;
  return out;
}

TEST(CardStepTest, HasTheServersBitsRoundAfterRound) {
  constexpr size_t size = 1003;
  for (const Kind kind : {Kind::sgd, Kind::momentum, Kind::adam, Kind::yogi, Kind::adagrad}) {
    ServerOptions options{.kind = kind};
    options.lr = 0.3f;
    const ServerOptimizer server(options);
    std::mt19937 random(1);
    std::vector<float> weights = changes(random, size), ours = weights, copy(size, NAN);
    std::vector<std::vector<float>> moments(2), our_moments;
    for (size_t k = 0; k < server.moments(); ++k) moments[k].assign(size, server.initial(k));
    our_moments = moments;
    cuda::Finish finish{.steps = true, .step = options};
    finish.parameters = {ours.data(), our_moments[0].data(), our_moments[1].data(), copy.data()};
    for (int round = 0; round < 5; ++round) {
      const std::vector<float> made = changes(random, size);  // of the rows
      finish.scale = round % 2 ? 0.7f : 1;
      std::vector<float> change(size);
      add_scaled(change, finish.scale, made);
      if (kind == Kind::sgd)
        add_scaled(weights, server.lr(), made);
      else
        server.step(weights, change, {moments[0], moments[1]});
      for (size_t i = 0; i < size; ++i) cuda::finish(finish, i, made[i]);
      ASSERT_EQ(bits(ours), bits(weights)) << static_cast<int>(kind) << ", round " << round;
      ASSERT_EQ(bits(copy), bits(weights));
      ASSERT_EQ(bits(our_moments[0]), bits(moments[0]));
      ASSERT_EQ(bits(our_moments[1]), bits(moments[1]));
    }
  }
}

}  // namespace
}  // namespace zenops
