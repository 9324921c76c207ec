#pragma once
#include "models/options.hpp"

namespace zenops {

/// The share of the learning rate that each round gets; a product of two:
///   warm-up  r / warmup in round r ≤ warmup (Goyal et al. 2017), 1 after it
///   step     factor^k, where k of the given rounds are ≤ r
///   cosine   last + (1 − last) (1 + cos π t) / 2 (Loshchilov and Hutter 2017), where t goes from 0 in the first round
///            after the warm-up to just below 1 in the last round
class Schedule {
 public:
  Schedule(ScheduleOptions options, uint32_t rounds) : options_(std::move(options)), rounds_(rounds) {}
  /// Of rounds 1, 2, …; a round after the last has the last one's.
  float share(uint32_t round) const;

 private:
  ScheduleOptions options_;
  uint32_t rounds_;
};

}  // namespace zenops
