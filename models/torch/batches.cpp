#include "models/torch/batches.hpp"

#include <ATen/ops/from_blob.h>

namespace zenops {

at::Tensor inputs_of(const Batch& batch) {
  return at::from_blob(const_cast<float*>(batch.inputs.data()), {batch.size, batch.height, batch.width, batch.channels}, at::kFloat)
      .permute({0, 3, 1, 2});
}

at::Tensor labels_of(const Batch& batch) {
  return at::from_blob(const_cast<int64_t*>(batch.labels.data()), {static_cast<int64_t>(batch.labels.size())}, at::kLong);
}

}  // namespace zenops
