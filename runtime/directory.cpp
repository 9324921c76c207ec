#include "runtime/directory.hpp"

#include <algorithm>

#include "runtime/message.hpp"
#include "runtime/wire/cluster_words.hpp"

namespace zenops {
namespace {

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

}  // namespace

uint32_t Directory::next_incarnation(Store& store) {
  const auto facts = store.load().facts;
  const auto before = facts.find("head");
  const uint32_t incarnation = before == facts.end() ? 1 : static_cast<uint32_t>(std::stoul(before->second)) + 1;
  store.put_fact("head", std::to_string(incarnation));
  return incarnation;
}

Directory::Entry Directory::entry_of(wire::Spec::Reader spec, uint64_t job) {
  Entry entry{.job = job, .group = spec.getGroup(), .arguments = text_of(spec.getArguments()), .in_client = spec.getHere(),
              .needs = read(spec.getNeeds()), .on = spec.getOn(), .near = spec.getNear(), .restart = read(spec.getRestart()), .lifetime = static_cast<Lifetime>(spec.getLifetime()),
              .supervisor = spec.getSupervisor()};
  if (entry.group.empty()) entry.group = spec.getName();
  return entry;
}

Directory::Supervised Directory::supervised(wire::Supervisor::Reader supervisor) {
  const Supervisor::Options options = read(supervisor);
  return {options, supervisor.getNodeEvictions(), Supervision(options)};
}

uint64_t Directory::open(Job job) {
  const uint64_t id = ++last_job_;
  jobs[id] = std::move(job);
  if (store_) store_->put_fact("last_job", std::to_string(id));
  remember(id);
  return id;
}

void Directory::close(uint64_t id) {
  jobs.erase(id);
  if (store_) store_->put_fact("job/" + std::to_string(id), "");
}

void Directory::remember(const std::string& name) {
  if (!store_) return;
  const Entry& entry = actors.at(name);
  const auto process = processes.find(entry.process);
  const std::string node = process == processes.end() ? "" : process->second.node.name;
  store_->put_name({.name = name,
                    .spec = bytes_of_message(Envelope::of<wire::ActorRecord>([&](wire::ActorRecord::Builder out) {
                      out.setJob(entry.job);
                      out.setIncarnation(entry.incarnation);
                      out.setProcess(entry.process);
                      out.setNode(node);
                      out.setOrder(entry.order);
                      const auto gpus = gpus_of(entry);
                      write(gpus, out.initGpus(static_cast<uint32_t>(gpus.size())));
                      auto spec = out.initSpec();
                      spec.setName(name);
                      spec.setArguments(bytes_of(entry.arguments));
                      spec.setGroup(entry.group);
                      spec.setHere(entry.in_client);
                      spec.setOn(entry.on);
                      spec.setNear(entry.near);
                      spec.setSupervisor(static_cast<uint16_t>(entry.supervisor));
                      spec.setLifetime(static_cast<wire::Lifetime>(entry.lifetime));
                      write(entry.restart, spec.initRestart());
                      write(entry.needs, spec.initNeeds());
                    })),
                    .incarnation = entry.incarnation,
                    .place = node,
                    .state = entry.state == State::up ? "up" : "down"});
}

void Directory::remember(uint64_t id) {
  if (!store_) return;
  const Job& job = jobs.at(id);
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

void Directory::erase(const std::string& name) {
  actors.erase(name);
  forget_name(name);
}

void Directory::forget_name(const std::string& name) {
  if (store_) store_->erase_name(name);
}

uint32_t Directory::count_eviction(const std::string& node) {
  const uint32_t count = ++evictions_[node];
  if (store_) store_->put_fact("evictions/" + node, std::to_string(count));
  return count;
}

void Directory::note_drained(const std::string& node) {
  drained_.insert(node);
  if (store_) store_->put_fact("drained/" + node, "yes");
}

void Directory::forget_node(const std::string& node) {
  evictions_.erase(node);
  drained_.erase(node);
  if (!store_) return;
  store_->put_fact("evictions/" + node, "");
  store_->put_fact("drained/" + node, "");
}

void Directory::recall(Clock::Time due) {
  if (!store_) return;
  const Store::Contents before = store_->load();
  for (const auto& [fact, value] : before.facts) {
    if (fact == "last_job") last_job_ = std::stoull(value);
    if (fact.starts_with("evictions/") && !value.empty()) evictions_[fact.substr(10)] = static_cast<uint32_t>(std::stoul(value));
    if (fact.starts_with("drained/") && !value.empty()) drained_.insert(fact.substr(8));
    if (!fact.starts_with("job/") || value.empty()) continue;
    const Envelope record = message_of_bytes(value);
    const Msg<wire::JobRecord> job(record);
    Job& known = jobs[std::stoull(fact.substr(4))] = {job->getName(), text_of(job->getBytes()), job->getClient()};
    for (const auto supervisor : job->getSupervisors()) known.supervisors.push_back(supervised(supervisor));
    processes.emplace(job->getClient(), Process{.peer = {}, .role = Role::client, .label = "client", .found_gone = true, .due = due});
  }
  for (const Store::Name& name : before.names) {
    const Envelope bytes = message_of_bytes(name.spec);
    const Msg<wire::ActorRecord> record(bytes);
    const auto job = jobs.find(record->getJob());
    if (job == jobs.end()) {
      store_->erase_name(name.name);
      continue;
    }
    Entry entry = entry_of(record->getSpec(), job->first);
    if (entry.supervisor >= job->second.supervisors.size())
      throw std::runtime_error("the head's state is damaged, or of another version: " + name.name + " has no supervisor");
    entry.incarnation = record->getIncarnation();
    entry.order = record->getOrder();
    job->second.actors = std::max(job->second.actors, entry.order + 1);
    entry.state = State::missing;
    entry.process = record->getProcess();
    if (!entry.in_client) {
      Group& group = job->second.groups.try_emplace(entry.group, Group{.bundle = {.name = entry.group}}).first->second;
      share(group.bundle.needs, entry.needs);
      group.bundle.on = entry.on;
      group.bundle.near = entry.near;
      group.node = record->getNode();
      group.gpus = read(record->getGpus());
      group.process = entry.process;
      processes.emplace(entry.process, Process{.peer = {},
                                                .role = Role::host,
                                                .node = {.name = group.node, .host = {}},
                                                .job = job->first,
                                                .label = entry.group,
                                                .found_gone = true,
                                                .due = due});
    }
    processes.at(entry.process).actors.insert(name.name);
    actors.emplace(name.name, std::move(entry));
  }
  std::vector<const decltype(actors)::value_type*> in_order;
  for (const auto& actor : actors) in_order.push_back(&actor);
  std::ranges::sort(in_order, {}, [](const auto* actor) { return actor->second.order; });
  for (const auto* actor : in_order)
    supervision(actor->second).adopt({{actor->first, actor->second.lifetime, actor->second.restart}});
}

std::map<std::string, std::string> Directory::places(const std::vector<Bundle>& near) const {
  std::map<std::string, std::string> out;
  for (const Bundle& bundle : near) {
    const auto i = actors.find(bundle.near);
    if (i == actors.end() || i->second.in_client) continue;
    const Group& group = jobs.at(i->second.job).groups.at(i->second.group);
    if (!group.node.empty()) out[bundle.near] = group.node;
  }
  return out;
}

std::vector<int> Directory::gpus_of(const Entry& entry) const {
  if (entry.in_client) return {};
  const auto& groups = jobs.at(entry.job).groups;
  const auto group = groups.find(entry.group);
  return group == groups.end() ? std::vector<int>{} : group->second.gpus;
}

std::string Directory::owner_of(const std::string& name) const {
  const auto i = actors.find(name);
  return i == actors.end() ? "" : ": the run " + jobs.at(i->second.job).name + " is under way here";
}

void Directory::report(const Ledger& ledger, wire::Report::Builder out) const {
  std::vector<const Process*> nodes;
  for (const auto& [id, process] : processes)
    if (process.role == Role::node) nodes.push_back(&process);
  std::ranges::sort(nodes, {}, [](const Process* node) { return node->node.name; });
  auto some_nodes = out.initNodes(static_cast<uint32_t>(nodes.size()));
  for (uint32_t k = 0; k < nodes.size(); ++k) report_node(*nodes[k], ledger, some_nodes[k]);
  static constexpr const char* states[] = {"waiting", "starting", "up", "missing", "stopping", "pausing", "given up"};
  auto some_actors = out.initActors(static_cast<uint32_t>(actors.size()));
  uint32_t k = 0;
  for (const auto& [name, entry] : actors) {
    auto actor = some_actors[k++];
    actor.setName(name);
    actor.setIncarnation(entry.incarnation);
    actor.setState(states[static_cast<size_t>(entry.state)]);
    actor.setNode(entry.in_client ? "" : jobs.at(entry.job).groups.at(entry.group).node);
    if (const auto process = processes.find(entry.process); process != processes.end()) actor.setPid(process->second.pid);
    actor.setJob(jobs.at(entry.job).name);
    actor.setFalls(entry.falls);
    actor.setCause(entry.cause);
    actor.setEnded(milliseconds_since_1970(entry.ended));
    const auto gpus = gpus_of(entry);
    write(gpus, actor.initGpus(static_cast<uint32_t>(gpus.size())));
  }
}

void Directory::report_node(const Process& node, const Ledger& ledger, wire::NodeReport::Builder out) const {
  const std::string& name = node.node.name;
  Resources used;
  for (const auto& [lease, what] : ledger.leases())
    if (what.what.node == name) add(used, what.what.needs);
  const auto evictions = evictions_.find(name);
  write(node.node, out.initOffers());
  write(used, out.initUsed());
  out.setPid(node.pid);
  out.setAddress(node.peer.host + ":" + std::to_string(node.peer.port));
  out.setProcesses(static_cast<uint32_t>(std::ranges::count_if(
      processes, [&](const auto& entry) { return entry.second.role == Role::host && entry.second.node.name == name; })));
  out.setEvictions(evictions == evictions_.end() ? 0 : evictions->second);
  out.setDraining(ledger.draining(name));
  auto gpus = out.initGpuMemoryUsed(static_cast<uint32_t>(node.node.gpus.size()));
  const auto used_of_each = ledger.used_gpu_memory(name);
  for (uint32_t k = 0; k < node.node.gpus.size(); ++k)
    if (const auto it = used_of_each.find(node.node.gpus[k].index); it != used_of_each.end()) gpus.set(k, it->second);
}

}  // namespace zenops
