#include "runtime/restarts.hpp"

#include <algorithm>

namespace zenops {

std::optional<Clock::Duration> Restarts::fell(Clock::Time now) {
  falls_.push_back(now);
  while (now - falls_.front() > spec_.period) falls_.pop_front();
  if (falls_.size() > spec_.intensity) return std::nullopt;
  const size_t doublings = std::min<size_t>(falls_.size() - 1, 20);
  return std::min(spec_.max_backoff, spec_.backoff * (int64_t{1} << doublings));
}

}  // namespace zenops
