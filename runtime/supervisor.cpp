#include "runtime/supervisor.hpp"

#include <algorithm>
#include <cassert>
#include <cstdio>

#include "base/philox.hpp"

namespace zenops {
namespace {

std::string seconds(Clock::Duration d) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g s", std::chrono::duration<double>(d).count());
  return text;
}

std::string milliseconds(Clock::Duration d) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(d).count()) + " ms";
}

std::string_view said(Cause cause) {
  switch (cause) {
    case Cause::crashed:
      return "crashed";
    case Cause::ended:
      return "ended";
    case Cause::evicted:
      return "was evicted";
    case Cause::stopped:
      return "was stopped";
  }
  return "fell";
}

size_t note(std::deque<Clock::Time>& times, Clock::Time now, Clock::Duration period) {
  times.push_back(now);
  while (now - times.front() > period) times.pop_front();
  return times.size();
}

/// FNV-1a.
uint64_t hash(const std::string& text) {
  uint64_t h = 0xcbf29ce484222325u;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return h;
}

}  // namespace

std::string fall_in_words(const Address& who, Cause cause, const std::string& why, std::optional<Clock::Duration> pause) {
  const std::string line = to_string(who) + (cause == Cause::crashed ? " lost: " : " " + std::string(said(cause)) + ": ") + why;
  if (!pause) return line + (cause == Cause::ended ? "" : "; given up");
  return line + "; starting " + to_string(Address{who.name, who.incarnation + 1}) + " in " + milliseconds(*pause);
}

Supervisor::Supervisor(Options options, std::vector<ChildSpec> children) : options_(options) {
  for (ChildSpec& child : children) {
    assert(find(child.name) == nullptr);
    children_.push_back({.spec = std::move(child)});
  }
}

bool Supervisor::add(const ChildSpec& spec) {
  if (const Child* before = find(spec.name)) {
    if (before->state != State::gone) return false;
    std::erase_if(children_, [&](const Child& c) { return c.spec.name == spec.name; });
  }
  children_.push_back({.spec = spec});
  return true;
}

std::vector<std::string> Supervisor::start_order() const {
  std::vector<std::string> names;
  for (const Child& child : children_) names.push_back(child.spec.name);
  return names;
}

std::vector<std::string> Supervisor::stop_order() const {
  auto names = start_order();
  std::ranges::reverse(names);
  return names;
}

Decision Supervisor::fell(const std::string& name, Cause cause, Clock::Time now, const std::string& where) {
  Child* child = find(name);
  if (child == nullptr) return {.why = name + " fell, and is not supervised here"};
  if (child->state == State::gone) return {.why = name + " is down for good already"};
  const bool begins_again = cause != Cause::stopped && child->spec.lifetime != Lifetime::temporary &&
                            (cause != Cause::ended || child->spec.lifetime == Lifetime::permanent);
  if (child->state == State::waiting && cause != Cause::stopped) return {.why = name + " is to be started anyway"};
  if (!begins_again) {
    child->state = State::gone;
    return {.why = name + " " + std::string(said(cause)) + " and is not begun again"};
  }
  if (cause == Cause::evicted) {
    ++child->evictions;
    if (!where.empty() && std::ranges::find(child->avoid, where) == child->avoid.end()) child->avoid.push_back(where);
    return begin_again(*child, cause, note(child->recent_evictions, now, restarts(*child).period));
  }
  ++child->falls;
  const size_t own = note(child->recent, now, restarts(*child).period);
  const size_t counted = group() ? note(together_, now, options_.restarts.period) : own;
  if (counted > counted_by(*child).intensity) return give_up(*child, counted);
  return begin_again(*child, cause, own);
}

Decision Supervisor::give_up(Child& child, size_t falls) {
  const std::string who = group() ? "the group of " + child.spec.name : child.spec.name;
  Decision decision{.given_up = true,
                    .why = who + " fell " + std::to_string(falls) + (falls == 1 ? " time" : " times") + " within " +
                           seconds(counted_by(child).period) + ", " + std::to_string(counted_by(child).intensity) +
                           (counted_by(child).intensity == 1 ? " is" : " are") + " allowed: given up"};
  child.state = State::gone;
  if (!group()) return decision;
  for (size_t k = children_.size(); k-- > 0;) {
    Child& other = children_[k];
    if (other.state != State::gone) decision.stop.push_back(other.spec.name);
    other.state = State::gone;
  }
  return decision;
}

Decision Supervisor::begin_again(Child& fallen, Cause cause, size_t recent) {
  Decision decision{.after = pause(fallen, recent), .ticket = ++ticket_, .avoid = fallen.avoid, .why = {}};
  const auto place = static_cast<size_t>(&fallen - children_.data());
  size_t first = place, last = place + 1;
  if (options_.strategy == Together::one_for_all) first = 0;
  if (options_.strategy != Together::one_for_one) last = children_.size();
  fallen.state = State::waiting;
  for (size_t k = first; k < last; ++k) {
    Child& child = children_[k];
    if (child.state == State::gone) continue;
    if (child.state == State::running) decision.stop.insert(decision.stop.begin(), child.spec.name);
    if (child.spec.lifetime == Lifetime::temporary) {  // stopped with the others, and not begun again
      child.state = State::gone;
      continue;
    }
    child.state = State::waiting;
    child.ticket = decision.ticket;
    decision.start.push_back(child.spec.name);
  }
  decision.why = fallen.spec.name + " " + std::string(said(cause)) + "; ";
  if (decision.start.size() > 1)
    decision.why += std::to_string(decision.start.size()) + " are started again";
  else
    decision.why += "it is started again";
  if (cause == Cause::evicted) decision.why += " elsewhere";
  decision.why += " in " + milliseconds(decision.after);
  return decision;
}

Clock::Duration Supervisor::pause(const Child& child, size_t recent) const {
  const RestartSpec& spec = restarts(child);
  Clock::Duration whole = spec.backoff;
  for (size_t k = 1; k < recent && whole < spec.max_backoff; ++k) whole *= 2;
  whole = std::min(whole, spec.max_backoff);
  const auto number = child.falls + child.evictions;
  const uint64_t key = options_.seed ^ hash(child.spec.name);
  const Quad quad = philox(key, {static_cast<uint32_t>(number), static_cast<uint32_t>(number >> 32), 0, 0});
  const double share = 1 - options_.jitter * quad[0] * 0x1p-32;
  return std::chrono::duration_cast<Clock::Duration>(whole * share);
}

std::vector<std::string> Supervisor::due(uint64_t ticket) {
  std::vector<std::string> names;
  for (Child& child : children_) {
    if (child.state != State::waiting || child.ticket != ticket) continue;
    child.state = State::running;
    names.push_back(child.spec.name);
  }
  return names;
}

Supervisor::State Supervisor::state(const std::string& name) const {
  const Child* child = find(name);
  return child ? child->state : State::unknown;
}

uint64_t Supervisor::evictions(const std::string& name) const {
  const Child* child = find(name);
  return child ? child->evictions : 0;
}

Supervisor::Child* Supervisor::find(const std::string& name) {
  return const_cast<Child*>(std::as_const(*this).find(name));
}

const Supervisor::Child* Supervisor::find(const std::string& name) const {
  const auto i = std::ranges::find(children_, name, [](const Child& c) -> const std::string& { return c.spec.name; });
  return i == children_.end() ? nullptr : &*i;
}

}  // namespace zenops
