#include "actors/agenda.hpp"

#include <algorithm>

namespace zenops {

void Agenda::begin(TraineeId who, double seconds, bool awaited) { tasks_[who] = {now_ + seconds, awaited && simulated_}; }

void Agenda::came(TraineeId who) {
  const auto task = tasks_.find(who);
  if (task == tasks_.end() || task->second.there) return;
  task->second.there = true;
  if (!task->second.awaited) there_.push_back(who);
}

void Agenda::drop(TraineeId who) {
  tasks_.erase(who);
  std::erase(there_, who);
}

std::optional<TraineeId> Agenda::awaited() const {
  std::optional<TraineeId> first;
  double end = 0;
  for (const auto& [who, task] : tasks_) {
    if (!task.awaited || (first && task.end >= end)) continue;
    first = who;
    end = task.end;
  }
  return first;
}

std::optional<TraineeId> Agenda::next() {
  std::optional<TraineeId> who;
  if (!there_.empty()) {
    who = there_.front();
    there_.pop_front();
  } else {
    who = awaited();
    if (!who || !tasks_.at(*who).there) return {};
    now_ = std::max(now_, tasks_.at(*who).end);
  }
  tasks_.erase(*who);
  return who;
}

}  // namespace zenops
