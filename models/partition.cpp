#include "models/partition.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <string>

#include "base/expected.hpp"

namespace zenops {

Partition::Partition(PartitionKind kind, size_t samples, uint32_t workers, uint32_t batch, uint64_t seed)
    : parts_(workers + 1), order_(samples) {
  assert(batch > 0);
  if (samples / parts_ < batch) {
    throw UserError(UserError::bad_config,
                    "data: " + std::to_string(samples) + " samples in " + std::to_string(parts_) + " parts (" +
                        std::to_string(workers) + " workers, and the validators' one) are " +
                        std::to_string(samples / parts_) + " each, less than one batch of " + std::to_string(batch));
  }
  std::iota(order_.begin(), order_.end(), 0u);
  if (kind == PartitionKind::iid) {
    const Permutation shuffle(Stream({seed, Role::data, 0, Purpose::partition}), static_cast<uint32_t>(samples));
    for (uint32_t& i : order_) i = shuffle(i);
  }
}

std::span<const uint32_t> Partition::part(uint32_t index) const {
  assert(index < parts_);
  const size_t size = order_.size() / parts_, longer = order_.size() % parts_;
  const size_t first = index * size + std::min<size_t>(index, longer);
  return std::span(order_).subspan(first, size + (index < longer ? 1 : 0));
}

Sampler::Sampler(std::span<const uint32_t> part, uint32_t batch, uint64_t seed, Role role, uint32_t index)
    : part_(part), batch_(batch), name_{seed, role, index, Purpose::order} {
  assert(batch > 0 && part.size() >= batch);
}

void Sampler::batch(uint64_t step, std::vector<uint32_t>& indices) const {
  const uint64_t per_epoch = part_.size() / batch_;
  StreamName name = name_;
  name.step = static_cast<uint32_t>(step / per_epoch);
  const Permutation order(Stream(name), static_cast<uint32_t>(part_.size()));
  const auto first = static_cast<uint32_t>(step % per_epoch) * batch_;
  indices.resize(batch_);
  for (uint32_t i = 0; i < batch_; ++i) indices[i] = part_[order(first + i)];
}

}  // namespace zenops
