#include "aggregation/server_optimizer.hpp"

#include <cassert>

#include "aggregation/server_formulae.hpp"
#include "base/loops.hpp"

namespace zenops {

ZENOPS_LOOP static void momentum_step(std::span<float> w, std::span<float> m, std::span<const float> c, float lr, float share) {
  float* __restrict weights = w.data(), * __restrict mean = m.data();
  const float* __restrict change = c.data();
  for (size_t i = 0, n = w.size(); i < n; ++i) {
    const float next = ZENOPS_MEAN_OF_MOMENTUM(share, mean[i], change[i]);
    mean[i] = ZENOPS_FLUSHED(next);
    weights[i] = ZENOPS_STEPPED_BY_MOMENTUM(lr, weights[i], mean[i]);
  }
}

// A macro and not a template: loops are cloned for each kind of CPU, and templates cannot be. SPREAD gives the new v.
#define ZENOPS_ADAPTIVE_STEP(NAME, SPREAD)                                                                            \
  ZENOPS_LOOP static void NAME(std::span<float> w, std::span<float> m, std::span<float> spreads, std::span<const float> c, \
                             const ServerOptions& o) {                                                                \
    float* __restrict weights = w.data(), * __restrict mean = m.data(), * __restrict spread = spreads.data();         \
    const float* __restrict change = c.data();                                                                        \
    const float lr = o.lr, beta1 = o.beta1, rest1 = 1 - beta1, tau = o.tau;                                           \
    [[maybe_unused]] const float beta2 = o.beta2, rest2 = 1 - beta2;                                                  \
    for (size_t i = 0, n = w.size(); i < n; ++i) {                                                                    \
      const float next = ZENOPS_ADAPTIVE_MEAN(beta1, rest1, mean[i], change[i]);                                      \
      const float v = spread[i], square = change[i] * change[i];                                                      \
      const float wider = SPREAD(beta2, rest2, v, square);                                                            \
      mean[i] = ZENOPS_FLUSHED(next);                                                                                 \
      spread[i] = ZENOPS_FLUSHED(wider);                                                                              \
      weights[i] = ZENOPS_ADAPTIVELY_STEPPED(lr, tau, weights[i], mean[i], __builtin_sqrtf(spread[i]));               \
    }                                                                                                                 \
  }
ZENOPS_ADAPTIVE_STEP(adam_step, ZENOPS_SPREAD_OF_ADAM)
ZENOPS_ADAPTIVE_STEP(yogi_step, ZENOPS_SPREAD_OF_YOGI)
ZENOPS_ADAPTIVE_STEP(adagrad_step, ZENOPS_SPREAD_OF_ADAGRAD)

size_t ServerOptimizer::moments() const {
  switch (options_.kind) {
    case ServerOptions::Kind::sgd:
      return 0;
    case ServerOptions::Kind::momentum:
      return 1;
    default:
      return 2;
  }
}

void ServerOptimizer::step(std::span<float> weights, std::span<const float> change, Moments moments) const {
  const auto [m, v] = moments;
  assert(this->moments() > 0 && weights.size() == change.size() && m.size() == weights.size());
  assert(v.size() == (this->moments() > 1 ? weights.size() : 0));
  switch (options_.kind) {
    case ServerOptions::Kind::sgd:
      break;
    case ServerOptions::Kind::momentum:
      return momentum_step(weights, m, change, options_.lr, options_.momentum);
    case ServerOptions::Kind::adam:
      return adam_step(weights, m, v, change, options_);
    case ServerOptions::Kind::yogi:
      return yogi_step(weights, m, v, change, options_);
    case ServerOptions::Kind::adagrad:
      return adagrad_step(weights, m, v, change, options_);
  }
}

}  // namespace zenops
