#pragma once
#include <ATen/core/Tensor.h>

#include <span>

#include "base/philox.hpp"
#include "models/torch/joint_layers.hpp"

namespace zenops {

/// Several batches that go through a network together: the samples of batch k are the k-th part of the input's, and what is found of it
/// goes into the k-th row of each of these.
struct Group {
  std::span<const at::Tensor> gradients;  // by parameter: (batches, …) as the parameter is shaped; every element is written
  std::span<const at::Tensor> buffers;    // likewise; of running statistics, as the batch moves them
  std::span<const StreamName> noise;      // by batch: of its dropout
  // Where each batch has parameters and statistics of its own, (batches, …) each; empty: all have the network's.
  std::span<const at::Tensor> own_parameters = {}, own_buffers = {};
  joint::Kernels kernels = joint::Kernels::one_by_one;  // of those
  int64_t batches() const { return static_cast<int64_t>(noise.size()); }
};

}  // namespace zenops
