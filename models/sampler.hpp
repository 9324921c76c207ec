#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/philox.hpp"

namespace zenops {

/// The batches of one worker or validator: every epoch a new order of its part, drawn from the stream (seed, role,
/// index, order, epoch); a remainder smaller than a batch is left out of the epoch.
class Sampler {
 public:
  Sampler(std::span<const uint32_t> part, uint32_t batch, uint64_t seed, Role role, uint32_t index);
  /// The indices of batch `step` = 0, 1, …, a pure function of it.
  void batch(uint64_t step, std::vector<uint32_t>& indices) const;
  /// The name of the random numbers for `purpose` in that step.
  StreamName stream(Purpose purpose, uint64_t step) const {
    return {name_.seed, name_.role, name_.index, purpose, static_cast<uint32_t>(step)};
  }

 private:
  std::span<const uint32_t> part_;
  uint32_t batch_;
  StreamName name_;
};

}  // namespace zenops
