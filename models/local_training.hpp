#pragma once
#include <span>

#include "models/partition.hpp"
#include "models/replica.hpp"

namespace zenops {

/// One update, in place, over flat vectors of equal length, with s = lr (g + decay w):
///   sgd  m ← μ m + s,  w ← w − m          (MXNet's SGD: heavy ball, the rate inside the buffer)
///   nag  m ← μ m + s,  w ← w − (μ m + s)  (MXNet's NAG, zeno-ps: C.9)
/// No multiply-add is contracted: the same bits on every CPU.
void sgd_step(std::span<float> w, std::span<float> m, std::span<const float> g, float lr, float momentum, float decay);
void nag_step(std::span<float> w, std::span<float> m, std::span<const float> g, float lr, float momentum, float decay);

/// out = a − b.
void subtract(std::span<float> out, std::span<const float> a, std::span<const float> b);

struct LocalTraining {
  const Samples* samples;
  const Sampler* sampler;
  uint64_t first_step;  // of the sampler's batches
  uint32_t steps;
  OptimizerOptions optimizer;
};

/// Takes `steps` local steps from replica.weights(), which end as the new weights; momentum is the trainer's own and
/// goes on. Returns the mean loss of the steps.
float train_locally(Replica& replica, const LocalTraining& work, std::span<float> momentum, Batch& scratch);

}  // namespace zenops
