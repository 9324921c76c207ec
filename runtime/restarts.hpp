#pragma once
#include <deque>
#include <optional>

#include "base/clock.hpp"

namespace zenops {

/// How often an actor may fall before it is given up (OTP's intensity per period), and how long it waits before it begins
/// again: `backoff`, doubled with every fall within the period, at most `max_backoff`.
struct RestartSpec {
  uint32_t intensity = 5;
  Clock::Duration period = std::chrono::seconds(60);
  Clock::Duration backoff = std::chrono::milliseconds(20), max_backoff = std::chrono::seconds(2);
  /// One fall and it is given up: for actors whose state cannot be begun afresh.
  static RestartSpec never() { return {.intensity = 0}; }
};

/// Decides about one actor's falls.
class Restarts {
 public:
  explicit Restarts(RestartSpec spec) : spec_(spec) {}
  /// It fell: after how long it begins again, or nothing when it is given up.
  std::optional<Clock::Duration> fell(Clock::Time now);

 private:
  RestartSpec spec_;
  std::deque<Clock::Time> falls_;
};

}  // namespace zenops
