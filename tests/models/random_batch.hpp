#pragma once
#include "base/philox.hpp"
#include "models/replica.hpp"

namespace zenops {

/// Normal noise with drawn labels.
inline Batch random_batch(const InputShape& shape, uint32_t size, uint32_t seed = 1) {
  Stream stream({seed, Role::data, 0, Purpose::noise});
  Batch batch{size, shape.height, shape.width, shape.channels, {}, {}, {}};
  for (size_t i = 0; i < size_t{size} * shape.height * shape.width * shape.channels; ++i)
    batch.inputs.push_back(stream.normal());
  for (uint32_t i = 0; i < size; ++i) batch.labels.push_back(stream.below(shape.classes));
  return batch;
}

}  // namespace zenops
