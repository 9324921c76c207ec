#include "tests/simulation/network.hpp"

#include <algorithm>

namespace zenops::simulation {

Duration Network::delay() {
  const Duration d = dice_.time(options_.least_delay, options_.most_delay);
  return options_.late > 0 && dice_.chance(options_.late) ? 15 * d : d;
}

const Network::Cut* Network::cut_between(const Process& from, const Process& to) const {
  const Cut* found = nullptr;
  for (const Cut& c : cuts_) {
    if (c.until <= timeline_.now() || (found && found->until >= c.until)) continue;
    const auto inside = [&](const Process& p) {
      return c.processes.contains(p.id) || (!c.node.empty() && p.node == c.node);
    };
    if (inside(from) == inside(to)) continue;
    if (!c.head_too && (from.id <= Process::client || to.id <= Process::client)) continue;
    if (c.one_way && !inside(from)) continue;
    found = &c;
  }
  return found;
}

void Network::send(Process& from, Process& to, std::function<void()> arrive, bool between_actors) {
  if (between_actors && options_.lost > 0 && dice_.chance(options_.lost)) {
    ++story_.counts.lost;
    return;
  }
  if (between_actors && options_.twice > 0 && dice_.chance(options_.twice)) {
    ++story_.counts.twice;
    timeline_.at(timeline_.now() + 3 * delay(), [this, &from, &to, arrive] {
      if (!cut_between(from, to)) to.run(arrive);
    });
  }
  const bool near =
      from.id == to.id || (!options_.head_apart && from.id <= Process::client && to.id <= Process::client);
  Channel& channel = channels_.try_emplace({from.id, to.id}, from, to).first->second;
  channel.last = std::max(channel.last, timeline_.now() + (near ? ms(0.001) : delay()));
  channel.items.push_back({channel.last, between_actors, std::move(arrive)});
  if (!channel.pumping) arrive_when_due(channel);
}

void Network::arrive_when_due(Channel& channel) {
  channel.pumping = !channel.items.empty();
  if (!channel.pumping) return;
  timeline_.at(channel.items.front().due, [this, &channel, turn = ++channel.turn] {
    if (turn == channel.turn) pump(channel);
  });
}

void Network::pump(Channel& channel) {
  Item& first = channel.items.front();
  if (const Cut* c = cut_between(channel.from, channel.to)) {
    ++story_.counts.held_up;
    if (c->breaks && first.between_actors)
      channel.items.pop_front();
    else
      first.due = c->until;
    return arrive_when_due(channel);
  }
  const Item item = std::move(first);
  channel.items.pop_front();
  arrive_when_due(channel);
  channel.to.run(item.arrive);
}

void Network::heal() {
  for (Cut& c : cuts_) c.until = timeline_.now();
  for (auto& [pair, channel] : channels_) {
    if (channel.items.empty()) continue;
    Time& due = channel.items.front().due;
    due = std::min(due, timeline_.now());  // it may wait for the old end of a cut
    arrive_when_due(channel);
  }
}

}  // namespace zenops::simulation
