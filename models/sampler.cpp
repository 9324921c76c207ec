#include "models/sampler.hpp"

#include <cassert>

namespace zenops {

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
