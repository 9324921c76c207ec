#include "runtime/detector.hpp"

#include <algorithm>
#include <cstdio>

namespace zenops {
namespace {

Clock::Duration median(std::vector<Clock::Duration>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

std::string seconds(Clock::Duration d) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g s", std::chrono::duration<double>(d).count());
  return text;
}

Detector::Options made_sense(Detector::Options o) {
  o.floor = std::max(o.floor, 3 * o.interval);
  o.ceiling = std::max(o.ceiling, o.floor);
  return o;
}

}  // namespace

Detector::Detector(Options options) : options_(made_sense(options)) {}

void Detector::begin(const std::string& peer, Clock::Time now) { peers_[peer] = {.heard = now}; }

bool Detector::heard(const std::string& name, Clock::Time now) {
  const auto i = peers_.find(name);
  if (i == peers_.end() || i->second.state == State::dead) return false;
  Peer& peer = i->second;
  // Beats that were held up come in a burst; that nothing lies between them says nothing about the next.
  const Clock::Duration gap = now - peer.heard - peer.unwatched;
  if (gap >= options_.interval / 4) {
    peer.gaps.push_back(gap);
    if (peer.gaps.size() > options_.window) peer.gaps.pop_front();
  }
  peer.heard = std::max(peer.heard, now);
  peer.unwatched = {};
  peer.state = State::alive;
  return true;
}

std::vector<Detector::Change> Detector::check(Clock::Time now) {
  const Clock::Duration since = looked_ ? now - checked_ : Clock::Duration{};
  // A check that comes a little late is no reason to wait longer.
  const Clock::Duration unwatched = since > 2 * options_.interval ? since - options_.interval : Clock::Duration{};
  checked_ = now;
  looked_ = true;
  std::vector<Change> changes;
  for (auto& [name, peer] : peers_) {
    if (peer.state == State::dead) continue;
    peer.unwatched = std::min(peer.unwatched + unwatched, std::max(now - peer.heard, Clock::Duration{}));
    const Clock::Duration silent = now - peer.heard - peer.unwatched, limit = deadline(peer);
    const State to = silent > limit ? State::dead : silent > limit / 2 ? State::suspect : State::alive;
    if (to <= peer.state) continue;
    peer.state = to;
    changes.push_back(
        {name, to, "no heartbeat for " + seconds(silent) + ", more than " + seconds(limit)});
  }
  return changes;
}

Detector::State Detector::state(const std::string& peer) const {
  const auto i = peers_.find(peer);
  return i == peers_.end() ? State::unknown : i->second.state;
}

Clock::Duration Detector::deadline(const std::string& peer) const { return deadline(peers_.at(peer)); }

Clock::Duration Detector::deadline(const Peer& peer) const {
  if (peer.gaps.size() < options_.enough) return options_.ceiling;
  std::vector<Clock::Duration> values(peer.gaps.begin(), peer.gaps.end());
  const Clock::Duration longest = *std::ranges::max_element(values), middle = median(values);
  for (auto& value : values) value = value > middle ? value - middle : middle - value;
  const auto spread = std::chrono::duration_cast<Clock::Duration>(options_.k * median(values));
  return std::clamp(std::max(middle + spread, longest * 5 / 4), options_.floor, options_.ceiling);
}

}  // namespace zenops
