// What the head does when somebody falls, is evicted, or is not heard of any more.
#include <algorithm>
#include <cmath>

#include "runtime/answers.hpp"
#include "runtime/head.hpp"
#include "runtime/process_agent.hpp"
#include "runtime/wire/cluster_words.hpp"

namespace zenops {

void Head::fell(const Address& who, Cause cause, const std::string& why) {
  const auto i = directory_.actors.find(who.name);
  if (i == directory_.actors.end() || i->second.incarnation != who.incarnation) return;
  Entry& entry = i->second;
  if (entry.state == State::pausing || entry.state == State::gone) return;
  const uint64_t job = entry.job;
  const size_t supervisor = entry.supervisor;
  std::string node;
  if (const auto process = directory_.processes.find(entry.process); process != directory_.processes.end()) process->second.actors.erase(who.name);
  if (!entry.in_client) node = directory_.jobs.at(job).groups.at(entry.group).node;
  const auto evicted = std::exchange(entry.evicted, std::nullopt);
  if (entry.state == State::stopping) cause = Cause::stopped;
  if (evicted) cause = Cause::evicted;
  const Supervision::Step step = directory_.supervision(entry).fell(who.name, cause, context().clock().now(), node);
  const bool restarts = step.restarts;
  entry.state = restarts ? State::pausing : State::gone;
  if (cause == Cause::crashed) ++entry.falls;
  entry.cause = evicted ? *evicted : why;
  entry.ended = std::chrono::system_clock::now();
  if (evicted || !restarts) entry.kept.reset();  // what a liar has kept is not where another begins
  if (restarts && cause == Cause::evicted) move_away(who.name, entry, step.avoid);
  say(job, restarts && !step.pause ? to_string(who) + " lost: " + why + "; it is started again with its group"
                                   : fall_in_words(who, cause, evicted ? *evicted : why, step.pause));
  tell_all({Life::ended(who, entry.process, evicted ? *evicted : why, restarts)}, {}, {});
  if (evicted && !node.empty()) count_eviction(node, directory_.jobs.at(job).supervisors[supervisor].node_evictions);
  if (!restarts) {
    settle(who.name, why);
    directory_.forget_name(who.name);
    if (!entry.in_client) vacate(job, entry.group);
  }
  act(job, supervisor, step);
}

void Head::vacate(uint64_t id, const std::string& name) {
  for (const auto& [other, entry] : directory_.actors)
    if (entry.job == id && entry.group == name && entry.state != State::gone) return;
  Group& group = directory_.jobs.at(id).groups.at(name);
  static_cast<void>(ledger_.release(std::exchange(group.lease, 0)));
  group.gpus.clear();
  if (const auto process = directory_.processes.find(group.process); process != directory_.processes.end())
    kill_process(group.process, process->second);
}

void Head::withdraw(uint64_t job, const std::vector<std::string>& names) {
  std::vector<Life> over;
  std::vector<std::string> erased;
  for (const auto& name : names) {
    const auto i = directory_.actors.find(name);
    if (i == directory_.actors.end() || i->second.job != job) continue;  // the job has ended since
    erased.push_back(name);
    Entry& entry = i->second;
    if (const auto process = directory_.processes.find(entry.process); process != directory_.processes.end()) {
      process->second.actors.erase(name);
      if (process->second.here && entry.state != State::gone) stop_actor(name, entry, job_ended);
    }
    over.push_back(Life::ended({name, entry.incarnation}, entry.process, job_ended, false));
    entry.state = State::gone;
    const std::string group = entry.in_client ? "" : entry.group;
    if (!group.empty()) vacate(job, group);
    directory_.erase(name);
    if (!group.empty() && std::ranges::none_of(directory_.actors, [&](const auto& other) { return other.second.job == job && other.second.group == group; }))
      directory_.jobs.at(job).groups.erase(group);
  }
  if (erased.empty()) return;
  tell_all(over, {}, {});
  for (const auto& name : erased) system_.erase(name);
  tell_everybody(news(++news_, {}, {}, {}, erased));
}

void Head::evict(const Msg<wire::EvictActor>& evict) {
  const auto i = directory_.actors.find(evict->getName());
  if (i == directory_.actors.end() || i->second.incarnation != evict->getIncarnation())
    return context().reply(failure({Ec::unreachable, "nobody is called " + to_string(Address{evict->getName(), evict->getIncarnation()})}));
  Entry& entry = i->second;
  if (context().origin() != directory_.jobs.at(entry.job).client)
    return context().reply(failure({Ec::stranger, "only the client of its run evicts " + i->first}));
  // Also again: what it was told before may have been lost. Of one that is missing its process will say whether it is there.
  if (entry.state == State::up || entry.state == State::starting || entry.state == State::missing) {
    entry.evicted = evict->getCause();
    if (entry.state != State::missing) end_evicted(i->first, entry);
  }
  context().reply(Envelope::of<wire::Done>());
}

void Head::keep(const Msg<wire::Keep>& keep) {
  const Address who{keep->getName(), keep->getIncarnation()};
  const auto i = directory_.actors.find(who.name);
  if (i == directory_.actors.end() || i->second.incarnation != who.incarnation || i->second.process != context().origin())
    return context().reply(failure({Ec::stale, to_string(who) + " does not live there"}));
  Envelope state = read(keep->getState(), keep.rows());
  if (state.bytes() > Context::most_kept) return context().reply(failure({Ec::wrong_shape, "a state of " + std::to_string(state.bytes()) + " bytes is more than " + std::to_string(Context::most_kept)}));
  i->second.kept = std::move(state);
  context().reply(Envelope::of<wire::Done>());
}

void Head::end_evicted(const std::string& name, const Entry& entry) {
  const auto process = directory_.processes.find(entry.process);
  if (process == directory_.processes.end()) return;
  // Others who live in its process stay there.
  const bool alone = !entry.in_client && process->second.actors.size() == 1;
  alone ? kill_process(entry.process, process->second) : stop_actor(name, entry, *entry.evicted);
}

void Head::move_away(const std::string& name, Entry& entry, const std::vector<std::string>& avoid) {
  if (entry.in_client) return;
  Job& job = directory_.jobs.at(entry.job);
  Group* group = &job.groups.at(entry.group);
  static_cast<void>(ledger_.release(group->lease));
  group->lease = 0;
  if (directory_.processes.contains(group->process)) {  // the others' room, without its own
    group->bundle.needs = {};
    for (const auto& [other, its] : directory_.actors)
      if (other != name && its.job == entry.job && its.group == entry.group) share(group->bundle.needs, its.needs);
    group->gpus.resize(std::min(group->gpus.size(), static_cast<size_t>(std::ceil(group->bundle.needs.gpus))));
    if (auto lease = ledger_.reserve({{entry.group, group->node, group->bundle.needs, group->gpus}})) group->lease = lease->front();
    entry.needs.gpu.reset();  // which stays with those who share it
    entry.group = name + "#" + std::to_string(entry.incarnation + 1);
    group = &job.groups.insert_or_assign(entry.group, Group{.bundle = {.name = entry.group, .needs = entry.needs, .on = entry.on, .near = entry.near}}).first->second;
  }
  group->bundle.avoid = avoid;
}

void Head::count_eviction(const std::string& node, uint32_t allowed) {
  const uint32_t count = directory_.count_eviction(node);
  if (allowed == 0 || count < allowed || ledger_.draining(node)) return;
  const std::string line = "node " + node + ": " + std::to_string(count) + " actors were evicted there";
  const auto rooms = ledger_.view();
  if (std::ranges::count_if(rooms, [](const Room& room) { return !room.draining(); }) <= 1)
    return context().log(line + "; it is not drained, for there is no other");
  ledger_.drain(node);
  directory_.note_drained(node);
  context().log(line + ": it is drained, nobody is placed there any more");
}

void Head::ended(uint64_t id, const std::string& cause) {
  const auto i = directory_.processes.find(id);
  if (i == directory_.processes.end()) return;
  const Process process = std::move(i->second);
  directory_.processes.erase(i);
  detector_.forget(agent_name(id));
  tell_all({}, {}, {id});
  for (const auto& name : process.actors)
    if (const auto actor = directory_.actors.find(name); actor != directory_.actors.end()) fell({name, actor->second.incarnation}, Cause::crashed, cause);
  if (process.role == Role::client) {
    std::vector<uint64_t> jobs;
    for (const auto& [job, what] : directory_.jobs)
      if (what.client == id) jobs.push_back(job);
    for (const uint64_t job : jobs) close_job(job);
  }
  if (process.role == Role::node) {
    ledger_.leave(process.node.name);
    directory_.forget_node(process.node.name);
    context().log("node " + process.node.name + " lost: " + cause);
    std::vector<uint64_t> with_it;
    for (const auto& [other, what] : directory_.processes)
      if (what.role == Role::host && what.node.name == process.node.name) with_it.push_back(other);
    for (const uint64_t other : with_it) ended(other, "node " + process.node.name + " was lost: " + cause);
  }
}

void Head::heard() {
  const auto i = directory_.processes.find(context().origin());
  if (i == directory_.processes.end()) return;
  i->second.shaken = false;
  detector_.heard(context().sender().name, context().clock().now());
  context().tell(context().sender().name, Envelope::of<wire::Beat>());
}

void Head::shaken(uint64_t id) {
  const auto i = directory_.processes.find(id);
  if (i == directory_.processes.end() || !i->second.here || i->second.role == Role::host) return;  // of those their node tells
  if (i->second.shaken) return ended(id, "its connection broke, and it does not listen any more");
  i->second.shaken = true;
  context().tell(agent_name(id), news(news_, {}, {}, {}));  // connects again, or does not
}

void Head::look_around() {
  const Clock::Time now = context().clock().now();
  std::vector<std::pair<uint64_t, std::string>> lost;
  std::map<std::string, std::string> why;
  for (const auto& change : detector_.check(now))
    if (change.to == Detector::State::dead) why[change.peer] = change.why;
  for (const auto& [id, process] : directory_.processes) {
    if (!process.here && now > process.due)
      lost.emplace_back(id, process.found_gone ? "it was gone when the head came back" : "it did not come up in time");
    if (const auto i = why.find(agent_name(id)); i != why.end()) lost.emplace_back(id, i->second);
  }
  for (const auto& [id, cause] : lost) {
    const auto i = directory_.processes.find(id);
    if (i == directory_.processes.end()) continue;
    // It may only have been stopped: it shall not come back.
    if (i->second.role == Role::host) kill_process(id, i->second);
    ended(id, cause);
  }
  context().after(options_.heartbeats.interval / 2, [this] { look_around(); });
}

void Head::kill(const Msg<wire::KillActor>& kill) {
  const auto i = directory_.actors.find(kill->getName());
  if (i == directory_.actors.end()) return context().reply(failure({Ec::unreachable, "nobody is called " + std::string(kill->getName().cStr())}));
  const Entry& entry = i->second;
  if (entry.state == State::gone || entry.state == State::pausing)
    return context().reply(failure({Ec::unreachable, to_string(Address{i->first, entry.incarnation}) + " does not live: " + entry.cause}));
  if (entry.in_client) {
    stop_actor(i->first, entry, kill->getCause());
  } else if (const auto process = directory_.processes.find(entry.process); process != directory_.processes.end()) {
    kill_process(entry.process, process->second);
  }
  context().reply(Envelope::of<wire::Done>());
}

}  // namespace zenops
