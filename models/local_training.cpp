#include "models/local_training.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>

#include "base/expected.hpp"
#include "base/first_line.hpp"
#include "base/loops.hpp"

namespace zenops {
ZENOPS_LOOP void subtract(std::span<float> out, std::span<const float> a, std::span<const float> b) {
  float* difference = out.data();
  const float *from = a.data(), *what = b.data();
  for (size_t i = 0, n = out.size(); i < n; ++i) difference[i] = from[i] - what[i];
}

/// w ← (1 − share) w + share c.
ZENOPS_LOOP static void pull_back(std::span<float> w, std::span<const float> c, float share) {
  float* weights = w.data();
  const float* center = c.data();
  const float kept = 1 - share;
  for (size_t i = 0, n = w.size(); i < n; ++i) weights[i] = kept * weights[i] + share * center[i];
}

void load_batch(const LocalTraining& work, uint64_t step, std::vector<uint32_t>& indices, Batch& batch) {
  work.sampler->batch(step, indices);
  Stream draws(work.sampler->stream(Purpose::augment, step));
  gather(*work.samples, indices, batch, work.augment == Augment::crop_flip ? &draws : nullptr);
  if (work.spoil) work.spoil(batch);
  batch.noise = work.sampler->stream(Purpose::dropout, step);
}

namespace {

/// Of that step's batch, at the replica's weights.
KnownGradient gradient_of(Replica& replica, const LocalTraining& work, uint64_t step, std::vector<uint32_t>& indices, Batch& scratch) {
  if (work.first && step == work.first_step) {
    work.first->move_buffers(replica.weights());
    return *work.first;
  }
  load_batch(work, step, indices, scratch);
  const float loss = replica.compute_gradient(scratch);
  return {.loss = loss, .gradient = replica.gradient()};
}

}  // namespace

void take_step(const LocalTraining& work, std::span<float> weights, std::span<float> momentum, std::span<const float> gradient) {
  work.optimizer->step(weights, momentum, gradient, work.lr);
  if (work.proximal > 0) pull_back(weights, work.center, work.proximal);
}

float train_locally(Replica& replica, const LocalTraining& work, std::span<float> momentum, Batch& scratch) {
  assert(work.steps > 0);
  assert(momentum.size() == replica.layout().dimension());
  std::vector<uint32_t> indices;
  double loss = 0;
  uint64_t begin = work.first_step;
  if (work.taken) {
    std::ranges::copy(work.taken->weights, replica.weights().begin());
    std::ranges::copy(work.taken->momentum, momentum.begin());
    loss = work.taken->loss;
    begin += work.taken->steps;
    if (work.taken->release) work.taken->release();
  }
  for (uint64_t s = begin; s < work.first_step + work.steps; ++s) {
    const KnownGradient found = gradient_of(replica, work, s, indices, scratch);
    loss += found.loss;
    take_step(work, replica.weights(), momentum, found.gradient);
    if (found.release) found.release();
  }
  return static_cast<float>(loss / work.steps);
}

float find_descent(Replica& replica, const LocalTraining& work, std::span<float> out, Batch& scratch) {
  assert(work.steps == 1 && work.proximal == 0);
  std::vector<uint32_t> indices;
  const KnownGradient found = gradient_of(replica, work, work.first_step, indices, scratch);
  work.optimizer->descent(out, replica.weights(), found.gradient);
  if (found.release) found.release();
  return found.loss;
}

void try_step(Replica& replica, const Batch& batch) {
  float loss = 0;
  try {
    loss = replica.compute_gradient(batch);
  } catch (const std::exception& e) {
    throw UserError(UserError::bad_config, "model: it fails on the first batch: " + first_line(e.what()));
  }
  if (!std::isfinite(loss))
    throw UserError(UserError::bad_config,
                    "model: the loss of the first batch is " + std::to_string(loss) + ", before any training");
  if (!std::isfinite(squared_norm(replica.gradient())))
    throw UserError(UserError::bad_config, "model: the gradient of the first batch is not finite");
}

}  // namespace zenops
