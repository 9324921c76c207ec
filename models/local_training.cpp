#include "models/local_training.hpp"

#include <cassert>
#include <string>

#include "base/expected.hpp"
#include "models/loops.hpp"

namespace zenops {
namespace {

using Step = void(std::span<float>, std::span<float>, std::span<const float>, float, float, float);

Step* step_of(const std::string& optimizer) {
  if (optimizer == "sgd") return sgd_step;
  if (optimizer == "nag") return nag_step;
  throw UserError(UserError::bad_config, "optimizer: there is no " + optimizer + ", only sgd and nag");
}

}  // namespace

ZENOPS_LOOP void sgd_step(std::span<float> w, std::span<float> m, std::span<const float> g, float lr, float momentum,
                          float decay) {
  float* __restrict weights = w.data(), * __restrict buffer = m.data();
  const float* __restrict gradient = g.data();
  for (size_t i = 0, n = w.size(); i < n; ++i) {
    buffer[i] = momentum * buffer[i] + lr * (gradient[i] + decay * weights[i]);
    weights[i] -= buffer[i];
  }
}

ZENOPS_LOOP void nag_step(std::span<float> w, std::span<float> m, std::span<const float> g, float lr, float momentum,
                          float decay) {
  float* __restrict weights = w.data(), * __restrict buffer = m.data();
  const float* __restrict gradient = g.data();
  for (size_t i = 0, n = w.size(); i < n; ++i) {
    const float s = lr * (gradient[i] + decay * weights[i]);
    buffer[i] = momentum * buffer[i] + s;
    weights[i] -= momentum * buffer[i] + s;
  }
}

ZENOPS_LOOP void subtract(std::span<float> out, std::span<const float> a, std::span<const float> b) {
  float* difference = out.data();
  const float *from = a.data(), *what = b.data();
  for (size_t i = 0, n = out.size(); i < n; ++i) difference[i] = from[i] - what[i];
}

float train_locally(Replica& replica, const LocalTraining& work, std::span<float> momentum, Batch& scratch) {
  assert(work.steps > 0);
  assert(momentum.size() == replica.layout().dimension());
  const auto& o = work.optimizer;
  Step* const step = step_of(o.name);
  std::vector<uint32_t> indices;
  double loss = 0;
  for (uint64_t s = work.first_step; s < work.first_step + work.steps; ++s) {
    work.sampler->batch(s, indices);
    gather(*work.samples, indices, scratch);
    loss += replica.compute_gradient(scratch);
    step(replica.weights(), momentum, replica.gradient(), o.lr, o.momentum, o.weight_decay);
  }
  return static_cast<float>(loss / work.steps);
}

}  // namespace zenops
