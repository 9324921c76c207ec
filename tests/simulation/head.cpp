#include "tests/simulation/head.hpp"

#include <algorithm>

#include "runtime/placer.hpp"
#include "runtime/process_agent.hpp"
#include "tests/simulation/cluster.hpp"

namespace zenops::simulation {

Head::Head(Options options, Cluster& cluster)
    : options_(options),
      cluster_(cluster),
      detector_(options.heartbeats),
      supervisor_({.restarts = options.restarts, .seed = options.seed}, {}) {}

Process& Head::process() const { return cluster_.process(Process::head); }

void Head::send(Process& to, std::function<void()> arrive) { cluster_.network_.send(process(), to, std::move(arrive)); }

void Head::has_client() {
  known_[Process::client] = {.here = true, .node = false, .where = {}, .due = {}, .actors = {}};
}

void Head::has_node(const std::string& name, Process& daemon) {
  known_[daemon.id] = {.here = true, .node = true, .where = name, .due = {}, .actors = {}};
  static_cast<void>(ledger_.join({.name = name, .host = name, .cores = 16}));
  detector_.begin(agent_name(daemon.id), cluster_.now());
}

void Head::heard(Process& p) {
  const Address agent{agent_name(p.id), 1};
  if (!process().routes.over(agent)) {
    detector_.heard(agent.name, cluster_.now());
  } else if (options_.fencing) {
    ++cluster_.story_.counts.fenced;
    send(p, [this, &p, agent] { cluster_.fenced(p, agent); });
  }
}

bool Head::up() const {
  return std::ranges::all_of(
      actors_, [](const auto& a) { return a.second.state == State::up || a.second.state == State::gone; });
}

void Head::spawn(const std::string& name, const std::string& group) {
  Entry& entry = actors_[name];
  entry.group = group;
  supervisor_.add({.name = name, .restarts = name == "scheduler" ? RestartSpec::never() : options_.restarts});
  start(name);
}

void Head::start(const std::string& name) {
  Entry& entry = actors_.at(name);
  const auto found = process_for(name, entry);
  if (!found) {
    process().at(cluster_.now() + ms(1000), [this, name, incarnation = entry.incarnation] {
      if (actors_.at(name).incarnation == incarnation) start(name);
    });
    return;
  }
  ++entry.incarnation;
  if (entry.incarnation > 1) ++cluster_.story_.counts.restarts;
  entry.state = State::waiting;
  entry.process = *found;
  Known& its = known_.at(*found);
  its.actors.insert(name);
  if (its.here) start_actor(name);
}

std::optional<uint64_t> Head::process_for(const std::string& name, Entry& entry) {
  if (entry.group == "client") return Process::client;
  const auto group = groups_.find(entry.group);
  if (group != groups_.end() && known_.contains(group->second)) return group->second;
  if (!leases_.contains(entry.group) || !ledger_.leases().contains(leases_[entry.group])) {
    PlacementRequest request;
    request.strategy = Strategy::spread;
    request.bundles.push_back({.name = entry.group, .needs = {.cores = 1}});
    const auto places = place(request, ledger_.view());
    if (!places) {
      cluster_.story_.log(name + " waits for a place: " + places.error().what);
      return {};
    }
    leases_[entry.group] = ledger_.reserve(*places)->front();
    static_cast<void>(ledger_.commit(leases_[entry.group]));
  }
  const std::string node = ledger_.leases().at(leases_[entry.group]).what.node;
  Process& p = cluster_.add_process(entry.group, node);
  p.alive = false;  // not yet
  groups_[entry.group] = p.id;
  known_[p.id] = {.here = false, .node = false, .where = node, .due = cluster_.now() + ms(30000), .actors = {}};
  Process& daemon = cluster_.process(cluster_.daemons_.at(node));
  send(daemon, [this, &p] { cluster_.fork(p); });
  return p.id;
}

void Head::hello(uint64_t id) {
  Process& p = cluster_.process(id);
  const auto i = known_.find(id);
  if (i == known_.end()) return send(p, [this, id] { cluster_.crash(id, "nobody waits for this process any more"); });
  i->second.here = true;
  detector_.begin(agent_name(id), cluster_.now());
  send(p, [this, &p, lives = process().routes.everybody()] {
    for (const Life& life : lives) cluster_.learn(p, life);
  });
  for (const auto& name : std::set(i->second.actors)) start_actor(name);
}

void Head::start_actor(const std::string& name) {
  Entry& entry = actors_.at(name);
  if (entry.state != State::waiting) return;
  entry.state = State::starting;
  Process& p = cluster_.process(entry.process);
  send(p, [this, &p, who = Address{name, entry.incarnation}] { cluster_.begin(p, who); });
}

void Head::began(const Address& who) {
  Entry& entry = actors_.at(who.name);
  if (entry.incarnation != who.incarnation || entry.state != State::starting) return;
  entry.state = State::up;
  tell_all(Life::begun(who, entry.process));
}

void Head::actor_fell(const Address& who, const std::string& cause) {
  Entry& entry = actors_.at(who.name);
  if (entry.incarnation != who.incarnation || entry.state == State::pausing || entry.state == State::gone) return;
  if (const auto p = known_.find(entry.process); p != known_.end()) p->second.actors.erase(who.name);
  const Decision decision = supervisor_.fell(who.name, Cause::crashed, cluster_.now());
  const bool restarts = !decision.start.empty();
  entry.state = restarts ? State::pausing : State::gone;
  if (!restarts) ++cluster_.story_.counts.given_up;
  cluster_.story_.log("the head: " + to_string(who) + " lost: " + cause +
                      (restarts ? "; it is restarted" : "; given up"));
  tell_all(Life::ended(who, entry.process, cause, restarts));
  if (restarts)
    process().at(cluster_.now() + decision.after, [this, ticket = decision.ticket] {
      for (const auto& due : supervisor_.due(ticket)) start(due);
    });
}

void Head::ended(uint64_t id, const std::string& cause) {
  const auto i = known_.find(id);
  if (i == known_.end()) return;
  const Known gone = std::move(i->second);
  known_.erase(i);
  detector_.forget(agent_name(id));
  process().routes.learn(Life::ended({agent_name(id), 1}, id, "its process has ended", false));
  for (const auto& name : gone.actors) actor_fell({name, actors_.at(name).incarnation}, cause);
  if (!gone.node) return;
  ledger_.leave(gone.where);
  cluster_.story_.log("the head: node " + gone.where + " lost: " + cause);
  std::vector<uint64_t> with_it;
  for (const auto& [other, what] : known_)
    if (!what.node && what.where == gone.where) with_it.push_back(other);
  for (const uint64_t other : with_it) ended(other, "its node was lost: " + cause);
}

void Head::kill(const std::string& name) {
  const auto i = actors_.find(name);
  if (i == actors_.end()) return;
  const Address who{name, i->second.incarnation};
  if (i->second.group != "client") return kill_process(i->second.process);
  Process& p = cluster_.process(Process::client);
  send(p, [this, &p, who] { cluster_.end(p, who); });
  actor_fell(who, "it was killed (fault injection)");
}

void Head::kill_process(uint64_t id) {
  if (!known_.contains(id)) return;
  const auto daemon = cluster_.daemons_.find(known_.at(id).where);
  if (daemon == cluster_.daemons_.end()) return;
  send(cluster_.process(daemon->second), [this, id] { cluster_.crash(id, "it was killed"); });
}

void Head::look_around() {
  std::map<std::string, std::string> why;
  for (const auto& change : detector_.check(cluster_.now()))
    if (change.to == Detector::State::dead) why[change.peer] = change.why;
  std::vector<std::pair<uint64_t, std::string>> lost;
  for (const auto& [id, known] : known_) {
    if (!known.here && cluster_.now() > known.due) lost.emplace_back(id, "it did not come up in time");
    if (const auto i = why.find(agent_name(id)); i != why.end()) lost.emplace_back(id, i->second);
  }
  for (const auto& [id, cause] : lost) {
    if (!known_.contains(id)) continue;
    ++cluster_.story_.counts.silences;
    if (!known_.at(id).node) kill_process(id);
    ended(id, cause);
  }
  process().at(cluster_.now() + ms(50), [this] { look_around(); });
}

void Head::tell_all(const Life& life) {
  process().routes.learn(life);
  for (const auto& [id, known] : known_)
    if (known.here) send(cluster_.process(id), [this, &p = cluster_.process(id), life] { cluster_.learn(p, life); });
}

}  // namespace zenops::simulation
