#include "tests/simulation/cluster.hpp"

#include <algorithm>

#include "actors/wire/training.capnp.h"
#include "runtime/answers.hpp"
#include "runtime/process_agent.hpp"
#include "tests/simulation/shell.hpp"

namespace zenops::simulation {

Cluster::Cluster(Options options, std::function<std::unique_ptr<Actor>(Context&, const std::string&)> troupe)
    : options_(options),
      troupe_(std::move(troupe)),
      network_(options.network, options.seed, timeline_, story_),
      work_(options.seed, 2),
      luck_(options.seed, 3),
      head_({.restarts = options.restarts,
             .seed = options.seed,
             .heartbeats = options.heartbeats,
             .fencing = options.fencing},
            *this) {
  add_process("head", "");
  add_process("client", "");
  head_.has_client();
  for (uint32_t n = 0; n < options_.nodes; ++n) {
    const std::string name = "n" + std::to_string(n);
    Process& daemon = add_process("node/" + name, name);
    daemons_[name] = daemon.id;
    head_.has_node(name, daemon);
    beat(daemon);
  }
  head_.look_around();
}

Cluster::~Cluster() = default;

Process& Cluster::add_process(std::string label, std::string node) {
  const uint64_t id = processes_.size();
  return *processes_.emplace(id, std::make_unique<Process>(timeline_, id, std::move(label), std::move(node)))
              .first->second;
}

bool Cluster::run(Time until, const std::function<bool()>& done) {
  return timeline_.run(until, [&] { return done() || !story_.violation().empty(); });
}

// ---- faults

std::vector<uint64_t> Cluster::hosts() const {
  std::vector<uint64_t> out;
  for (const auto& [id, p] : processes_)
    if (id > Process::client && p->alive && !p->label.starts_with("node/")) out.push_back(id);
  return out;
}

std::vector<std::string> Cluster::nodes() const {
  std::vector<std::string> out;
  for (const auto& [name, id] : daemons_)
    if (process(id).alive) out.push_back(name);
  return out;
}

void Cluster::crash(uint64_t id, const std::string& cause) {
  Process& p = process(id);
  if (!p.alive) return;
  story_.log(p.label + " (process " + std::to_string(id) + ") ends: " + cause);
  p.alive = false;
  p.held.clear();
  for (auto& [name, shell] : p.residents) shell->leave();
  // Later: one of them may be what brought it down.
  at(now(), [gone = std::make_shared<decltype(p.residents)>(std::exchange(p.residents, {}))] { gone->clear(); });
  if (p.node.empty()) return;
  Process& daemon = process(daemons_.at(p.node));
  if (&daemon == &p) {  // with it go its children
    for (const uint64_t host : hosts())
      if (process(host).node == p.node) crash(host, "its node has ended");
    return;
  }
  daemon.at(now() + luck_.time(0.1, 3),
            [this, &daemon, id, cause] { send_to_head(daemon, [this, id, cause] { head_.ended(id, cause); }); });
}

void Cluster::crash_node(const std::string& node) { crash(daemons_.at(node), "power is lost"); }

void Cluster::freeze(uint64_t id, Duration d) {
  Process& p = process(id);
  if (!p.alive || p.frozen) return;
  story_.log(p.label + " (process " + std::to_string(id) + ") is frozen");
  p.frozen = true;
  at(now() + d, [this, &p] {
    if (!p.frozen) return;
    story_.log(p.label + " (process " + std::to_string(p.id) + ") thaws");
    p.thaw();
  });
}

void Cluster::cut(Network::Cut cut) {
  std::string who;
  for (const uint64_t p : cut.processes) who += " " + process(p).label;
  story_.log("cut off:" + who + " " + cut.node + (cut.head_too ? " also from the head" : "") +
             (cut.one_way ? ", one way" : "") + (cut.breaks ? ", connections break" : ""));
  network_.cut(std::move(cut));
}

void Cluster::heal() {
  network_.heal();
  for (auto& [id, p] : processes_)
    if (p->frozen) p->thaw();
}

std::vector<std::string> Cluster::zombies() const {
  std::vector<std::string> out;
  for (const auto& [id, p] : processes_)
    for (const auto& [name, shell] : p->residents)
      if (p->alive && process(Process::head).routes.over(shell->self()))
        out.push_back(to_string(shell->self()) + " in process " + std::to_string(id));
  return out;
}

// ---- in a process, as runtime/system.cpp and runtime/process_agent.cpp

void Cluster::tell(const std::string& name, Envelope envelope) {
  tell(process(Process::client), {}, name, std::move(envelope));
}

void Cluster::tell(Process& p, const Address& from, const std::string& name, Envelope envelope) {
  ++story_.counts.messages;
  const auto i = p.residents.find(name);
  if (i != p.residents.end())
    return p.at(now() + ms(0.002), [this, &p, weak = std::weak_ptr(i->second), from, envelope = std::move(envelope)] {
      if (const auto to = weak.lock()) deliver(p, to, from, p.id, envelope);
    });
  if (const auto life = p.routes.find(name)) return post_parcel(p, life->process, from, name, std::move(envelope));
  ++story_.counts.undeliverable;
  if (envelope.request != 0) p.asks.fail(envelope.request, {Ec::unreachable, "nobody is called " + name});
}

void Cluster::post_parcel(Process& p, uint64_t to, const Address& from, const std::string& name, Envelope envelope) {
  if (options_.bytes) {
    auto again = from_bytes(to_bytes(envelope));
    if (!again) return story_.violate("a message does not survive its bytes: " + again.error().what);
    envelope = std::move(*again);
  }
  if (!options_.honest && !envelope.rows.empty() && envelope.type == capnp::typeId<wire::Push>() &&
      luck_.chance(0.02)) {
    const Row& row = envelope.rows[0];
    Row other(std::shared_ptr<float[]>(new float[row.size()]), 0, row.size());
    std::ranges::copy(row.view(), other.mutable_view().begin());
    if (other.size() > 0) other.mutable_view()[0] += 1;
    envelope.rows[0] = other;
  }
  Parcel parcel;
  parcel.process = p.id;
  parcel.from = from;
  parcel.to = name;
  parcel.envelope = std::move(envelope);
  network_.send(
      p, process(to), [this, &there = process(to), parcel = std::move(parcel)] { received(there, parcel); }, true);
}

void Cluster::received(Process& p, Parcel parcel) {
  if (options_.fencing && !parcel.from.name.empty() && p.routes.over(parcel.from)) {
    ++story_.counts.fenced;
    story_.remember("fenced", parcel.from, parcel.to, parcel.envelope);
    return network_.send(p, process(parcel.process),
                         [this, &from = process(parcel.process), who = parcel.from] { fenced(from, who); });
  }
  if (!parcel.from.name.empty()) p.routes.hint(parcel.from, parcel.process);
  Envelope& envelope = parcel.envelope;
  if (envelope.answer) return p.asks.answer(envelope.request, opened(std::move(envelope), parcel.from));
  if (const auto i = p.residents.find(parcel.to); i != p.residents.end())
    return deliver(p, std::shared_ptr(i->second), parcel.from, parcel.process, std::move(envelope));
  ++story_.counts.undeliverable;
  if (envelope.request == 0) return;
  Envelope answer = failure({Ec::unreachable, "nobody is called " + parcel.to});
  answer.request = envelope.request;
  answer.answer = true;
  post_parcel(p, parcel.process, {}, parcel.from.name, std::move(answer));
}

void Cluster::fenced(Process& p, const Address& who) {
  const auto i = p.residents.find(who.name);
  if (who.name != agent_name(p.id) && (i == p.residents.end() || i->second->self() != who)) return;
  ++story_.counts.quits;
  const std::string why = to_string(who) + " is over for everybody else";
  crash(p.id, why);
  if (p.id == Process::client) given_up("", why);
}

void Cluster::deliver(Process& p, const std::shared_ptr<Shell>& to, Address from, uint64_t origin, Envelope envelope) {
  if (origin == p.id && !from.name.empty() && !to->lives(from)) {
    ++story_.counts.fenced;
    return;
  }
  if (p.routes.over(from))
    story_.violate(to_string(to->self()) + " believes " + to_string(from) + ", of which it was told that it is over");
  story_.remember("", from, to_string(to->self()), envelope);
  to->handle(from, origin, envelope);
}

void Cluster::learn(Process& p, const Life& life) {
  if (!p.routes.learn(life)) return;
  if (!life.alive) p.asks.over(life.who, life.cause);
  const Envelope news = news_of(life);
  for (const auto& name : std::set(p.watchers))
    if (name != life.who.name && p.residents.contains(name)) tell(p, {}, name, news);
  if (!life.alive && !life.restarts && p.id == Process::client) given_up(life.who.name, life.cause);
}

void Cluster::begin(Process& p, const Address& who) {
  auto shell = std::make_shared<Shell>(*this, p, who);
  p.residents[who.name] = shell;
  send_to_head(p, [this, who] { head_.began(who); });
  shell->begin();
}

void Cluster::end(Process& p, const Address& who) {
  const auto i = p.residents.find(who.name);
  if (i == p.residents.end() || i->second->self() != who) return;
  i->second->leave();
  p.residents.erase(i);
}

void Cluster::fell(Process& p, const Address& who, const std::string& cause) {
  const auto i = p.residents.find(who.name);
  if (i == p.residents.end() || i->second->self() != who) return;
  story_.log(to_string(who) + " falls: " + cause);
  p.residents.erase(i);
  send_to_head(p, [this, who, cause] { head_.actor_fell(who, cause); });
}

void Cluster::beat(Process& p) {
  send_to_head(p, [this, &p] { head_.heard(p); });
  p.at(now() + ms(100), [this, &p] { beat(p); });
}

void Cluster::fork(Process& p) {
  process(daemons_.at(p.node)).at(now() + luck_.time(2, 60), [this, &p] {
    p.alive = true;
    send_to_head(p, [this, id = p.id] { head_.hello(id); });
    beat(p);
  });
}

void Cluster::send_to_head(Process& from, std::function<void()> arrive) {
  network_.send(from, process(Process::head), std::move(arrive));
}

}  // namespace zenops::simulation
