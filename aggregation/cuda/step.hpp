#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "aggregation/cuda/column.hpp"

/// What becomes of a number that a kernel has made of the rows: it is written or, without ever being written, what a
/// server's optimizer steps by.
namespace zenops::cuda {

/// A server's optimizer; actors/server_optimizer.hpp has the formulae, and is what these are held to in a test.
struct ServerStep {
  enum class Kind : uint32_t { sgd, momentum, adam, yogi, adagrad };
  Kind kind = Kind::sgd;
  float lr = 1;
  float momentum = 0.9f;              // of momentum
  float beta1 = 0.9f, beta2 = 0.99f;  // of the others
  float tau = 1e-3f;                  // likewise
};

/// What is stepped: (size) floats each, on a card.
struct Parameters {
  float* weights = nullptr;
  float* m = nullptr;     // not of sgd
  float* v = nullptr;     // of adam, yogi and adagrad
  float* copy = nullptr;  // unless null, the new weights once more, for whoever is sent them
};

struct Finish {
  float* out = nullptr;  // (size); unless it steps
  bool steps = false;
  ServerStep step = {};
  Parameters parameters = {};

  /// The same of the coordinates from `first` on.
  Finish from(size_t first) const {
    Finish result = *this;
    for (float** each :
         {&result.out, &result.parameters.weights, &result.parameters.m, &result.parameters.v, &result.parameters.copy})
      if (*each) *each += first;
    return result;
  }
};

namespace detail {

/// A moment below 2⁻¹⁰⁰ is 0.
ZENOPS_BOTH float flushed(float x) { return x < 0x1p-100f && x > -0x1p-100f ? 0.0f : x; }

ZENOPS_BOTH float root(float x) {
#ifdef __CUDA_ARCH__
  return __fsqrt_rn(x);
#else
  return std::sqrt(x);
#endif
}

/// Past the second cache: nobody reads it soon.
ZENOPS_BOTH void store(float* to, float x) {
#ifdef __CUDA_ARCH__
  __stcs(to, x);
#else
  *to = x;
#endif
}

/// The new v, of what it was and of Δ².
ZENOPS_BOTH float spread(const ServerStep& o, float v, float square) {
  if (o.kind == ServerStep::Kind::adagrad) return v + square;
  const float rest = (1 - o.beta2) * square;
  if (o.kind == ServerStep::Kind::adam) return o.beta2 * v + rest;
  return v + (v > square ? -rest : v < square ? rest : 0.0f);
}

/// The new weight.
ZENOPS_BOTH float stepped(const ServerStep& o, float weight, float change, float* m, float* v) {
  if (o.kind == ServerStep::Kind::sgd) return fused(o.lr, change, weight);
  const bool adapts = o.kind != ServerStep::Kind::momentum;
  const float mean = flushed(adapts ? o.beta1 * *m + (1 - o.beta1) * change : o.momentum * *m + change);
  *m = mean;
  if (!adapts) return weight + o.lr * mean;
  const float wide = flushed(spread(o, *v, change * change));
  *v = wide;
  return weight + o.lr * mean / (root(wide) + o.tau);
}

}  // namespace detail

/// The last that is done with number i.
ZENOPS_BOTH void finish(const Finish& f, size_t i, float value) {
  if (!f.steps) return detail::store(f.out + i, value);
  const Parameters& p = f.parameters;
  const float weight = detail::stepped(f.step, p.weights[i], value, p.m + i, p.v + i);
  p.weights[i] = weight;
  if (p.copy) detail::store(p.copy + i, weight);
}

}  // namespace zenops::cuda
