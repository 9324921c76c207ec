#include "tests/simulation/cluster.hpp"

#include <algorithm>

#include "actors/wire/async.capnp.h"
#include "actors/wire/survival.capnp.h"
#include "actors/wire/training.capnp.h"
#include "runtime/answers.hpp"
#include "runtime/placer.hpp"
#include "runtime/process_agent.hpp"
#include "runtime/wire/cluster.capnp.h"
#include "runtime/wire/runtime.capnp.h"

namespace zenops::simulation {
namespace {

size_t remembered() {
  static const char* text = std::getenv("ZENOPS_EVENTS");
  return text ? std::stoul(text) : 30;
}

template <class Root>
std::string told(const char* name, const Envelope& envelope) {
  std::string text = kj::str(*Msg<Root>(envelope)).cStr();
  if (text.size() > 600) text = text.substr(0, 600) + "…";
  return name + (" " + text);
}

std::string told(const Envelope& e) {
#define ZENOPS_TOLD(Root) \
  if (e.type == capnp::typeId<wire::Root>()) return told<wire::Root>(#Root, e);
  ZENOPS_TOLD(Open)
  ZENOPS_TOLD(Pull) ZENOPS_TOLD(Parameters) ZENOPS_TOLD(Push) ZENOPS_TOLD(Skip) ZENOPS_TOLD(Refused) ZENOPS_TOLD(Worked)
      ZENOPS_TOLD(Measured) ZENOPS_TOLD(Plan) ZENOPS_TOLD(Apply) ZENOPS_TOLD(Committed) ZENOPS_TOLD(Evaluate)
          ZENOPS_TOLD(Held) ZENOPS_TOLD(Evaluated) ZENOPS_TOLD(Save) ZENOPS_TOLD(Saved) ZENOPS_TOLD(Restore)
              ZENOPS_TOLD(Restored) ZENOPS_TOLD(Recall) ZENOPS_TOLD(Recalled) ZENOPS_TOLD(Down) ZENOPS_TOLD(Up)
                  ZENOPS_TOLD(Beat) ZENOPS_TOLD(Fenced) ZENOPS_TOLD(Start) ZENOPS_TOLD(Done) ZENOPS_TOLD(Failed)
#undef ZENOPS_TOLD
                      return "a message";
}

}  // namespace

/// Time as one process has it: while it is frozen, nothing falls due there.
class ProcessClock final : public Clock {
 public:
  ProcessClock(Cluster& cluster, Process& process) : cluster_(cluster), process_(process) {}
  Time now() const override { return cluster_.now(); }
  void at(Time when, std::function<void()> wake) override { cluster_.in(process_, when, std::move(wake)); }

 private:
  Cluster& cluster_;
  Process& process_;
};

/// What System::Shell is in CAF.
class Shell final : public Context, public std::enable_shared_from_this<Shell> {
 public:
  Shell(Cluster& cluster, Process& process, Address self)
      : cluster_(cluster), process_(process), self_(std::move(self)) {}

  void begin() {
    guarded([this] {
      actor_ = cluster_.troupe_(*this, self_.name);
      behavior_ = actor_->handlers();
    });
  }
  void leave() { over_ = true; }

  void handle(const Address& from, uint64_t origin, const Envelope& envelope) {
    if (over_) return;
    sender_ = from;
    origin_ = origin;
    request_ = envelope.request;
    guarded([&] {
      auto done = behavior_(envelope, sender_.name);
      if (done && *done) reply(std::move(**done));
      if (!done) {
        ++cluster_.counts_.unexpected;
        if (request_ != 0) reply(failure(done.error()));
      }
    });
    request_ = 0;
  }

