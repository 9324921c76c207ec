#pragma once
#include <functional>
#include <vector>

#include "base/clock.hpp"

namespace zenops::simulation {

using Time = Clock::Time;
using Duration = Clock::Duration;
inline Duration ms(double x) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(x));
}

/// Simulated time: what is to happen, by its moment; of two at the same moment the one that was said first.
class Timeline {
 public:
  Time now() const { return now_; }
  /// Then, or now where that is past.
  void at(Time when, std::function<void()> what);
  /// Until `done` or that time; false: it came to the time, or to the end of all there is.
  bool run(Time until, const std::function<bool()>& done);

 private:
  struct Event {
    Time when;
    uint64_t number;
    std::function<void()> what;
  };
  Time now_{};
  uint64_t events_ = 0;
  std::vector<Event> queue_;  // a heap
};

}  // namespace zenops::simulation
