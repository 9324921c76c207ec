#pragma once
#include <string>
#include <vector>

#include "actors/options.hpp"
#include "base/philox.hpp"

namespace zenops {

/// How much longer somebody's local steps take, as a pure function of (seed, who, task): the same whoever asks.
class Delays {
 public:
  Delays(std::vector<DelayOptions> delays, uint64_t seed) : delays_(std::move(delays)), seed_(seed) {}
  /// In seconds. Role: worker or validator.
  double seconds(Role role, uint32_t index, uint32_t task) const;

 private:
  std::vector<DelayOptions> delays_;
  uint64_t seed_;
};

}  // namespace zenops
