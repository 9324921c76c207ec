#include "runtime/head.hpp"

#include <algorithm>

#include "runtime/process_agent.hpp"
#include "runtime/answers.hpp"
#include "runtime/membership.hpp"
#include "runtime/wire/cluster_words.hpp"

namespace zenops {
namespace {

Envelope news(uint64_t number, const std::vector<Life>& lives, const std::vector<Endpoint>& peers, const std::vector<uint64_t>& gone,
              const std::vector<std::string>& erased = {}) {
  return Envelope::of<wire::News>([&](wire::News::Builder out) {
    out.setNumber(number);
    auto some_lives = out.initLives(static_cast<uint32_t>(lives.size()));
    for (uint32_t k = 0; k < lives.size(); ++k) write(lives[k], some_lives[k]);
    auto some_peers = out.initPeers(static_cast<uint32_t>(peers.size()));
    for (uint32_t k = 0; k < peers.size(); ++k) write(peers[k], some_peers[k]);
    auto some_gone = out.initGone(static_cast<uint32_t>(gone.size()));
    for (uint32_t k = 0; k < gone.size(); ++k) some_gone.set(k, gone[k]);
    auto some_erased = out.initErased(static_cast<uint32_t>(erased.size()));
    for (uint32_t k = 0; k < erased.size(); ++k) some_erased.set(k, erased[k]);
  });
}

constexpr const char* group_stops = "its group is stopped";

std::string text_of(capnp::Data::Reader bytes) { return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()}; }
kj::ArrayPtr<const kj::byte> bytes_of(const std::string& text) {
  return {reinterpret_cast<const kj::byte*>(text.data()), text.size()};
}

/// A message as bytes that outlast it, and back.
std::string bytes_of_message(const Envelope& envelope) {
  const auto bytes = to_bytes(envelope);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
Envelope message_of_bytes(const std::string& bytes) {
  auto envelope = from_bytes(std::as_bytes(std::span(bytes)));
  if (!envelope) throw std::runtime_error("the head's state is damaged: " + envelope.error().what);
  return std::move(*envelope);
}

void add(Resources& sum, const Resources& more) {
  sum.cores += more.cores;
  sum.gpus += more.gpus;
  sum.memory += more.memory;
  for (const auto& [name, value] : more.custom) sum.custom[name] += value;
}

}  // namespace

Head::Head(Context& context, Options options, System& system, std::shared_ptr<Store> store)
    : Actor(context),
      options_(std::move(options)),
      system_(system),
      news_(uint64_t{context.self().incarnation} << 40),
      detector_(options_.heartbeats), store_(std::move(store)) {
  if (store_) recall();
  look_around();
}

uint32_t Head::next_incarnation(Store& store) {
  const auto facts = store.load().facts;
  const auto before = facts.find("head");
  const uint32_t incarnation = before == facts.end() ? 1 : static_cast<uint32_t>(std::stoul(before->second)) + 1;
  store.put_fact("head", std::to_string(incarnation));
  return incarnation;
}

Behavior Head::handlers() {
  return Behavior{}
      .on<wire::Hello>(the_operator, [this](const Msg<wire::Hello>& m) { hello(m); })
      .on<wire::OpenJob>(the_operator, [this](const Msg<wire::OpenJob>& m) { open_job(m); })
      .on<wire::CloseJob>(the_operator,
                          [this](const Msg<wire::CloseJob>& m) {
                            close_job(m->getJob());
                            context().reply(Envelope::of<wire::Done>());
                          })
      .on<wire::Spawn>(the_operator, [this](const Msg<wire::Spawn>& m) { spawn(m); })
      .on<wire::KillActor>(the_operator, [this](const Msg<wire::KillActor>& m) { kill(m); })
      .on<wire::EvictActor>(the_operator, [this](const Msg<wire::EvictActor>& m) { evict(m); })
      .on<wire::Inquire>(the_operator, [this](const Msg<wire::Inquire>&) { inquire(); })
      .on<wire::Shutdown>(the_operator, [this](const Msg<wire::Shutdown>&) { shut_down(); })
      .on<wire::Lost>(the_operator, [this](const Msg<wire::Lost>& m) { shaken(m->getProcess()); })
      .on<wire::Beat>(From{"process/"}, [this](const Msg<wire::Beat>&) { heard(); })
      .on<wire::Began>(From{"process/"}, [this](const Msg<wire::Began>& m) { began({m->getName(), m->getIncarnation()}); })
      .on<wire::Fell>(From{"process/"},
                      [this](const Msg<wire::Fell>& m) {
                        fell({m->getName(), m->getIncarnation()}, m->getNormally() ? Cause::ended : Cause::crashed, m->getCause());
                      })
      .on<wire::ProcessStarted>(From{"node/"},
                                [this](const Msg<wire::ProcessStarted>& m) {
                                  const auto i = processes_.find(m->getProcess());
                                  if (i != processes_.end()) i->second.pid = m->getPid();
                                })
      .on<wire::ProcessEnded>(From{"node/"},
                              [this](const Msg<wire::ProcessEnded>& m) { ended(m->getProcess(), m->getCause()); })
      .on<wire::Line>(From{"node/"}, [this](const Msg<wire::Line>& m) {
        const auto i = processes_.find(m->getProcess());
        say(m->getJob(), (i == processes_.end() ? "" : i->second.label + ": ") + m->getText().cStr());
      });
}

void Head::hello(const Msg<wire::Hello>& hello) {
  const Endpoint peer = read(hello->getPeer());
  if (hello->getVersion() != options_.version.c_str())
    return context().reply(failure({Ec::malformed, "the head is " + options_.version + ", and this is " +
                                                     hello->getVersion().cStr() + ": both must be the same build"}));
  auto [i, fresh] = processes_.try_emplace(peer.process);
  Process& process = i->second;
  process.role = static_cast<Role>(hello->getRole());
  if (process.role == Role::node && fresh) {
    NodeSpec node = read(hello->getOffers());
    node.host = peer.host_key;
    if (auto joined = ledger_.join(node); !joined) {
      processes_.erase(i);
      return context().reply(failure(joined.error()));
    }
    process.node = node;
    if (drained_.contains(node.name)) ledger_.drain(node.name);
    for (auto& [job, what] : jobs_)  // what was there before the head fell has its room again
      for (auto& [name, group] : what.groups)
        if (group.lease == 0 && group.node == node.name)
          if (auto lease = ledger_.reserve({{name, node.name, group.bundle.needs}})) group.lease = lease->front();
  }
  if (process.role == Role::host && fresh) {  // it was given up before it had said a word
    processes_.erase(i);
    return context().reply(failure({Ec::stale, "nobody waits for this process any more"}));
  }
  process.peer = peer;
  process.pid = hello->getPid();
  process.here = true;
  process.shaken = false;
  detector_.begin(agent_name(peer.process), context().clock().now());
  if (process.role != Role::host) process.label = process.role == Role::node ? "node " + process.node.name : "client";
  system_.introduce(peer);
  std::vector<Life> born = {Life::begun({agent_name(peer.process), 1}, peer.process)};
  if (process.role == Role::node) born.push_back(Life::begun({"node/" + process.node.name, 1}, peer.process));
  for (const Life& life : born) system_.learn(life);
  context().reply(Envelope::of<wire::Welcome>([&](wire::Welcome::Builder out) { out.setHead(context().self().incarnation); }));

  std::vector<Endpoint> peers;
  std::vector<Life> lives;
  for (const auto& [id, other] : processes_)
    if (other.here) peers.push_back(other.peer);
  for (const Life& life : system_.routes().everybody()) lives.push_back(life);
  context().tell(agent_name(peer.process), news(news_, lives, peers, {}));
  tell_all(born, {peer}, {});
  std::set<std::string> present;
  for (const auto life : hello->getLives()) present.insert(to_string(read(life).who));
  call_the_roll(peer.process, present);
}

void Head::call_the_roll(uint64_t id, const std::set<std::string>& present) {
  const auto names = processes_.at(id).actors;
  std::vector<Life> here;
  for (const auto& name : names) {
    Entry& entry = actors_.at(name);
    const Address who{name, entry.incarnation};
    if (entry.state == State::stopping && present.contains(to_string(who))) {
      stop_actor(name, entry, group_stops);
    } else if (entry.state == State::waiting) {
      start_actor(name);
    } else if (present.contains(to_string(who))) {
      entry.state = State::up;
      here.push_back(Life::begun(who, id));
    } else {
      fell(who, Cause::crashed, "it was lost while the head was gone");
    }
  }
  tell_all(here, {}, {});
}

void Head::open_job(const Msg<wire::OpenJob>& open) {
  const uint64_t id = ++last_job_;
  jobs_[id] = {open->getName(), text_of(open->getBytes()), context().origin()};
  if (store_) store_->put_fact("last_job", std::to_string(id));
  remember(id, jobs_.at(id));
  context().reply(Envelope::of<wire::JobOpened>([&](wire::JobOpened::Builder out) { out.setJob(id); }));
}

void Head::close_job(uint64_t id) {
  const auto job = jobs_.find(id);
  if (job == jobs_.end()) return;
  for (const auto& [name, group] : job->second.groups)
    if (group.lease != 0) static_cast<void>(ledger_.release(group.lease));
  jobs_.erase(job);
  if (store_) store_->put_fact("job/" + std::to_string(id), "");
  std::vector<Life> over;
  std::vector<std::string> erased;
  for (auto i = actors_.begin(); i != actors_.end();) {
    auto& [name, entry] = *i;
    if (entry.job != id) {
      ++i;
      continue;
    }
    if (entry.state == State::up || entry.state == State::starting) {
      over.push_back(Life::ended({name, entry.incarnation}, entry.process, job_ended, false));
      if (entry.in_client) stop_actor(name, entry, job_ended);
    }
    settle(name, job_ended);
    if (store_) store_->erase_name(name);
    erased.push_back(name);
    i = actors_.erase(i);
  }
  std::vector<uint64_t> gone;
  for (auto i = processes_.begin(); i != processes_.end();) {
    if (i->second.role == Role::host && i->second.job == id) {
      gone.push_back(i->first);
      i = processes_.erase(i);
    } else {
      if (i->second.role == Role::node)
        context().tell("node/" + i->second.node.name, Envelope::of<wire::EndJob>([&](wire::EndJob::Builder out) { out.setJob(id); }));
      ++i;
    }
  }
  tell_all(over, {}, gone);
  for (const auto& name : erased) system_.erase(name);
  tell_everybody(news(++news_, {}, {}, {}, erased));
}

Head::Entry Head::entry_of(wire::Spec::Reader spec, uint64_t job) {
  Entry entry{.job = job, .group = spec.getGroup(), .arguments = text_of(spec.getArguments()), .in_client = spec.getHere(),
              .needs = read(spec.getNeeds()), .restart = read(spec.getRestart()), .lifetime = static_cast<Lifetime>(spec.getLifetime()),
              .supervisor = spec.getSupervisor()};
  if (entry.group.empty()) entry.group = spec.getName();
  return entry;
}

void Head::spawn(const Msg<wire::Spawn>& spawn) {
  const uint64_t id = spawn->getJob();
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return context().reply(failure({Ec::stranger, "there is no such job"}));
  Job& job = found->second;
  const auto sets = spawn->getSets();
  const auto supervisors = spawn->getSupervisors();
  std::map<std::string, Entry> entries;
  std::vector<std::string> names;
  std::vector<std::vector<ChildSpec>> children(std::max(1u, supervisors.size()));
  std::vector<std::vector<std::string>> groups(std::max(1u, sets.size()));
  for (const auto spec : spawn->getActors()) {
    const std::string name = spec.getName();
    if (actors_.contains(name) || entries.contains(name))
      return context().reply(failure({Ec::duplicate, "somebody is called " + name + " already" + owner_of(name)}));
    Entry entry = entry_of(spec, id);
    if (entry.supervisor >= children.size()) return context().reply(failure({Ec::malformed, name + " is of a supervisor that is not there"}));
    children[entry.supervisor].push_back({name, entry.lifetime, entry.restart});
    entry.supervisor += job.supervisors.size();
    entry.order = job.actors + static_cast<uint32_t>(names.size());
    if (!entry.in_client) {
      const auto [group, fresh] = job.groups.try_emplace(entry.group, Group{.bundle = {.name = entry.group}});
      if (spec.getSet() >= groups.size()) return context().reply(failure({Ec::malformed, name + " is of a set that is not there"}));
      if (fresh) groups[spec.getSet()].push_back(entry.group);
      if (group->second.lease == 0) add(group->second.bundle.needs, entry.needs);
    }
    names.push_back(name);
    entries.emplace(name, std::move(entry));
  }
  auto settled = settle_down(job, groups, sets);
  if (!settled || spawn->getOnlyTry()) {
    for (const auto& set : groups)
      for (const auto& group : set) {
        static_cast<void>(ledger_.release(job.groups.at(group).lease));  // those that were not reached have none
        job.groups.erase(group);
      }
    return context().reply(settled ? Envelope::of<wire::Done>() : failure(settled.error()));
  }
  actors_.merge(entries);
  spawning_.push_back({{names.begin(), names.end()}, context().replier()});
  const size_t first = job.supervisors.size();
  for (const auto supervisor : supervisors) job.supervisors.push_back(supervised(supervisor));
  if (supervisors.size() == 0) job.supervisors.push_back({{}, 0, Supervision({})});
  job.actors += static_cast<uint32_t>(names.size());
  remember(id, job);
  for (size_t k = 0; k < children.size(); ++k) act(id, first + k, job.supervisors[first + k].supervision.begin(children[k]));
}

Head::Supervised Head::supervised(wire::Supervisor::Reader supervisor) {
  const Supervisor::Options options = read(supervisor);
  return {options, supervisor.getNodeEvictions(), Supervision(options)};
}

void Head::act(uint64_t id, size_t supervisor, const Supervision::Step& step) {
  for (const auto& name : step.start) start(name);
  for (const auto& name : step.stop) stop(name);
  if (!step.pause) return;
  context().after(*step.pause, [this, id, supervisor, ticket = step.ticket] {
    if (const auto job = jobs_.find(id); job != jobs_.end()) act(id, supervisor, job->second.supervisors[supervisor].supervision.paused(ticket));
  });
}

void Head::stop(const std::string& name) {
  Entry& entry = actors_.at(name);
  switch (std::exchange(entry.state, State::stopping)) {
    case State::starting:
    case State::up:
      return stop_actor(name, entry, group_stops);
    case State::missing:
    case State::stopping:
      return;  // its process will say whether it is there
    case State::waiting:
    case State::pausing:
    case State::gone:
      return fell({name, entry.incarnation}, Cause::stopped, group_stops);
  }
}

Expected<void> Head::settle_down(Job& job, const std::vector<std::vector<std::string>>& groups,
                                 capnp::List<wire::Strategy>::Reader strategies) {
  for (uint32_t set = 0; set < groups.size(); ++set) {
    const Strategy strategy = set < strategies.size() ? static_cast<Strategy>(strategies[set]) : Strategy::pack;
    if (auto settled = settle_down(job, groups[set], strategy); !settled) return settled;
  }
  return {};
}

std::string Head::owner_of(const std::string& name) const {
  const auto i = actors_.find(name);
  return i == actors_.end() ? "" : ": the run " + jobs_.at(i->second.job).name + " is under way here";
}

Expected<void> Head::settle_down(Job& job, const std::vector<std::string>& groups, Strategy strategy) {
  PlacementRequest request{.bundles = {}, .strategy = strategy, .places = {}};
  for (const auto& name : groups) request.bundles.push_back(job.groups.at(name).bundle);
  const auto places = place(request, ledger_.view());
  if (!places) return tl::unexpected(places.error());
  const auto leases = ledger_.reserve(*places);
  if (!leases) return tl::unexpected(leases.error());
  for (size_t k = 0; k < groups.size(); ++k) {
    Group& group = job.groups.at(groups[k]);
    group.node = (*places)[k].node;
    group.lease = (*leases)[k];
    static_cast<void>(ledger_.commit(group.lease));
  }
  return {};
}

void Head::start(const std::string& name) {
  const auto i = actors_.find(name);
  if (i == actors_.end()) return;
  Entry& entry = i->second;
  entry.state = State::waiting;
  const auto process = process_for(entry);
  if (!process) {
    say(entry.job, name + " waits for a place: " + process.error().what);
    return context().after(std::chrono::seconds(1), [this, name, job = entry.job, incarnation = entry.incarnation] {
      const auto now = actors_.find(name);
      if (now == actors_.end() || now->second.state != State::waiting) return;
      if (now->second.job == job && now->second.incarnation == incarnation) start(name);
    });
  }
  ++entry.incarnation;
  entry.process = *process;
  Process& its = processes_.at(entry.process);
  its.actors.insert(name);
  if (its.here) start_actor(name);
}

Expected<uint64_t> Head::process_for(const Entry& entry) {
  Job& job = jobs_.at(entry.job);
  if (entry.in_client) return job.client;
  Group& group = job.groups.at(entry.group);
  if (processes_.contains(group.process)) return group.process;
  if (!ledger_.leases().contains(group.lease))
    if (auto settled = settle_down(job, {entry.group}, Strategy::pack); !settled) return tl::unexpected(settled.error());
  group.process = random_process();
  processes_.emplace(group.process, Process{.peer = {},
                                            .role = Role::host,
                                            .node = {.name = group.node, .host = {}},
                                            .job = entry.job,
                                            .label = entry.group,
                                            .due = context().clock().now() + options_.start});
  context().tell("node/" + group.node, Envelope::of<wire::StartProcess>([&](wire::StartProcess::Builder out) {
                   out.setProcess(group.process);
                   out.setJob(entry.job);
                   out.setBytes(bytes_of(job.bytes));
                   out.setLabel(entry.group);
                   out.setAccountant(job.client);
                 }));
  return group.process;
}

void Head::start_actor(const std::string& name) {
  Entry& entry = actors_.at(name);
  if (entry.state != State::waiting) return;
  entry.state = State::starting;
  context().tell(agent_name(entry.process), Envelope::of<wire::StartActor>([&](wire::StartActor::Builder out) {
                   out.setName(name);
                   out.setIncarnation(entry.incarnation);
                   out.setArguments(bytes_of(entry.arguments));
                 }));
}

void Head::stop_actor(const std::string& name, const Entry& entry, const std::string& why) {
  context().tell(agent_name(entry.process), Envelope::of<wire::StopActor>([&](wire::StopActor::Builder out) {
                   out.setName(name);
                   out.setIncarnation(entry.incarnation);
                   out.setCause(why);
                 }));
}

void Head::kill_process(uint64_t id, const Process& process) {
  context().tell("node/" + process.node.name,
                 Envelope::of<wire::KillProcess>([id](wire::KillProcess::Builder out) { out.setProcess(id); }));
}

void Head::began(const Address& who) {
  const auto i = actors_.find(who.name);
  if (i == actors_.end() || i->second.incarnation != who.incarnation || i->second.state != State::starting) return;
  i->second.state = State::up;
  remember(who.name);
  tell_all({Life::begun(who, i->second.process)}, {}, {});
  settle(who.name, {});
  act(i->second.job, i->second.supervisor, supervision(i->second).began(who.name));
}

void Head::fell(const Address& who, Cause cause, const std::string& why) {
  const auto i = actors_.find(who.name);
  if (i == actors_.end() || i->second.incarnation != who.incarnation) return;
  Entry& entry = i->second;
  if (entry.state == State::pausing || entry.state == State::gone) return;
  const uint64_t job = entry.job;
  const size_t supervisor = entry.supervisor;
  std::string node;
  if (const auto process = processes_.find(entry.process); process != processes_.end()) process->second.actors.erase(who.name);
  if (!entry.in_client) node = jobs_.at(job).groups.at(entry.group).node;
  const auto evicted = std::exchange(entry.evicted, std::nullopt);
  if (entry.state == State::stopping) cause = Cause::stopped;
  if (evicted) cause = Cause::evicted;
  const Supervision::Step step = supervision(entry).fell(who.name, cause, context().clock().now(), node);
  const bool restarts = supervision(entry).restarts(who.name);
  entry.state = restarts ? State::pausing : State::gone;
  if (cause == Cause::crashed) ++entry.falls;
  if (restarts && cause == Cause::evicted) move_away(who.name, entry, step.avoid);
  say(job, restarts && !step.pause ? to_string(who) + " lost: " + why + "; it is started again with its group"
                                   : fall_in_words(who, cause, evicted ? *evicted : why, step.pause));
  tell_all({Life::ended(who, entry.process, evicted ? *evicted : why, restarts)}, {}, {});
  if (evicted && !node.empty()) count_eviction(node, jobs_.at(job).supervisors[supervisor].node_evictions);
  if (!restarts) settle(who.name, why);
  act(job, supervisor, step);
}

void Head::evict(const Msg<wire::EvictActor>& evict) {
  const auto i = actors_.find(evict->getName());
  if (i == actors_.end() || i->second.incarnation != evict->getIncarnation())
    return context().reply(failure({Ec::unreachable, "nobody is called " + to_string(Address{evict->getName(), evict->getIncarnation()})}));
  Entry& entry = i->second;
  if (context().origin() != jobs_.at(entry.job).client)
    return context().reply(failure({Ec::stranger, "only the client of its run evicts " + i->first}));
  const auto process = processes_.find(entry.process);
  if (process != processes_.end() && !entry.evicted && (entry.state == State::up || entry.state == State::starting)) {
    entry.evicted = evict->getCause();
    // Others who live in its process stay there.
    const bool alone = !entry.in_client && process->second.actors.size() == 1;
    alone ? kill_process(entry.process, process->second) : stop_actor(i->first, entry, *entry.evicted);
  }
  context().reply(Envelope::of<wire::Done>());
}

void Head::move_away(const std::string& name, Entry& entry, const std::vector<std::string>& avoid) {
  if (entry.in_client) return;
  Job& job = jobs_.at(entry.job);
  Group* group = &job.groups.at(entry.group);
  static_cast<void>(ledger_.release(group->lease));
  group->lease = 0;
  if (processes_.contains(group->process)) {  // the others' room, without its own
    group->bundle.needs = {};
    for (const auto& [other, its] : actors_)
      if (other != name && its.job == entry.job && its.group == entry.group) add(group->bundle.needs, its.needs);
    if (auto lease = ledger_.reserve({{entry.group, group->node, group->bundle.needs}})) group->lease = lease->front();
    entry.group = name + "#" + std::to_string(entry.incarnation + 1);
    group = &job.groups.insert_or_assign(entry.group, Group{.bundle = {.name = entry.group, .needs = entry.needs}}).first->second;
  }
  group->bundle.avoid = avoid;
}

void Head::count_eviction(const std::string& node, uint32_t allowed) {
  const uint32_t count = ++evictions_[node];
  remember_evictions(node);
  if (allowed == 0 || count < allowed || ledger_.draining(node)) return;
  const std::string line = "node " + node + ": " + std::to_string(count) + " actors were evicted there";
  const auto rooms = ledger_.view();
  if (std::ranges::count_if(rooms, [](const Room& room) { return !room.draining(); }) <= 1)
    return context().log(line + "; it is not drained, for there is no other");
  ledger_.drain(node);
  remember_evictions(node);
  context().log(line + ": it is drained, nobody is placed there any more");
}

void Head::ended(uint64_t id, const std::string& cause) {
  const auto i = processes_.find(id);
  if (i == processes_.end()) return;
  const Process process = std::move(i->second);
  processes_.erase(i);
  detector_.forget(agent_name(id));
  tell_all({}, {}, {id});
  for (const auto& name : process.actors)
    if (const auto actor = actors_.find(name); actor != actors_.end()) fell({name, actor->second.incarnation}, Cause::crashed, cause);
  if (process.role == Role::client) {
    std::vector<uint64_t> jobs;
    for (const auto& [job, what] : jobs_)
      if (what.client == id) jobs.push_back(job);
    for (const uint64_t job : jobs) close_job(job);
  }
  if (process.role == Role::node) {
    ledger_.leave(process.node.name);
    evictions_.erase(process.node.name);
    remember_evictions(process.node.name);
    context().log("node " + process.node.name + " lost: " + cause);
    std::vector<uint64_t> with_it;
    for (const auto& [other, what] : processes_)
      if (what.role == Role::host && what.node.name == process.node.name) with_it.push_back(other);
    for (const uint64_t other : with_it) ended(other, "node " + process.node.name + " was lost: " + cause);
  }
}

void Head::heard() {
  const auto i = processes_.find(context().origin());
  if (i == processes_.end()) return;
  i->second.shaken = false;
  detector_.heard(context().sender().name, context().clock().now());
}

void Head::shaken(uint64_t id) {
  const auto i = processes_.find(id);
  if (i == processes_.end() || !i->second.here || i->second.role == Role::host) return;  // of those their node tells
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
  for (const auto& [id, process] : processes_) {
    if (!process.here && now > process.due)
      lost.emplace_back(id, process.found_gone ? "it was gone when the head came back" : "it did not come up in time");
    if (const auto i = why.find(agent_name(id)); i != why.end()) lost.emplace_back(id, i->second);
  }
  for (const auto& [id, cause] : lost) {
    const auto i = processes_.find(id);
    if (i == processes_.end()) continue;
    // It may only have been stopped: it shall not come back.
    if (i->second.role == Role::host) kill_process(id, i->second);
    ended(id, cause);
  }
  context().after(options_.heartbeats.interval / 2, [this] { look_around(); });
}

void Head::remember(const std::string& name) {
  if (!store_) return;
  const Entry& entry = actors_.at(name);
  const auto process = processes_.find(entry.process);
  const std::string node = process == processes_.end() ? "" : process->second.node.name;
  store_->put_name({.name = name,
                    .spec = bytes_of_message(Envelope::of<wire::ActorRecord>([&](wire::ActorRecord::Builder out) {
                      out.setJob(entry.job);
                      out.setIncarnation(entry.incarnation);
                      out.setProcess(entry.process);
                      out.setNode(node);
                      out.setOrder(entry.order);
                      auto spec = out.initSpec();
                      spec.setName(name);
                      spec.setArguments(bytes_of(entry.arguments));
                      spec.setGroup(entry.group);
                      spec.setHere(entry.in_client);
                      spec.setSupervisor(static_cast<uint16_t>(entry.supervisor));
                      spec.setLifetime(static_cast<wire::Lifetime>(entry.lifetime));
                      write(entry.restart, spec.initRestart());
                      write(entry.needs, spec.initNeeds());
                    })),
                    .incarnation = entry.incarnation,
                    .place = node,
                    .state = entry.state == State::up ? "up" : "down"});
}

void Head::remember(uint64_t id, const Job& job) {
  if (!store_) return;
  store_->put_fact("job/" + std::to_string(id), bytes_of_message(Envelope::of<wire::JobRecord>([&](wire::JobRecord::Builder out) {
                     out.setName(job.name);
                     out.setBytes(bytes_of(job.bytes));
                     out.setClient(job.client);
                     auto supervisors = out.initSupervisors(static_cast<uint32_t>(job.supervisors.size()));
                     for (uint32_t k = 0; k < supervisors.size(); ++k) {
                       write(job.supervisors[k].options, supervisors[k]);
                       supervisors[k].setNodeEvictions(job.supervisors[k].node_evictions);
                     }
                   })));
}

void Head::remember_evictions(const std::string& node) {
  const auto evictions = evictions_.find(node);
  ledger_.draining(node) ? static_cast<void>(drained_.insert(node)) : static_cast<void>(drained_.erase(node));
  if (!store_) return;
  store_->put_fact("evictions/" + node, evictions == evictions_.end() ? "" : std::to_string(evictions->second));
  store_->put_fact("drained/" + node, drained_.contains(node) ? "yes" : "");
}

void Head::recall() {
  const Store::Contents before = store_->load();
  const Clock::Time due = context().clock().now() + options_.back;
  for (const auto& [fact, value] : before.facts) {
    if (fact == "last_job") last_job_ = std::stoull(value);
    if (fact.starts_with("evictions/") && !value.empty()) evictions_[fact.substr(10)] = static_cast<uint32_t>(std::stoul(value));
    if (fact.starts_with("drained/") && !value.empty()) drained_.insert(fact.substr(8));
    if (!fact.starts_with("job/") || value.empty()) continue;
    const Envelope record = message_of_bytes(value);
    const Msg<wire::JobRecord> job(record);
    Job& known = jobs_[std::stoull(fact.substr(4))] = {job->getName(), text_of(job->getBytes()), job->getClient()};
    for (const auto supervisor : job->getSupervisors()) known.supervisors.push_back(supervised(supervisor));
    processes_.emplace(job->getClient(), Process{.peer = {}, .role = Role::client, .label = "client", .found_gone = true, .due = due});
  }
  for (const Store::Name& name : before.names) {
    const Envelope bytes = message_of_bytes(name.spec);
    const Msg<wire::ActorRecord> record(bytes);
    const auto job = jobs_.find(record->getJob());
    if (job == jobs_.end()) {
      store_->erase_name(name.name);
      continue;
    }
    Entry entry = entry_of(record->getSpec(), job->first);
    entry.incarnation = record->getIncarnation();
    entry.order = record->getOrder();
    job->second.actors = std::max(job->second.actors, entry.order + 1);
    entry.state = State::missing;
    entry.process = record->getProcess();
    if (!entry.in_client) {
      Group& group = job->second.groups.try_emplace(entry.group, Group{.bundle = {.name = entry.group}}).first->second;
      add(group.bundle.needs, entry.needs);
      group.node = record->getNode();
      group.process = entry.process;
      processes_.emplace(entry.process, Process{.peer = {},
                                                .role = Role::host,
                                                .node = {.name = group.node, .host = {}},
                                                .job = job->first,
                                                .label = entry.group,
                                                .found_gone = true,
                                                .due = due});
    }
    processes_.at(entry.process).actors.insert(name.name);
    actors_.emplace(name.name, std::move(entry));
  }
  std::vector<const decltype(actors_)::value_type*> in_order;
  for (const auto& actor : actors_) in_order.push_back(&actor);
  std::ranges::sort(in_order, {}, [](const auto* actor) { return actor->second.order; });
  for (const auto* actor : in_order)
    supervision(actor->second).adopt({{actor->first, actor->second.lifetime, actor->second.restart}});
  if (!jobs_.empty())
    context().log("the head is back with " + std::to_string(jobs_.size()) + " jobs and " + std::to_string(actors_.size()) +
                  " actors to look for");
}

void Head::kill(const Msg<wire::KillActor>& kill) {
  const auto i = actors_.find(kill->getName());
  if (i == actors_.end()) return context().reply(failure({Ec::unreachable, "nobody is called " + std::string(kill->getName().cStr())}));
  const Entry& entry = i->second;
  if (entry.in_client) {
    stop_actor(i->first, entry, kill->getCause());
  } else if (const auto process = processes_.find(entry.process); process != processes_.end()) {
    kill_process(entry.process, process->second);
  }
  context().reply(Envelope::of<wire::Done>());
}

void Head::inquire() {
  static constexpr const char* states[] = {"waiting", "starting", "up", "missing", "stopping", "pausing", "given up"};
  context().reply(Envelope::of<wire::Report>([this](wire::Report::Builder out) {
    std::vector<const Process*> nodes;
    for (const auto& [id, process] : processes_)
      if (process.role == Role::node) nodes.push_back(&process);
    std::ranges::sort(nodes, {}, [](const Process* node) { return node->node.name; });
    auto some_nodes = out.initNodes(static_cast<uint32_t>(nodes.size()));
    for (uint32_t k = 0; k < nodes.size(); ++k) {
      auto node = some_nodes[k];
      Resources used;
      for (const auto& [lease, what] : ledger_.leases()) {
        if (what.what.node == nodes[k]->node.name) add(used, what.what.needs);
      }
      const auto evictions = evictions_.find(nodes[k]->node.name);
      node.setEvictions(evictions == evictions_.end() ? 0 : evictions->second);
      node.setDraining(ledger_.draining(nodes[k]->node.name));
      write(used, node.initUsed());
      write(nodes[k]->node, node.initOffers());
      node.setPid(nodes[k]->pid);
      node.setAddress(nodes[k]->peer.host + ":" + std::to_string(nodes[k]->peer.port));
      node.setProcesses(static_cast<uint32_t>(std::ranges::count_if(processes_, [&](const auto& entry) {
        return entry.second.role == Role::host && entry.second.node.name == nodes[k]->node.name;
      })));
    }
    auto some_actors = out.initActors(static_cast<uint32_t>(actors_.size()));
    uint32_t k = 0;
    for (const auto& [name, entry] : actors_) {
      auto actor = some_actors[k++];
      actor.setName(name);
      actor.setIncarnation(entry.incarnation);
      actor.setState(states[static_cast<size_t>(entry.state)]);
      actor.setNode(entry.in_client ? "" : jobs_.at(entry.job).groups.at(entry.group).node);
      if (const auto process = processes_.find(entry.process); process != processes_.end()) actor.setPid(process->second.pid);
      actor.setJob(jobs_.at(entry.job).name);
      actor.setFalls(entry.falls);
    }
  }));
}

void Head::shut_down() {
  context().reply(Envelope::of<wire::Done>());
  for (const auto& [id, process] : processes_)
    if (process.here) context().tell(agent_name(id), Envelope::of<wire::Quit>());
  while (!jobs_.empty()) close_job(jobs_.begin()->first);
  context().after(std::chrono::milliseconds(200), options_.shut_down);
}

void Head::tell_all(const std::vector<Life>& lives, const std::vector<Endpoint>& peers, const std::vector<uint64_t>& gone) {
  if (lives.empty() && peers.empty() && gone.empty()) return;
  for (const Life& life : lives) system_.learn(life);
  tell_everybody(news(++news_, lives, peers, gone));
  for (const uint64_t process : gone) {
    system_.learn(Life::ended({agent_name(process), 1}, process, "its process has ended", false));
    system_.forget(process);
  }
}

void Head::tell_everybody(const Envelope& envelope) {
  system_.reached(news_);
  for (const auto& [id, process] : processes_)
    if (process.here) context().tell(agent_name(id), envelope);
}

void Head::say(uint64_t job, const std::string& line) {
  context().log(line);
  const auto i = jobs_.find(job);
  if (i == jobs_.end() || i->second.client == system_.links()->self().process) return;
  context().tell(agent_name(i->second.client), Envelope::of<wire::Line>([&](wire::Line::Builder out) { out.setText(line); }));
}

void Head::settle(const std::string& name, std::optional<std::string> why) {
  for (auto i = spawning_.begin(); i != spawning_.end();) {
    if (!i->left.contains(name)) {
      ++i;
      continue;
    }
    i->left.erase(name);
    if (why) {
      i->reply(failure({Ec::failed, name + " could not be started: " + *why}));
    } else if (i->left.empty()) {
      i->reply(Envelope::of<wire::Done>());
    }
    i = why || i->left.empty() ? spawning_.erase(i) : std::next(i);
  }
}

}  // namespace zenops
