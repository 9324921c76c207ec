#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "models/joint_replica.hpp"

namespace zenops {

bool same_shape(const Batch& a, const Batch& b);

/// What one who trains with others does in the local steps of a round. Whatever thread asks.
struct LocalSteps {
  uint32_t steps = 1;  // the first included
  /// Fills a batch with the samples of a further step, 1 being the second; false: it is gone.
  std::function<bool(uint32_t step, Batch&)> draw = {};
  /// Copies the momentum with which it begins; false: it has begun already, by itself.
  std::function<bool(std::vector<float>& momentum)> begin = {};
  /// Takes one step by this gradient, in place; `center`: where the first began.
  std::function<void(std::span<float> weights, std::span<float> momentum, std::span<const float> gradient, std::span<const float> center)>
      take = {};
};

/// Someone in train_together(), and what has become of it.
struct JointTrainee {
  LocalSteps local;
  Batch* batch;                 // to be filled by each step
  std::vector<float> momentum;  // its own, which goes on
  size_t row = 0;               // of the joint replica's own_weights(), which are its weights after
  uint32_t taken = 0;           // steps
  double loss = 0;              // the sum of theirs
};

/// Does this for 0 … count − 1, on as many threads as it likes.
using ForEach = std::function<void(size_t count, const std::function<void(size_t)>& work)>;

/// Local steps of several trainees, side by side. Requires that the joint replica's last call has found the k-th gradient of trainee k at
/// weights(), with that loss; after it has taken that step each has weights of its own. One goes no further here when its steps are at an
/// end, its batch cannot be drawn or is of another shape than the others', or what a further step finds of it is not finite; and nobody when only one
/// is left. What it has taken by then stands, and the rest is for itself to take. Throws what the joint replica throws, and then, too,
/// what has been taken stands.
void train_together(JointReplica& joint, std::span<JointTrainee> trainees, std::span<const float> losses, const ForEach& for_each);

}  // namespace zenops
