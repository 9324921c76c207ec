#include "runtime/head.hpp"

#include <algorithm>

#include "runtime/process_agent.hpp"
#include "runtime/answers.hpp"
#include "runtime/gather.hpp"
#include "runtime/membership.hpp"
#include "runtime/runtime_version.hpp"
#include "runtime/wire/cluster_words.hpp"

namespace zenops {
namespace {

constexpr const char* group_stops = "its group is stopped";

/// Empty: they do not differ.
std::string difference(const std::string& ours, const std::string& its) {
  return ours == its ? "" : "the head is " + ours + ", and this is " + its + ": both must be the same build";
}

}  // namespace

Head::Head(Context& context, Options options, System& system, std::shared_ptr<Store> store)
    : Actor(context),
      options_(std::move(options)),
      system_(system),
      news_(uint64_t{context.self().incarnation} << 40),
      directory_(std::move(store)),
      detector_(options_.heartbeats) {
  directory_.recall(context.clock().now() + options_.back);
  if (!directory_.jobs.empty())
    context.log("the head is back with " + std::to_string(directory_.jobs.size()) + " jobs and " +
                std::to_string(directory_.actors.size()) + " actors to look for");
  look_around();
}

Behavior Head::handlers() {
  return Behavior{}
      .answer_later<wire::Hello, wire::Welcome>(the_operator, [this](const Msg<wire::Hello>& m) { hello(m); })
      .answer_later<wire::OpenJob, wire::JobOpened>(the_operator, [this](const Msg<wire::OpenJob>& m) { open_job(m); })
      .answer_later<wire::CloseJob, wire::Done>(the_operator,
                          [this](const Msg<wire::CloseJob>& m) {
                            close_job(m->getJob());
                            context().reply(Envelope::of<wire::Done>());
                          })
      .answer_later<wire::Spawn, wire::Done>(the_operator, [this](const Msg<wire::Spawn>& m) { spawn(m); })
      .answer_later<wire::KillActor, wire::Done>(the_operator, [this](const Msg<wire::KillActor>& m) { kill(m); })
      .answer_later<wire::EvictActor, wire::Done>(the_operator, [this](const Msg<wire::EvictActor>& m) { evict(m); })
      .answer_later<wire::Keep, wire::Done>(the_operator, [this](const Msg<wire::Keep>& m) { keep(m); })
      .answer_later<wire::Inquire, wire::Report>(the_operator, [this](const Msg<wire::Inquire>&) {
                           context().reply(Envelope::of<wire::Report>([this](wire::Report::Builder out) { directory_.report(ledger_, out); }));
                         })
      .answer_later<wire::Sever, wire::Done>(the_operator,
                       [this](const Msg<wire::Sever>& m) {
                         cuts_.push_back(read(*m));
                         tell_of_cuts();
                       })
      .answer_later<wire::Heal, wire::Done>(the_operator,
                      [this](const Msg<wire::Heal>&) {
                        cuts_.clear();
                        tell_of_cuts();
                      })
      .answer_later<wire::Shutdown, wire::Done>(the_operator, [this](const Msg<wire::Shutdown>&) { shut_down(); })
      .on<wire::Lost>(the_operator, [this](const Msg<wire::Lost>& m) { shaken(m->getProcess()); })
      .on<wire::Beat>(From{"process/"}, [this](const Msg<wire::Beat>&) { heard(); })
      .on<wire::Began>(From{"process/"}, [this](const Msg<wire::Began>& m) { began({m->getName(), m->getIncarnation()}); })
      .on<wire::Fell>(From{"process/"},
                      [this](const Msg<wire::Fell>& m) {
                        fell({m->getName(), m->getIncarnation()}, m->getNormally() ? Cause::ended : Cause::crashed, m->getCause());
                      })
      .on<wire::ProcessStarted>(From{"node/"},
                                [this](const Msg<wire::ProcessStarted>& m) {
                                  const auto i = directory_.processes.find(m->getProcess());
                                  if (i != directory_.processes.end()) i->second.pid = m->getPid();
                                })
      .on<wire::ProcessEnded>(From{"node/"},
                              [this](const Msg<wire::ProcessEnded>& m) { ended(m->getProcess(), m->getCause()); })
      .on<wire::Line>(From{"node/"}, [this](const Msg<wire::Line>& m) {
        const auto i = directory_.processes.find(m->getProcess());
        say(m->getJob(), (i == directory_.processes.end() ? "" : i->second.label + ": ") + m->getText().cStr());
      });
}

void Head::hello(const Msg<wire::Hello>& hello) {
  const Endpoint peer = read(hello->getPeer());
  if (const auto why = objection(hello); !why.empty()) return context().reply(failure({Ec::malformed, why}));
  auto [i, fresh] = directory_.processes.try_emplace(peer.process);
  Process& process = i->second;
  process.role = static_cast<Role>(hello->getRole());
  if (process.role == Role::node && fresh) {
    NodeSpec node = read(hello->getOffers());
    node.host = peer.host_key;
    if (auto joined = ledger_.join(node); !joined) {
      directory_.processes.erase(i);
      return context().reply(failure(joined.error()));
    }
    process.node = node;
    if (directory_.drained(node.name)) ledger_.drain(node.name);
    for (auto& [job, what] : directory_.jobs)  // what was there before the head fell has its room again
      for (auto& [name, group] : what.groups)
        if (group.lease == 0 && group.node == node.name)
          if (auto lease = ledger_.reserve({{name, node.name, group.bundle.needs, group.gpus}})) group.lease = lease->front();
  }
  if (process.role == Role::host && fresh) {  // it was given up before it had said a word
    directory_.processes.erase(i);
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
  for (const auto& [id, other] : directory_.processes)
    if (other.here) peers.push_back(other.peer);
  // Not those whose job has ended: their names may be given again, and whoever comes now has nothing to forget.
  for (const Life& life : system_.routes().everybody())
    if (life.alive || of_the_runtime(life.who.name) || directory_.actors.contains(life.who.name)) lives.push_back(life);
  context().tell(agent_name(peer.process), news(news_, lives, peers, {}));
  context().tell(agent_name(peer.process), these_are_the_cuts());  // also none: it may know some that have healed
  tell_all(born, {peer}, {});
  std::map<std::string, uint32_t> present;
  for (const auto life : hello->getLives()) present[life.getName()] = life.getIncarnation();
  call_the_roll(peer.process, present);
}

std::string Head::objection(const Msg<wire::Hello>& hello) const {
  // Whoever only asks may be of another program. What runs here is not.
  if (auto why = difference(runtime_version(), hello->getRuntime()); !why.empty()) return why;
  return hello->getRole() == wire::Role::CLIENT ? "" : difference(options_.version, hello->getVersion());
}

void Head::call_the_roll(uint64_t id, const std::map<std::string, uint32_t>& present) {
  const auto names = directory_.processes.at(id).actors;
  std::vector<Life> here;
  for (const auto& name : names) {
    Entry& entry = directory_.actors.at(name);
    const auto there = present.find(name);
    // The head before this one may have fallen before it had written down that life.
    if (there != present.end() && entry.state == State::missing) entry.incarnation = std::max(entry.incarnation, there->second);
    const Address who{name, entry.incarnation};
    const bool lives = there != present.end() && there->second == entry.incarnation;
    if (entry.state == State::waiting || (entry.state == State::starting && !lives)) {
      entry.state = State::waiting;
      start_actor(name);
    } else if (entry.state == State::starting) {
      began(who);
    } else if (!lives) {
      fell(who, Cause::crashed, "it was lost while the head was gone");
    } else if (entry.state == State::stopping) {
      stop_actor(name, entry, group_stops);
    } else if (entry.evicted) {
      end_evicted(name, entry);
    } else {
      entry.state = State::up;
      here.push_back(Life::begun(who, id));
    }
  }
  for (const auto& [name, incarnation] : present)
    if (!names.contains(name) && !of_the_runtime(name)) stop_actor(id, {name, incarnation}, "nobody waits for it any more");
  tell_all(here, {}, {});
}

void Head::open_job(const Msg<wire::OpenJob>& open) {
  const std::string its = open->getVersion();
  if (const auto why = its.empty() ? "" : difference(options_.version, its); !why.empty()) return context().reply(failure({Ec::malformed, why}));
  const uint64_t id = directory_.open({open->getName(), text_of(open->getBytes()), context().origin()});
  context().reply(Envelope::of<wire::JobOpened>([&](wire::JobOpened::Builder out) { out.setJob(id); }));
}

void Head::close_job(uint64_t id) {
  const auto job = directory_.jobs.find(id);
  if (job == directory_.jobs.end()) return;
  for (const auto& [name, group] : job->second.groups)
    if (group.lease != 0) static_cast<void>(ledger_.release(group.lease));
  directory_.close(id);
  std::vector<Life> over;
  std::vector<std::string> erased;
  for (const auto& [name, entry] : directory_.actors) {
    if (entry.job != id) continue;
    erased.push_back(name);
    if (entry.state != State::up && entry.state != State::starting) continue;
    over.push_back(Life::ended({name, entry.incarnation}, entry.process, job_ended, false));
    if (entry.in_client) stop_actor(name, entry, job_ended);
  }
  for (const auto& name : erased) {
    settle(name, job_ended);
    directory_.erase(name);
  }
  std::vector<uint64_t> gone;
  for (auto i = directory_.processes.begin(); i != directory_.processes.end();) {
    if (i->second.role == Role::host && i->second.job == id) {
      gone.push_back(i->first);
      i = directory_.processes.erase(i);
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

void Head::spawn(const Msg<wire::Spawn>& spawn) {
  const uint64_t id = spawn->getJob();
  const auto found = directory_.jobs.find(id);
  if (found == directory_.jobs.end()) return context().reply(failure({Ec::stranger, "there is no such job"}));
  Job& job = found->second;
  const auto sets = spawn->getSets();
  const auto supervisors = spawn->getSupervisors();
  std::map<std::string, Entry> entries;
  std::vector<std::string> names;
  std::vector<std::vector<ChildSpec>> children(std::max(1u, supervisors.size()));
  std::vector<std::vector<std::string>> groups(std::max(1u, sets.size()));
  for (const auto spec : spawn->getActors()) {
    const std::string name = spec.getName();
    if (of_the_runtime(name) || name.find_first_of("*#") != std::string::npos || name.ends_with('/'))
      return context().reply(failure({Ec::malformed, "\"" + name + "\" is the runtime's own, or stands for several: expected a name like counter/0"}));
    if (directory_.actors.contains(name) || entries.contains(name))
      return context().reply(failure({Ec::duplicate, "somebody is called " + name + " already" + directory_.owner_of(name)}));
    Entry entry = Directory::entry_of(spec, id);
    if (entry.supervisor >= children.size()) return context().reply(failure({Ec::malformed, name + " is of a supervisor that is not there"}));
    if (spec.getSet() >= groups.size()) return context().reply(failure({Ec::malformed, name + " is of a set that is not there"}));
    children[entry.supervisor].push_back({name, entry.lifetime, entry.restart});
    entry.supervisor += job.supervisors.size();
    entry.order = job.actors + static_cast<uint32_t>(names.size());
    names.push_back(name);
    entries.emplace(name, std::move(entry));
  }
  if (names.empty()) return context().reply(Envelope::of<wire::Done>());
  for (const auto spec : spawn->getActors()) {
    const Entry& entry = entries.at(spec.getName());
    if (entry.in_client) continue;
    const auto [group, fresh] = job.groups.try_emplace(entry.group, Group{.bundle = {.name = entry.group}});
    if (fresh) {
      groups[spec.getSet()].push_back(entry.group);
      group->second.bundle.on = entry.on;
      group->second.bundle.near = entry.near;
    }
    if (group->second.lease == 0) share(group->second.bundle.needs, entry.needs);
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
  directory_.actors.merge(entries);
  spawning_.push_back({id, {names.begin(), names.end()}, names, context().replier()});
  const size_t first = job.supervisors.size();
  for (const auto supervisor : supervisors) job.supervisors.push_back(Directory::supervised(supervisor));
  if (supervisors.size() == 0) job.supervisors.push_back({{}, 0, Supervision({})});
  job.actors += static_cast<uint32_t>(names.size());
  directory_.remember(id);
  for (size_t k = 0; k < children.size(); ++k) act(id, first + k, job.supervisors[first + k].supervision.begin(children[k]));
}

void Head::act(uint64_t id, size_t supervisor, const Supervision::Step& step) {
  for (const auto& name : step.start) start(name);
  for (const auto& name : step.stop) stop(name);
  if (!step.pause) return;
  context().after(*step.pause, [this, id, supervisor, ticket = step.ticket] {
    if (const auto job = directory_.jobs.find(id); job != directory_.jobs.end()) act(id, supervisor, job->second.supervisors[supervisor].supervision.paused(ticket));
  });
}

void Head::stop(const std::string& name) {
  const auto i = directory_.actors.find(name);
  if (i == directory_.actors.end()) return;  // it was withdrawn
  Entry& entry = i->second;
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

Expected<void> Head::settle_down(Job& job, const std::vector<std::string>& groups, Strategy strategy) {
  PlacementRequest request{.bundles = {}, .strategy = strategy, .places = {}};
  for (const auto& name : groups) request.bundles.push_back(job.groups.at(name).bundle);
  request.places = directory_.places(request.bundles);
  std::vector<Bundle> others;
  for (const auto& [name, group] : job.groups) others.push_back(group.bundle);
  auto nodes = ledger_.view();
  spare_gpus(others, nodes);
  const auto places = place(request, std::move(nodes));
  if (!places) return tl::unexpected(places.error());
  const auto leases = ledger_.reserve(*places);
  if (!leases) return tl::unexpected(leases.error());
  for (size_t k = 0; k < groups.size(); ++k) {
    Group& group = job.groups.at(groups[k]);
    group.node = (*places)[k].node;
    group.gpus = (*places)[k].gpus;
    group.lease = (*leases)[k];
    static_cast<void>(ledger_.commit(group.lease));
  }
  return {};
}

void Head::start(const std::string& name) {
  const auto i = directory_.actors.find(name);
  if (i == directory_.actors.end()) return;
  Entry& entry = i->second;
  entry.state = State::waiting;
  const auto process = process_for(entry);
  if (!process) {
    say(entry.job, name + " waits for a place: " + process.error().what);
    return context().after(std::chrono::seconds(1), [this, name, job = entry.job, incarnation = entry.incarnation] {
      const auto now = directory_.actors.find(name);
      if (now == directory_.actors.end() || now->second.state != State::waiting) return;
      if (now->second.job == job && now->second.incarnation == incarnation) start(name);
    });
  }
  ++entry.incarnation;
  entry.process = *process;
  Process& its = directory_.processes.at(entry.process);
  its.actors.insert(name);
  if (its.here) start_actor(name);
}

Expected<uint64_t> Head::process_for(const Entry& entry) {
  Job& job = directory_.jobs.at(entry.job);
  if (entry.in_client) return job.client;
  Group& group = job.groups.at(entry.group);
  if (directory_.processes.contains(group.process)) return group.process;
  if (!ledger_.leases().contains(group.lease))
    if (auto settled = settle_down(job, {entry.group}, Strategy::pack); !settled) return tl::unexpected(settled.error());
  group.process = random_process();
  directory_.processes.emplace(group.process, Process{.peer = {},
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
                   write(group.gpus, out.initGpus(static_cast<uint32_t>(group.gpus.size())));
                 }));
  return group.process;
}

void Head::start_actor(const std::string& name) {
  Entry& entry = directory_.actors.at(name);
  if (entry.state != State::waiting) return;
  entry.state = State::starting;
  context().tell(agent_name(entry.process), Envelope::of<wire::StartActor>(
                                                [&](wire::StartActor::Builder out) {
                                                  out.setName(name);
                                                  out.setIncarnation(entry.incarnation);
                                                  out.setArguments(bytes_of(entry.arguments));
                                                  if (entry.kept) write(*entry.kept, out.initKept());
                                                },
                                                entry.kept ? entry.kept->rows : std::vector<Row>{}));
}

void Head::stop_actor(const std::string& name, const Entry& entry, const std::string& why) {
  stop_actor(entry.process, {name, entry.incarnation}, why);
}

void Head::stop_actor(uint64_t process, const Address& who, const std::string& why) {
  context().tell(agent_name(process), Envelope::of<wire::StopActor>([&](wire::StopActor::Builder out) {
                   out.setName(who.name);
                   out.setIncarnation(who.incarnation);
                   out.setCause(why);
                 }));
}

void Head::kill_process(uint64_t id, const Process& process) {
  context().tell("node/" + process.node.name,
                 Envelope::of<wire::KillProcess>([id](wire::KillProcess::Builder out) { out.setProcess(id); }));
}

void Head::began(const Address& who) {
  const auto i = directory_.actors.find(who.name);
  if (i == directory_.actors.end() || i->second.incarnation != who.incarnation || i->second.state != State::starting) return;
  i->second.state = State::up;
  directory_.remember(who.name);
  tell_all({Life::begun(who, i->second.process)}, {}, {});
  settle(who.name, {});
  act(i->second.job, i->second.supervisor, directory_.supervision(i->second).began(who.name));
}

Envelope Head::these_are_the_cuts() const {
  return Envelope::of<wire::Cuts>([this](wire::Cuts::Builder out) {
    auto cuts = out.initCuts(static_cast<uint32_t>(cuts_.size()));
    for (uint32_t k = 0; k < cuts_.size(); ++k) write(cuts_[k], cuts[k]);
  });
}

void Head::tell_of_cuts() {
  std::vector<Ref> agents;
  for (const auto& [id, process] : directory_.processes)
    if (process.here) agents.emplace_back(context(), agent_name(id));
  // Whoever does not answer is lost, or learns of them when it says Hello again.
  all<wire::Done>(agents, these_are_the_cuts(), std::chrono::seconds(2),
                  [reply = context().replier()](const Gathered<wire::Done>&) { reply(Envelope::of<wire::Done>()); });
}

void Head::shut_down() {
  context().reply(Envelope::of<wire::Done>());
  for (const auto& [id, process] : directory_.processes)
    if (process.here) context().tell(agent_name(id), Envelope::of<wire::Quit>());
  while (!directory_.jobs.empty()) close_job(directory_.jobs.begin()->first);
  context().after(std::chrono::milliseconds(200), options_.shut_down);
}

Envelope Head::news(uint64_t number, const std::vector<Life>& lives, const std::vector<Endpoint>& peers, const std::vector<uint64_t>& gone,
                    const std::vector<std::string>& erased) {
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

void Head::tell_all(const std::vector<Life>& lives, const std::vector<Endpoint>& peers, const std::vector<uint64_t>& gone) {
  if (lives.empty() && peers.empty() && gone.empty()) return;
  // First: whoever watches here may speak at once, and where that is heard the news must have been.
  system_.hears(++news_);
  for (const Life& life : lives) system_.learn(life);
  tell_everybody(news(news_, lives, peers, gone));
  for (const uint64_t process : gone) {
    system_.learn(Life::ended({agent_name(process), 1}, process, "its process has ended", false));
    system_.forget(process);
  }
}

void Head::tell_everybody(const Envelope& envelope) {
  system_.reached(news_);
  for (const auto& [id, process] : directory_.processes)
    if (process.here) context().tell(agent_name(id), envelope);
}

void Head::say(uint64_t job, const std::string& line) {
  context().log(line);
  const auto i = directory_.jobs.find(job);
  if (i == directory_.jobs.end() || i->second.client == options_.process) return;
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
      // All of them or none; when whoever calls this is done with it.
      context().after({}, [this, job = i->job, names = i->names, reply = i->reply,
                           refused = failure({Ec::failed, name + " could not be started: " + *why})] {
        withdraw(job, names);
        reply(refused);
      });
    } else if (i->left.empty()) {
      i->reply(Envelope::of<wire::Done>());
    }
    i = why || i->left.empty() ? spawning_.erase(i) : std::next(i);
  }
}

}  // namespace zenops