  const Address& self() const override { return self_; }
  const Address& sender() const override { return sender_; }
  uint64_t origin() const override { return origin_; }
  Clock& clock() override { return *process_.clock; }
  Pool& pool() override {
    static Pool nobody(1);  // nothing is ever given to it
    return nobody;
  }
  void tell(const std::string& name, Envelope envelope) override {
    envelope.incarnation = self_.incarnation;
    cluster_.observer(self_, name, envelope);
    cluster_.tell(process_, self_, name, std::move(envelope));
  }
  void ask(const std::string& name, Envelope envelope, Clock::Duration within, Answered then) override {
    envelope.incarnation = self_.incarnation;
    envelope.request =
        process_.asks.open(name, within, [post = post(), then = std::move(then)](Expected<Envelope> answer) {
          post([then, answer = std::move(answer)] { then(answer); });
        });
    cluster_.tell(process_, self_, name, std::move(envelope));
  }
  Reply replier() override {
    if (request_ == 0) return [](Envelope) {};
    return [&process = process_, &cluster = cluster_, self = self_, to = sender_.name, origin = origin_,
            request = request_](Envelope envelope) {
      envelope.incarnation = self.incarnation;
      envelope.request = request;
      envelope.answer = true;
      if (origin == process.id) return process.asks.answer(request, opened(std::move(envelope), self));
      cluster.post_parcel(process, origin, self, to, std::move(envelope));
    };
  }
  uint32_t incarnation(const std::string& name) const override {
    const auto i = process_.residents.find(name);
    if (i != process_.residents.end()) return i->second->self_.incarnation;
    const auto life = process_.routes.find(name);
    return life ? life->who.incarnation : 0;
  }
  bool lives(const Address& address) const override {
    const auto i = process_.residents.find(address.name);
    return (i != process_.residents.end() && i->second->self_ == address) || process_.routes.alive(address);
  }
  void watch() override { process_.watchers.insert(self_.name); }
  void log(const std::string& line) override { cluster_.log(to_string(self_) + ": " + line); }
  void end() override { throw std::logic_error("nobody ends itself here"); }
  void evict(const Address&, const std::string&) override { throw std::logic_error("nobody is evicted here"); }
  void kill(const std::string& name) override {
    cluster_.send(process_, cluster_.process(Cluster::head), [&cluster = cluster_, name] { cluster.kill(name); });
  }
  std::map<std::string, Bytes> traffic() const override { return {}; }

 protected:
  void submit(Pool&, Pool::Job job) override {
    cluster_.in(process_, cluster_.now() + work(), [job = std::move(job)] { job(0); });
  }
  void submit(size_t count, std::function<void(size_t, int)> body, std::function<void()> done, size_t) override {
    cluster_.in(process_, cluster_.now() + work() / 8, [count, body = std::move(body), done = std::move(done)] {
      for (size_t k = 0; k < count; ++k) body(k, 0);
      done();
    });
  }
  Post post() override {
    return [&cluster = cluster_, &process = process_, weak = weak_from_this()](std::function<void()> what) {
      cluster.in(process, cluster.now(), [weak, what = std::move(what)] {
        const auto me = weak.lock();
        if (me && !me->over_) me->guarded(what);
      });
    };
  }

