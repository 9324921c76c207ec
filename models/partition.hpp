#pragma once
#include <span>
#include <vector>

#include "base/philox.hpp"
#include "models/options.hpp"

namespace zenops {

/// Which training samples belong to whom: `workers` + 1 parts whose sizes differ by at most one, the first ones longer;
/// the last part is the validators' and shared by all of them.
class Partition {
 public:
  /// Throws UserError (bad_config) when a part would hold less than one batch, naming the numbers.
  Partition(PartitionKind kind, size_t samples, uint32_t workers, uint32_t batch, uint64_t seed);
  std::span<const uint32_t> part(uint32_t index) const;
  std::span<const uint32_t> trusted() const { return part(parts_ - 1); }

 private:
  uint32_t parts_;
  std::vector<uint32_t> order_;
};

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
