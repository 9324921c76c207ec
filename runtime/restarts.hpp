#pragma once
#include <deque>
#include <optional>

#include "runtime/supervisor.hpp"

namespace zenops {

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