 private:
  Duration work() {
    return cluster_.work_.time(std::chrono::duration<double, std::milli>(cluster_.options_.least_work).count(),
                               std::chrono::duration<double, std::milli>(cluster_.options_.most_work).count());
  }
  template <class F>
  void guarded(F f) {
    const auto alive = shared_from_this();
    try {
      f();
    } catch (const std::exception& e) {
      over_ = true;
      cluster_.fell(process_, self_, e.what());
    }
  }
  Cluster& cluster_;
  Process& process_;
  const Address self_;
  std::unique_ptr<Actor> actor_;
  Behavior behavior_;
  Address sender_;
  uint64_t origin_ = 0, request_ = 0;
  bool over_ = false;
};

Process::Process(Cluster& cluster, uint64_t i, std::string l, std::string n)
    : id(i),
      label(std::move(l)),
      node(std::move(n)),
      clock(std::make_unique<ProcessClock>(cluster, *this)),
      asks(*clock) {}
Process::~Process() = default;

Cluster::Cluster(Options options, std::function<std::unique_ptr<Actor>(Context&, const std::string&)> troupe)
    : options_(options),
      troupe_(std::move(troupe)),
      network_(options.seed, 1),
      work_(options.seed, 2),
      luck_(options.seed, 3),
      detector_(options.heartbeats),
      supervisor_({.restarts = options.restarts, .seed = options.seed}, {}) {
  add_process("head", "");
  add_process("client", "");
  known_[client] = {.here = true, .node = false, .where = {}, .due = {}, .actors = {}};
  for (uint32_t n = 0; n < options_.nodes; ++n) {
    const std::string name = "n" + std::to_string(n);
    Process& daemon = add_process("node/" + name, name);
    daemons_[name] = daemon.id;
    known_[daemon.id] = {.here = true, .node = true, .where = name, .due = {}, .actors = {}};
    static_cast<void>(ledger_.join({.name = name, .host = name, .cores = 16}));
    detector_.begin(agent_name(daemon.id), now_);
    beat(daemon);
  }
  look_around();
}

Cluster::~Cluster() {
  queue_.clear();
  channels_.clear();
}

Process& Cluster::add_process(std::string label, std::string node) {
  const uint64_t id = processes_.size();
  return *processes_.emplace(id, std::make_unique<Process>(*this, id, std::move(label), std::move(node))).first->second;
}

// ---- time

void Cluster::at(Time when, std::function<void()> what) {
  queue_.push_back({std::max(when, now_), ++events_, std::move(what)});
  std::ranges::push_heap(queue_, std::greater{}, [](const Event& e) { return std::pair(e.when, e.number); });
}

bool Cluster::run(Time until, const std::function<bool()>& done) {
  while (!done() && violation_.empty()) {
    if (queue_.empty() || queue_.front().when > until) return false;
    std::ranges::pop_heap(queue_, std::greater{}, [](const Event& e) { return std::pair(e.when, e.number); });
    const Event event = std::move(queue_.back());
    queue_.pop_back();
    now_ = event.when;
    event.what();
  }
  return true;
}

void Cluster::in(Process& p, Time when, std::function<void()> what) {
  at(when, [this, &p, what = std::move(what)] { run_in(p, what); });
}

void Cluster::run_in(Process& p, const std::function<void()>& what) {
  if (!p.alive) return;
  if (p.frozen) return p.held.push_back(what);
  what();
}

void Cluster::violate(const std::string& what) {
  if (violation_.empty()) violation_ = what;
}

void Cluster::remember(const char* what, const Address& from, const std::string& to, const Envelope& envelope,
                       std::string text) {
  happened_.push_back({now_, what, from, to, envelope, std::move(text)});
  if (happened_.size() > remembered()) happened_.pop_front();
}

void Cluster::log(std::string line) { remember("", {}, {}, {}, std::move(line)); }

std::string Cluster::story() const {
  std::string out;
  for (const Happening& h : happened_) {
    char time[32];
    std::snprintf(time, sizeof time, "%11.6f s  ", std::chrono::duration<double>(h.when.time_since_epoch()).count());
    out += time;
    if (!h.text.empty())
      out += h.text;
    else
      out += std::string(h.what) + " " + (h.from.name.empty() ? "the operator" : to_string(h.from)) + " → " + h.to +
             ": " + told(h.envelope);
    out += '\n';
  }
  return out;
}

// ---- the network

Duration Cluster::delay() {
  const auto least = std::chrono::duration<double, std::milli>(options_.least_delay).count();
  const auto most = std::chrono::duration<double, std::milli>(options_.most_delay).count();
  const Duration d = network_.time(least, most);
  return options_.late > 0 && network_.chance(options_.late) ? 15 * d : d;
}

const Cluster::Cut* Cluster::cut_between(const Process& from, const Process& to) const {
  const Cut* found = nullptr;
  for (const Cut& c : cuts_) {
    if (c.until <= now_ || (found && found->until >= c.until)) continue;
    const auto inside = [&](const Process& p) {
      return c.processes.contains(p.id) || (!c.node.empty() && p.node == c.node);
    };
    if (inside(from) == inside(to)) continue;
    if (!c.head_too && (from.id <= client || to.id <= client)) continue;
    if (c.one_way && !inside(from)) continue;
    found = &c;
  }
  return found;
}

void Cluster::send(Process& from, Process& to, std::function<void()> arrive, bool between_actors) {
  if (between_actors && options_.lost > 0 && network_.chance(options_.lost)) {
    ++counts_.lost;
    return;
  }
  if (between_actors && options_.twice > 0 && network_.chance(options_.twice)) {
    ++counts_.twice;
    at(now_ + 3 * delay(), [this, &from, &to, arrive] {
      if (!cut_between(from, to)) run_in(to, arrive);
    });
  }
  const bool near = from.id == to.id || (!options_.head_apart && from.id <= client && to.id <= client);
  Channel& channel = channels_[{from.id, to.id}];
  channel.last = std::max(channel.last, now_ + (near ? ms(0.001) : delay()));
  channel.items.push_back({channel.last, between_actors, std::move(arrive)});
  if (!channel.pumping) arrive_when_due(from, to, channel);
}

void Cluster::arrive_when_due(Process& from, Process& to, Channel& channel) {
  channel.pumping = !channel.items.empty();
  if (!channel.pumping) return;
  at(channel.items.front().due, [this, &from, &to, &channel, turn = ++channel.turn] {
    if (turn == channel.turn) pump(from, to, channel);
  });
}

void Cluster::pump(Process& from, Process& to, Channel& channel) {
  Item& first = channel.items.front();
  if (const Cut* c = cut_between(from, to)) {
    ++counts_.held_up;
    if (c->breaks && first.between_actors)
      channel.items.pop_front();
    else
      first.due = c->until;
    return arrive_when_due(from, to, channel);
  }
  const Item item = std::move(first);
  channel.items.pop_front();
  arrive_when_due(from, to, channel);
  run_in(to, item.arrive);
}

void Cluster::cut(Cut cut) {
  std::string who;
  for (const uint64_t p : cut.processes) who += " " + process(p).label;
  log("cut off:" + who + " " + cut.node + (cut.head_too ? " also from the head" : "") +
      (cut.one_way ? ", one way" : "") + (cut.breaks ? ", connections break" : ""));
  cuts_.push_back(std::move(cut));
}

void Cluster::heal() {
  for (Cut& c : cuts_) c.until = now_;
  for (auto& [pair, channel] : channels_) {
    if (channel.items.empty()) continue;
    channel.items.front().due = std::min(channel.items.front().due, now_);  // it may wait for the old end of a cut
    arrive_when_due(process(pair.first), process(pair.second), channel);
  }
  for (auto& [id, p] : processes_)
    if (p->frozen) {
      p->frozen = false;
      for (auto& what : std::exchange(p->held, {})) in(*p, now_, std::move(what));
    }
}

// ---- faults

std::vector<uint64_t> Cluster::hosts() const {
  std::vector<uint64_t> out;
  for (const auto& [id, p] : processes_)
    if (id > client && p->alive && !p->label.starts_with("node/")) out.push_back(id);
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
  log(p.label + " (process " + std::to_string(id) + ") ends: " + cause);
  p.alive = false;
  p.held.clear();
  for (auto& [name, shell] : p.residents) shell->leave();
  // Later: one of them may be what brought it down.
  at(now_, [gone = std::make_shared<decltype(p.residents)>(std::exchange(p.residents, {}))] { gone->clear(); });
  if (p.node.empty()) return;
  Process& daemon = process(daemons_.at(p.node));
  if (&daemon == &p) {  // with it go its children
    for (const uint64_t host : hosts())
      if (process(host).node == p.node) crash(host, "its node has ended");
    return;
  }
  in(daemon, now_ + luck_.time(0.1, 3),
     [this, &daemon, id, cause] { send(daemon, process(head), [this, id, cause] { ended(id, cause); }); });
}

void Cluster::crash_node(const std::string& node) { crash(daemons_.at(node), "power is lost"); }

void Cluster::freeze(uint64_t id, Duration d) {
  Process& p = process(id);
  if (!p.alive || p.frozen) return;
  log(p.label + " (process " + std::to_string(id) + ") is frozen");
  p.frozen = true;
  at(now_ + d, [this, &p] {
    if (!p.frozen) return;
    log(p.label + " (process " + std::to_string(p.id) + ") thaws");
    p.frozen = false;
    for (auto& what : std::exchange(p.held, {})) in(p, now_, std::move(what));
  });
}

std::vector<std::string> Cluster::zombies() const {
  std::vector<std::string> out;
  for (const auto& [id, p] : processes_)
    for (const auto& [name, shell] : p->residents)
      if (p->alive && truth().over(shell->self()))
        out.push_back(to_string(shell->self()) + " in process " + std::to_string(id));
  return out;
}

bool Cluster::up() const {
  return std::ranges::all_of(
      actors_, [](const auto& a) { return a.second.state == State::up || a.second.state == State::gone; });
}

// ---- in a process, as runtime/system.cpp and runtime/process_agent.cpp

void Cluster::tell(const std::string& name, Envelope envelope) { tell(process(client), {}, name, std::move(envelope)); }

void Cluster::tell(Process& p, const Address& from, const std::string& name, Envelope envelope) {
  ++counts_.messages;
  const auto i = p.residents.find(name);
  if (i != p.residents.end())
    return in(p, now_ + ms(0.002), [this, &p, weak = std::weak_ptr(i->second), from, envelope = std::move(envelope)] {
      if (const auto to = weak.lock()) deliver(p, to, from, p.id, envelope);
    });
  if (const auto life = p.routes.find(name)) return post_parcel(p, life->process, from, name, std::move(envelope));
  ++counts_.undeliverable;
  if (envelope.request != 0) p.asks.fail(envelope.request, {Ec::unreachable, "nobody is called " + name});
}

void Cluster::post_parcel(Process& p, uint64_t to, const Address& from, const std::string& name, Envelope envelope) {
  if (options_.bytes) {
    auto again = from_bytes(to_bytes(envelope));
    if (!again) return violate("a message does not survive its bytes: " + again.error().what);
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
  send(
      p, process(to), [this, &there = process(to), parcel = std::move(parcel)] { received(there, parcel); }, true);
}

void Cluster::received(Process& p, Parcel parcel) {
  if (options_.fencing && !parcel.from.name.empty() && p.routes.over(parcel.from)) {
    ++counts_.fenced;
    remember("fenced", parcel.from, parcel.to, parcel.envelope);
    return send(p, process(parcel.process),
                [this, &from = process(parcel.process), who = parcel.from] { fenced(from, who); });
  }
  if (!parcel.from.name.empty()) p.routes.hint(parcel.from, parcel.process);
  Envelope& envelope = parcel.envelope;
  if (envelope.answer) return p.asks.answer(envelope.request, opened(std::move(envelope), parcel.from));
  if (const auto i = p.residents.find(parcel.to); i != p.residents.end())
    return deliver(p, std::shared_ptr(i->second), parcel.from, parcel.process, std::move(envelope));
  ++counts_.undeliverable;
  if (envelope.request == 0) return;
  Envelope answer = failure({Ec::unreachable, "nobody is called " + parcel.to});
  answer.request = envelope.request;
  answer.answer = true;
  post_parcel(p, parcel.process, {}, parcel.from.name, std::move(answer));
}

void Cluster::fenced(Process& p, const Address& who) {
  const auto i = p.residents.find(who.name);
  if (who.name != agent_name(p.id) && (i == p.residents.end() || i->second->self() != who)) return;
  ++counts_.quits;
  const std::string why = to_string(who) + " is over for everybody else";
  crash(p.id, why);
  if (p.id == client) given_up("", why);
}

void Cluster::deliver(Process& p, const std::shared_ptr<Shell>& to, Address from, uint64_t origin, Envelope envelope) {
  if (origin == p.id && !from.name.empty() && !to->lives(from)) {
    ++counts_.fenced;
    return;
  }
  if (p.routes.over(from))
    violate(to_string(to->self()) + " believes " + to_string(from) + ", of which it was told that it is over");
  remember("", from, to_string(to->self()), envelope);
  to->handle(from, origin, envelope);
}

void Cluster::learn(Process& p, const Life& life) {
  if (!p.routes.learn(life)) return;
  if (!life.alive) p.asks.over(life.who, life.cause);
  const Envelope news = news_of(life);
  for (const auto& name : std::set(p.watchers))
    if (name != life.who.name && p.residents.contains(name)) tell(p, {}, name, news);
  if (!life.alive && !life.restarts && p.id == client) given_up(life.who.name, life.cause);
}

void Cluster::begin(Process& p, const Address& who) {
  auto shell = std::make_shared<Shell>(*this, p, who);
  p.residents[who.name] = shell;
  send(p, process(head), [this, who] { began(who); });
  shell->begin();
}

void Cluster::fell(Process& p, const Address& who, const std::string& cause) {
  const auto i = p.residents.find(who.name);
  if (i == p.residents.end() || i->second->self() != who) return;
  log(to_string(who) + " falls: " + cause);
  p.residents.erase(i);
  send(p, process(head), [this, who, cause] { actor_fell(who, cause); });
}

void Cluster::beat(Process& p) {
  send(p, process(head), [this, &p] {
    const Address agent{agent_name(p.id), 1};
    if (!process(head).routes.over(agent)) {
      detector_.heard(agent.name, now_);
    } else if (options_.fencing) {
      ++counts_.fenced;
      send(process(head), p, [this, &p, agent] { fenced(p, agent); });
    }
  });
  in(p, now_ + ms(100), [this, &p] { beat(p); });
}

// ---- the head

void Cluster::spawn(const std::string& name, const std::string& group) {
  Entry& entry = actors_[name];
  entry.group = group;
  supervisor_.add({.name = name, .restarts = name == "scheduler" ? RestartSpec::never() : options_.restarts});
  start(name);
}

void Cluster::start(const std::string& name) {
  Entry& entry = actors_.at(name);
  const auto found = process_for(name, entry);
  if (!found) {
    in(process(head), now_ + ms(1000), [this, name, incarnation = entry.incarnation] {
      if (actors_.at(name).incarnation == incarnation) start(name);
    });
    return;
  }
  ++entry.incarnation;
  if (entry.incarnation > 1) ++counts_.restarts;
  entry.state = State::waiting;
  entry.process = *found;
  Known& its = known_.at(*found);
  its.actors.insert(name);
  if (its.here) start_actor(name);
}

std::optional<uint64_t> Cluster::process_for(const std::string& name, Entry& entry) {
  if (entry.group == "client") return client;
  const auto group = groups_.find(entry.group);
  if (group != groups_.end() && known_.contains(group->second)) return group->second;
  if (!leases_.contains(entry.group) || !ledger_.leases().contains(leases_[entry.group])) {
    PlacementRequest request;
    request.strategy = Strategy::spread;
    request.bundles.push_back({.name = entry.group, .needs = {.cores = 1}});
    const auto places = place(request, ledger_.view());
    if (!places) {
      log(name + " waits for a place: " + places.error().what);
      return {};
    }
    leases_[entry.group] = ledger_.reserve(*places)->front();
    static_cast<void>(ledger_.commit(leases_[entry.group]));
  }
  const std::string node = ledger_.leases().at(leases_[entry.group]).what.node;
  Process& p = add_process(entry.group, node);
  p.alive = false;  // not yet
  groups_[entry.group] = p.id;
  known_[p.id] = {.here = false, .node = false, .where = node, .due = now_ + ms(30000), .actors = {}};
  Process& daemon = process(daemons_.at(node));
  send(process(head), daemon, [this, &daemon, &p] {
    in(daemon, now_ + luck_.time(2, 60), [this, &p] {
      p.alive = true;
      send(p, process(head), [this, id = p.id] { hello(id); });
      beat(p);
    });
  });
  return p.id;
}

void Cluster::hello(uint64_t id) {
  Process& p = process(id);
  const auto i = known_.find(id);
  if (i == known_.end())
    return send(process(head), p, [this, id] { crash(id, "nobody waits for this process any more"); });
  i->second.here = true;
  detector_.begin(agent_name(id), now_);
  send(process(head), p, [this, &p, lives = process(head).routes.everybody()] {
    for (const Life& life : lives) learn(p, life);
  });
  for (const auto& name : std::set(i->second.actors)) start_actor(name);
}

void Cluster::start_actor(const std::string& name) {
  Entry& entry = actors_.at(name);
  if (entry.state != State::waiting) return;
  entry.state = State::starting;
  Process& p = process(entry.process);
  send(process(head), p, [this, &p, who = Address{name, entry.incarnation}] { begin(p, who); });
}

void Cluster::began(const Address& who) {
  Entry& entry = actors_.at(who.name);
  if (entry.incarnation != who.incarnation || entry.state != State::starting) return;
  entry.state = State::up;
  tell_all(Life::begun(who, entry.process));
}

void Cluster::actor_fell(const Address& who, const std::string& cause) {
  Entry& entry = actors_.at(who.name);
  if (entry.incarnation != who.incarnation || entry.state == State::pausing || entry.state == State::gone) return;
  if (const auto p = known_.find(entry.process); p != known_.end()) p->second.actors.erase(who.name);
  const Decision decision = supervisor_.fell(who.name, Cause::crashed, now_);
  const bool restarts = !decision.start.empty();
  entry.state = restarts ? State::pausing : State::gone;
  if (!restarts) ++counts_.given_up;
  log("the head: " + to_string(who) + " lost: " + cause + (restarts ? "; it is restarted" : "; given up"));
  tell_all(Life::ended(who, entry.process, cause, restarts));
  if (restarts)
    in(process(head), now_ + decision.after, [this, ticket = decision.ticket] {
      for (const auto& due : supervisor_.due(ticket)) start(due);
    });
}

void Cluster::ended(uint64_t id, const std::string& cause) {
  const auto i = known_.find(id);
  if (i == known_.end()) return;
  const Known gone = std::move(i->second);
  known_.erase(i);
  detector_.forget(agent_name(id));
  process(head).routes.learn(Life::ended({agent_name(id), 1}, id, "its process has ended", false));
  for (const auto& name : gone.actors) actor_fell({name, actors_.at(name).incarnation}, cause);
  if (!gone.node) return;
  ledger_.leave(gone.where);
  log("the head: node " + gone.where + " lost: " + cause);
  std::vector<uint64_t> with_it;
  for (const auto& [other, what] : known_)
    if (!what.node && what.where == gone.where) with_it.push_back(other);
  for (const uint64_t other : with_it) ended(other, "its node was lost: " + cause);
}

void Cluster::kill(const std::string& name) {
  const auto i = actors_.find(name);
  if (i == actors_.end()) return;
  const Address who{name, i->second.incarnation};
  if (i->second.group != "client") return kill_process(i->second.process);
  Process& p = process(client);
  send(process(head), p, [this, &p, who] {
    const auto at = p.residents.find(who.name);
    if (at == p.residents.end() || at->second->self() != who) return;
    at->second->leave();
    p.residents.erase(at);
  });
  actor_fell(who, "it was killed (fault injection)");
}

void Cluster::kill_process(uint64_t id) {
  if (!known_.contains(id)) return;
  const auto daemon = daemons_.find(known_.at(id).where);
  if (daemon == daemons_.end()) return;
  send(process(head), process(daemon->second), [this, id] { crash(id, "it was killed"); });
}

void Cluster::look_around() {
  std::map<std::string, std::string> why;
  for (const auto& change : detector_.check(now_))
    if (change.to == Detector::State::dead) why[change.peer] = change.why;
  std::vector<std::pair<uint64_t, std::string>> lost;
  for (const auto& [id, known] : known_) {
    if (!known.here && now_ > known.due) lost.emplace_back(id, "it did not come up in time");
    if (const auto i = why.find(agent_name(id)); i != why.end()) lost.emplace_back(id, i->second);
  }
  for (const auto& [id, cause] : lost) {
    if (!known_.contains(id)) continue;
    ++counts_.silences;
    if (!known_.at(id).node) kill_process(id);
    ended(id, cause);
  }
  in(process(head), now_ + ms(50), [this] { look_around(); });
}

void Cluster::tell_all(const Life& life) {
  process(head).routes.learn(life);
  for (const auto& [id, known] : known_)
    if (known.here) send(process(head), process(id), [this, &p = process(id), life] { learn(p, life); });
}

}  // namespace zenops::simulation
