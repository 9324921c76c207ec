#include "runtime/supervision.hpp"

#include <algorithm>

namespace zenops {

Supervision::Step Supervision::begin(const std::vector<ChildSpec>& children) {
  Step step;
  for (const ChildSpec& child : children) {
    if (!supervisor_.add(child)) continue;
    together() ? to_start_.push_back(child.name) : step.start.push_back(child.name);
  }
  go_on(step);
  return step;
}

void Supervision::adopt(const std::vector<ChildSpec>& children) {
  for (const ChildSpec& child : children) supervisor_.add(child);
}

Supervision::Step Supervision::began(const std::string& name) {
  Step step;
  if (name == starting_) {
    starting_.clear();
    go_on(step);
  }
  return step;
}

Supervision::Step Supervision::fell(const std::string& name, Cause cause, Clock::Time now, const std::string& where) {
  Step step;
  if (name == starting_) starting_.clear();
  if (std::erase(to_stop_, name) > 0 || name == stopping_) {  // what becomes of it is decided
    if (name == stopping_) stopping_.clear();
    step.restarts = waits(name);
    go_on(step);
    return step;
  }
  const Decision decision = supervisor_.fell(name, cause, now, where);
  step.avoid = decision.avoid;
  step.restarts = waits(name);
  if (decision.given_up) {
    to_start_.clear();
    ticket_ = 0;
  }
  to_stop_.insert(to_stop_.end(), decision.stop.begin(), decision.stop.end());
  if (!decision.start.empty()) {
    step.pause = decision.after;
    step.ticket = decision.ticket;
    if (together()) {  // whoever still waited to be started is among those of this decision
      to_start_.clear();
      ticket_ = decision.ticket;
      paused_ = false;
    }
  }
  go_on(step);
  return step;
}

Supervision::Step Supervision::paused(uint64_t ticket) {
  Step step;
  if (!together()) {
    step.start = supervisor_.due(ticket);
  } else if (ticket == ticket_) {
    paused_ = true;
    go_on(step);
  }
  return step;
}

void Supervision::go_on(Step& step) {
  if (stopping_.empty() && !to_stop_.empty()) {
    stopping_ = to_stop_.front();
    to_stop_.pop_front();
    step.stop.push_back(stopping_);
  }
  if (!stopping_.empty()) return;
  if (ticket_ != 0 && paused_) {
    const auto due = supervisor_.due(ticket_);
    to_start_.assign(due.begin(), due.end());
    ticket_ = 0;
  }
  if (!starting_.empty() || to_start_.empty()) return;
  starting_ = to_start_.front();
  to_start_.pop_front();
  step.start.push_back(starting_);
}

}  // namespace zenops
