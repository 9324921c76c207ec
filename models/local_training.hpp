#pragma once
#include <functional>
#include <span>

#include "models/optimizer.hpp"
#include "models/replica.hpp"
#include "models/sampler.hpp"

namespace zenops {

/// out = a − b.
void subtract(std::span<float> out, std::span<const float> a, std::span<const float> b);

/// The gradient of the first local step, found already, and what is to be done to the weights' buffers.
struct KnownGradient {
  float loss = 0;
  std::span<const float> gradient = {};
  std::function<void(std::span<float> weights)> move_buffers = {};
  double seconds = 0;  // that it took
  std::function<void()> release = {};  // called once the step is taken
};

/// The first steps, taken already.
struct TakenSteps {
  uint32_t steps = 0;  // at least one
  double loss = 0;     // the sum of theirs
  std::span<const float> weights = {}, momentum = {};  // after them
  double seconds = 0;                                  // that they took
  std::function<void()> release = {};                  // called once these are copied
};

struct LocalTraining {
  const Samples* samples;
  const Sampler* sampler;
  uint64_t first_step;  // of the sampler's batches
  uint32_t steps;
  const Optimizer* optimizer;
  float lr;
  Augment augment = Augment::none;
  float proximal = 0;                  // after each step w ← (1 − proximal) w + proximal c (zeno-ps: C.9)
  std::span<const float> center = {};  // c
  std::function<void(Batch&)> spoil = {};  // what a liar does to each batch first
  const KnownGradient* first = nullptr;    // null: computed like the others
  const TakenSteps* taken = nullptr;       // null: none is
};

/// The batch of its step `step`, as it trains on it.
void load_batch(const LocalTraining& work, uint64_t step, std::vector<uint32_t>& indices, Batch& batch);

/// One step from these weights by their gradient.
void take_step(const LocalTraining& work, std::span<float> weights, std::span<float> momentum, std::span<const float> gradient);

/// Takes `steps` local steps from replica.weights(), which end as the new weights; momentum is the trainer's own and
/// goes on. Those that are taken already make neither. Returns the mean loss of the steps.
float train_locally(Replica& replica, const LocalTraining& work, std::span<float> momentum, Batch& scratch);

/// The gradient of the first step's batch at replica.weights(), of which only buffers move: `out` becomes what
/// Optimizer::descent makes of it. Returns the loss.
float find_descent(Replica& replica, const LocalTraining& work, std::span<float> out, Batch& scratch);

/// Takes one gradient to see whether the model can be trained at all. Throws UserError (bad_config) with the reason
/// when it fails on the batch, or when its loss or gradient is not finite.
void try_step(Replica& replica, const Batch& batch);

}  // namespace zenops
