#pragma once
#include <span>
#include <vector>

#include "models/dataset.hpp"

namespace zenops {

/// The gradients of several batches in one pass of the network over all their samples, at the same weights or each at its own: what depends
/// on a sample alone is computed for all at once, statistics and the gradients of weights for each batch apart. What a GPU likes: one
/// launch for all of them instead of one for each. It belongs to one thread at a time.
class JointReplica {
 public:
  virtual ~JointReplica() = default;
  /// (d), at which the next gradients are computed; they stay as they are.
  virtual std::span<float> weights() = 0;
  /// For each batch what Replica::compute_gradient() says, but for rounding: its mean loss. Requires batches of one shape, no more
  /// than the replica was made for. The bits of one batch depend on how many others there are.
  virtual std::vector<float> compute_gradients(std::span<const Batch* const> batches) = 0;
  /// (d), those of the k-th batch alone, at which its next gradient of its own is computed; they stay as they are. Memory for all of them is
  /// taken at the first call.
  virtual std::span<float> own_weights(size_t k) = 0;
  /// The same for each batch at its own weights. No number of one batch or its weights reaches what is found of another.
  virtual std::vector<float> compute_gradients_apart(std::span<const Batch* const> batches) = 0;
  /// (d), of the k-th batch of the last call; zero for buffers.
  virtual std::span<const float> gradient(size_t k) const = 0;
  /// Gives the buffers in `weights` (d) the values to which the k-th batch has moved them from those at which it was computed.
  virtual void move_buffers(size_t k, std::span<float> weights) const = 0;
};

}  // namespace zenops
