#include "tests/simulation/timeline.hpp"

#include <algorithm>

namespace zenops::simulation {

void Timeline::at(Time when, std::function<void()> what) {
  queue_.push_back({std::max(when, now_), ++events_, std::move(what)});
  std::ranges::push_heap(queue_, std::greater{}, [](const Event& e) { return std::pair(e.when, e.number); });
}

bool Timeline::run(Time until, const std::function<bool()>& done) {
  while (!done()) {
    if (queue_.empty() || queue_.front().when > until) return false;
    std::ranges::pop_heap(queue_, std::greater{}, [](const Event& e) { return std::pair(e.when, e.number); });
    const Event event = std::move(queue_.back());
    queue_.pop_back();
    now_ = event.when;
    event.what();
  }
  return true;
}

}  // namespace zenops::simulation
