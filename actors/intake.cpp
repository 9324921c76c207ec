#include "actors/intake.hpp"

#include <algorithm>
#include <utility>

namespace zenops {

void Intake::judge_by(uint32_t direction) {
  ready_ = true;
  direction_ = direction;
}

std::optional<Update> Intake::next() {
  while (ready_ && !queue_.empty()) {
    const Update update = queue_.front();
    queue_.pop_front();
    const bool there = std::ranges::find(buffer_, update.worker, &Update::worker) != buffer_.end();
    if (!update.active || !there) return update;
    aside_.push_back(update);
  }
  return {};
}

bool Intake::wants_a_row(uint32_t most) {
  if (++taken_ < most) return false;
  taken_ = 0;
  ready_ = false;
  return true;
}

size_t Intake::keep(const Update& update) {
  buffer_.push_back(update);
  return buffer_.size();
}

std::vector<Update> Intake::close() {
  queue_.insert(queue_.begin(), aside_.begin(), aside_.end());
  aside_.clear();
  return std::exchange(buffer_, {});
}

}  // namespace zenops
