#pragma once
#include "base/philox.hpp"
#include "tests/simulation/timeline.hpp"

namespace zenops::simulation {

/// Random numbers of one seed.
class Dice {
 public:
  Dice(uint64_t seed, uint32_t what) : stream_({seed, Role::data, what, Purpose::delay}) {}
  uint32_t below(uint32_t n) { return stream_.below(n); }
  /// In [low, high].
  uint32_t within(uint32_t low, uint32_t high) { return low + below(high - low + 1); }
  bool chance(double p) { return stream_.uniform() < p; }
  Duration time(Duration low, Duration high) {
    using Milliseconds = std::chrono::duration<double, std::milli>;
    return time(Milliseconds(low).count(), Milliseconds(high).count());
  }
  Duration time(double low_ms, double high_ms) { return ms(low_ms + (high_ms - low_ms) * stream_.uniform()); }

 private:
  Stream stream_;
};

}  // namespace zenops::simulation
