#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "aggregation/cuda/column.hpp"
#include "aggregation/server_formulae.hpp"
#include "aggregation/server_options.hpp"

/// What becomes of a number that a kernel has made of the rows: it is written or, without ever being written, what a
/// server's optimizer steps by.
namespace zenops::cuda {

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
  ServerOptions step = {};
  float scale = 1;  // what is stepped by is so many times what was made of the rows; of sgd that is among its rate
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
ZENOPS_BOTH float spread(const ServerOptions& o, float v, float square) {
  const float rest = 1 - o.beta2;
  if (o.kind == ServerOptions::Kind::adagrad) return ZENOPS_SPREAD_OF_ADAGRAD(o.beta2, rest, v, square);
  if (o.kind == ServerOptions::Kind::adam) return ZENOPS_SPREAD_OF_ADAM(o.beta2, rest, v, square);
  return ZENOPS_SPREAD_OF_YOGI(o.beta2, rest, v, square);
}

/// The new weight.
ZENOPS_BOTH float stepped(const ServerOptions& o, float weight, float change, float* m, float* v) {
  if (o.kind == ServerOptions::Kind::sgd) return fused(o.lr, change, weight);
  const bool adapts = o.kind != ServerOptions::Kind::momentum;
  const float rest = 1 - o.beta1;
  const float next = adapts ? ZENOPS_ADAPTIVE_MEAN(o.beta1, rest, *m, change)
                            : ZENOPS_MEAN_OF_MOMENTUM(o.momentum, *m, change);
  const float mean = ZENOPS_FLUSHED(next);
  *m = mean;
  if (!adapts) return ZENOPS_STEPPED_BY_MOMENTUM(o.lr, weight, mean);
  const float wider = spread(o, *v, change * change);
  const float wide = ZENOPS_FLUSHED(wider);
  *v = wide;
  return ZENOPS_ADAPTIVELY_STEPPED(o.lr, o.tau, weight, mean, root(wide));
}

}  // namespace detail

/// The last that is done with number i.
ZENOPS_BOTH void finish(const Finish& f, size_t i, float value) {
  if (!f.steps) return detail::store(f.out + i, value);
  const Parameters& p = f.parameters;
  // As the processor adds to a change of zeros: of −0, too.
  const float change = f.step.kind == ServerOptions::Kind::sgd ? value : fused(f.scale, value, 0);
  const float weight = detail::stepped(f.step, p.weights[i], change, p.m + i, p.v + i);
  p.weights[i] = weight;
  if (p.copy) detail::store(p.copy + i, weight);
}

}  // namespace zenops::cuda
