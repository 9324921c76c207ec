#include "actors/server_optimizer.hpp"

#include <cassert>
#include <cmath>

#include "models/loops.hpp"

// Or the compiler would leave a call for negative numbers in the loop, of which there are none.
#define ZENOPS_ROOT_LOOP __attribute__((optimize("no-math-errno"))) ZENOPS_LOOP static

namespace zenops {
namespace {

float flushed(float x) { return std::fabs(x) < 0x1p-100f ? 0 : x; }

}  // namespace

ZENOPS_LOOP static void momentum_step(std::span<float> w, std::span<float> m, std::span<const float> c, float lr, float share) {
  float* __restrict weights = w.data(), * __restrict mean = m.data();
  const float* __restrict change = c.data();
  for (size_t i = 0, n = w.size(); i < n; ++i) {
    mean[i] = flushed(share * mean[i] + change[i]);
    weights[i] += lr * mean[i];
  }
}

/// What the adaptive kinds differ in: the new v.
struct AdamSpread {
  float share, rest;
  float operator()(float v, float square) const { return share * v + rest * square; }
};
struct YogiSpread {
  float share, rest;
  float operator()(float v, float square) const { return v > square ? v - rest * square : v < square ? v + rest * square : v; }
};
struct AdagradSpread {
  float share, rest;
  float operator()(float v, float square) const { return v + square; }
};

// A macro and not a template: loops are cloned for each kind of CPU, and templates cannot be.
#define ZENOPS_ADAPTIVE_STEP(NAME, SPREAD)                                                                              \
  ZENOPS_ROOT_LOOP void NAME(std::span<float> w, std::span<float> m, std::span<float> v, std::span<const float> c,      \
                             const ServerOptions& o) {                                                                  \
    float* __restrict weights = w.data(), * __restrict mean = m.data(), * __restrict spread = v.data();                 \
    const float* __restrict change = c.data();                                                                          \
    const float lr = o.lr, share = o.beta1, rest = 1 - o.beta1, tau = o.tau;                                            \
    const SPREAD next{o.beta2, 1 - o.beta2};                                                                            \
    for (size_t i = 0, n = w.size(); i < n; ++i) {                                                                      \
      mean[i] = flushed(share * mean[i] + rest * change[i]);                                                            \
      spread[i] = flushed(next(spread[i], change[i] * change[i]));                                                      \
      weights[i] += lr * mean[i] / (std::sqrt(spread[i]) + tau);                                                        \
    }                                                                                                                   \
  }
ZENOPS_ADAPTIVE_STEP(adam_step, AdamSpread)
ZENOPS_ADAPTIVE_STEP(yogi_step, YogiSpread)
ZENOPS_ADAPTIVE_STEP(adagrad_step, AdagradSpread)

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
