#include "aggregation/server_optimizer.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "base/philox.hpp"

namespace zenops {
namespace {

using Kind = ServerOptions::Kind;
constexpr Kind remembering[] = {Kind::momentum, Kind::adam, Kind::yogi, Kind::adagrad};

std::vector<float> drawn(size_t size, uint32_t step) {
  Stream stream({5, Role::data, 0, Purpose::noise, step});
  std::vector<float> out;
  for (size_t i = 0; i < size; ++i) out.push_back(stream.normal());
  return out;
}

/// Parameters, and what an optimizer remembers of them.
struct Server {
  Server(const ServerOptions& options, std::vector<float> weights) : optimizer(options), w(std::move(weights)) {
    for (size_t k = 0; k < optimizer.moments(); ++k) moments[k].assign(w.size(), optimizer.initial(k));
  }
  void step(const std::vector<float>& change) { optimizer.step(w, change, {moments[0], moments[1]}); }
  ServerOptimizer optimizer;
  std::vector<float> w, moments[2];
};

// Reddi et al. 2021, Algorithm 2, and FedAvgM, for one parameter in double.
struct Oracle {
  ServerOptions o;
  double w, m = 0, v = double{o.tau} * o.tau;
  void step(double change) {
    const double square = change * change;
    if (o.kind == Kind::momentum) {
      m = o.momentum * m + change;
      w += o.lr * m;
      return;
    }
    m = o.beta1 * m + (1.0 - o.beta1) * change;
    if (o.kind == Kind::adam) v = o.beta2 * v + (1.0 - o.beta2) * square;
    if (o.kind == Kind::adagrad) v += square;
    if (o.kind == Kind::yogi) v -= (1.0 - o.beta2) * square * (v > square ? 1 : v < square ? -1 : 0);
    w += o.lr * m / (std::sqrt(v) + o.tau);
  }
};

TEST(ServerOptimizerTest, AgreesWithTheFormulaeInDouble) {
  for (const Kind kind : remembering) {
    const ServerOptions options{.kind = kind, .lr = 0.25f, .momentum = 0.75f, .beta1 = 0.875f, .beta2 = 0.9375f, .tau = 0.0625f};
    Server server(options, drawn(67, 0));
    std::vector<Oracle> oracles;
    for (const float w : server.w) oracles.push_back({options, w});
    for (uint32_t step = 1; step <= 20; ++step) {
      auto change = drawn(67, step);
      for (float& x : change) x *= step < 10 ? 1 : 0.01f;  // yogi's sign is both
      server.step(change);
      for (size_t i = 0; i < change.size(); ++i) {
        oracles[i].step(change[i]);
        ASSERT_NEAR(server.w[i], oracles[i].w, 2e-5 * std::max(1.0, std::fabs(oracles[i].w))) << static_cast<int>(kind) << " " << step;
      }
    }
  }
}

TEST(ServerOptimizerTest, TheFirstStepOfAdamByHand) {
  Server server({.kind = Kind::adam, .lr = 1, .beta1 = 0.5f, .beta2 = 0.75f, .tau = 2}, {10});
  server.step({4});
  EXPECT_EQ(server.moments[0][0], 2) << "half of 4: nothing is corrected";
  EXPECT_EQ(server.moments[1][0], 0.75f * 4 + 0.25f * 16) << "v began with the square of tau";
  EXPECT_FLOAT_EQ(server.w[0], 10 + 2 / (std::sqrt(7.0f) + 2));
}

TEST(ServerOptimizerTest, HasTheSameBitsHoweverTheParametersAreCut) {
  for (const Kind kind : remembering) {
    const ServerOptions options{.kind = kind, .lr = 0.1f};
    Server whole(options, drawn(67, 0));
    std::vector<Server> singly;
    for (const float w : whole.w) singly.emplace_back(options, std::vector{w});
    for (uint32_t step = 1; step <= 5; ++step) {
      const auto change = drawn(67, step);
      whole.step(change);
      for (size_t i = 0; i < change.size(); ++i) {
        singly[i].step({change[i]});
        ASSERT_EQ(whole.w[i], singly[i].w[0]);
        for (size_t k = 0; k < whole.optimizer.moments(); ++k) ASSERT_EQ(whole.moments[k][i], singly[i].moments[k][0]);
      }
    }
  }
}

TEST(ServerOptimizerTest, WhatIsTooLargeToBeSquaredStopsAParameterAndMakesNoNaN) {
  for (const Kind kind : {Kind::adam, Kind::yogi, Kind::adagrad}) {
    Server server({.kind = kind}, {1, 1});
    server.step({1e38f, 0.5f});
    const auto after = server.w;
    for (const float again : {1e38f, -1e38f, 0.1f}) server.step({again, 0.5f});
    EXPECT_EQ(server.w[0], after[0]);
    EXPECT_TRUE(std::isfinite(server.w[0]));
    EXPECT_GT(server.w[1], after[1]) << "its neighbour goes on";
  }
}

TEST(ServerOptimizerTest, AMeanOfWhatDoesNotMoveAnyMoreEndsAtZeroAndNotInADenormal) {
  for (const Kind kind : {Kind::momentum, Kind::adam}) {
    Server server({.kind = kind, .momentum = 0.5f, .beta1 = 0.5f, .beta2 = 0.5f}, {1});
    server.step({1});
    for (int step = 0; step < 120; ++step) {
      server.step({0});
      for (size_t k = 0; k < server.optimizer.moments(); ++k) {
        const float x = server.moments[k][0];
        ASSERT_TRUE(x == 0 || x >= std::numeric_limits<float>::min());
      }
    }
    EXPECT_EQ(server.moments[0][0], 0);
  }
}

}  // namespace
}  // namespace zenops
