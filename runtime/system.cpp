#include "runtime/system.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/io/middleman.hpp>
#include <caf/logger.hpp>
#include <caf/send.hpp>
#include <deque>
#include <set>

#include "runtime/answers.hpp"
#include "runtime/asks.hpp"
#include "runtime/news_gate.hpp"
#include "runtime/residents.hpp"
#include "runtime/wire/cluster.capnp.h"
#include "runtime/wire/runtime.capnp.h"

namespace zenops {
namespace {

constexpr auto news_within = std::chrono::seconds(2);

class Config : public caf::actor_system_config {
 public:
  Config(int message_threads, bool network) {
    if (network) {
      load<caf::io::middleman>();  // before its options are set
      set("caf.middleman.workers", size_t{1});
      // Who is gone is found out by our own heartbeats; these are the backstop.
      set("caf.middleman.heartbeat-interval", caf::timespan(std::chrono::seconds(2)));
      set("caf.middleman.connection-timeout", caf::timespan(std::chrono::seconds(60)));
    }
    set("caf.scheduler.policy", "sharing");  // stealing workers poll, and then sleep for milliseconds
    set("caf.scheduler.max-threads", static_cast<size_t>(message_threads));
    set("caf.logger.console.verbosity", "quiet");
  }
};

Config make_config(const System::Options& options) {
  static const bool once = [] {
    caf::init_global_meta_objects<caf::id_block::zenops>();
    caf::io::middleman::init_global_meta_objects();
    caf::core::init_global_meta_objects();
    return true;
  }();
  static_cast<void>(once);
  return Config(options.message_threads, options.network.has_value());
}

/// Work for an actor from other threads; it outlives the actor as long as somebody may still post.
class Inbox {
 public:
  void put(std::function<void()> work) {
    std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
  }
  std::function<void()> take() {
    std::lock_guard lock(mutex_);
    if (work_.empty()) return {};
    auto work = std::move(work_.front());
    work_.pop_front();
    return work;
  }

 private:
  std::mutex mutex_;
  std::deque<std::function<void()>> work_;
};

}  // namespace

struct System::State : std::enable_shared_from_this<State> {
  State(Options o, Clock& c, Pool& p)
      : options(std::move(o)), clock(c), pool(p), asks(clock), arrivals(clock), config(make_config(options)), caf(config) {}

  struct Child {
    Factory factory;
    uint32_t incarnation = 0;
    bool over = false;  // no other life follows
  };

  struct Sender {
    caf::actor handle;  // null: the operator
    Address address;
  };

  void start(const std::string& name);
  void start_again(const std::string& name, uint64_t ticket);
  /// Whoever has that name here.
  void fall(const std::string& name, Cause cause, const std::string& why);
  /// False when the system is stopping.
  bool bring_up(const Address& who, Factory factory, Fell fell);
  void fell(const Address& address, Cause cause, const std::string& why);
  void tell(const Sender& from, const std::string& name, Envelope envelope);
  void send(uint64_t process, const Address& from, const std::string& name, Envelope envelope);
  void ask(const Sender& from, uint64_t process, const std::string& name, Envelope envelope, Clock::Duration within, Asks::Then then);
  /// An answer goes back to where the question came from: that process, or none for this one.
  void answer(uint64_t process, const Address& from, const std::string& to, uint64_t request, Envelope envelope);
  void received(Parcel parcel);
  void hand_on(Parcel parcel);
  void account(uint64_t process);
  void learn(const Life& life);
  /// Who waits for an answer of that life, or for its beginning, does not wait longer.
  void settle(const Life& life);
  uint32_t incarnation(const std::string& name) const;
  void await(const std::string& name, uint32_t but, Clock::Duration within, Speaker::Came then);
  void announce(const Envelope& news, const std::string& about);

  const Options options;
  Clock& clock;
  Pool& pool;
  Counts counts;
  Traffic traffic;
  Residents residents;
  Routes routes;
  Asks asks;
  Asks arrivals;  // who waits for somebody of a name
  std::mutex mutex;
  std::map<std::string, Child> children;
  Supervisor supervisor{{}, {}};
  std::set<std::string> watchers;
  std::mutex starting;  // nobody begins once it is stopping
  std::atomic<bool> stopping = false;
  Config config;
  NewsGate gate{[this](Parcel parcel) { hand_on(std::move(parcel)); }};
  std::mutex accounting;
  std::map<std::string, Bytes> accounted;  // what the accountant was told last
  caf::actor_system caf;  // its destructor waits for actors that use the rest
  std::unique_ptr<Links> links;
};

/// The CAF actor around an actor of ours.
class System::Shell final : public caf::event_based_actor, private Context {
 public:
  Shell(caf::actor_config& config, std::shared_ptr<State> state, Address self, Factory factory, Fell fell)
      : caf::event_based_actor(config),
        state_(std::move(state)),
        self_(std::move(self)),
        factory_(std::move(factory)),
        fell_(std::move(fell)) {}

  caf::behavior make_behavior() override {
    const bool made = guarded([this] {
      actor_ = std::exchange(factory_, {})(*this);
      behavior_ = actor_->handlers();
    });
    if (!made) return {};
    return {[this](const Envelope& envelope) { receive(envelope); },
            [this](const Parcel& parcel) {
              sender_ = parcel.from;
              origin_ = parcel.process;
              handle(parcel.envelope);
            }};
  }

  void on_exit() override {
    actor_.reset();
    if (!state_->stopping) {
      if (state_->residents.leave(self_)) fell_(self_, cause_, why_);
    }
    // Somebody who has just posted something may hold this object longer than its system lives: it keeps nothing that belongs to
    // others, for that would then end on a thread of theirs.
    factory_ = {};
    fell_ = {};
    state_.reset();
  }

  const char* name() const override { return "zenops"; }

 private:
  void receive(const Envelope& envelope) {
    const caf::actor_id from = current_sender() ? current_sender()->id() : caf::actor_id{0};
    if (envelope.type == capnp::typeId<wire::Ready>()) {
      if (from != id()) return refuse(Ec::unexpected);  // a timer is believed only from ourselves
      guarded([this] {
        if (auto work = inbox_->take()) work();
      });
      return;
    }
    if (envelope.type == capnp::typeId<wire::Kill>()) {
      if (from != 0) return refuse(Ec::unexpected);
      const Msg<wire::Kill> kill(envelope);
      return fall(kill->getEvicted() ? Cause::evicted : Cause::crashed, kill->getCause());
    }
    sender_ = {from ? state_->residents.whois(from) : std::string{}, envelope.incarnation};
    origin_ = 0;
    if (!sender_.name.empty() && !lives(sender_)) return refuse(Ec::stale);
    handle(envelope);
  }

  void handle(const Envelope& envelope) {
    request_ = envelope.request;
    guarded([&] {
      if (auto done = behavior_(envelope, sender_.name); !done) {
        if (done.error().code == Ec::malformed && malformed_++ == 0)
          log(to_string(self_) + " cannot read a message from " + to_string(sender_) + ": " + done.error().what);
        refuse(done.error().code);
        if (request_ != 0) reply(failure(done.error()));
      }
    });
    request_ = 0;
  }

  void refuse(Ec code) {
    auto& counts = state_->counts;
    ++(code == Ec::stale ? counts.fenced : code == Ec::malformed ? counts.malformed : counts.unexpected);
  }

  template <class F>
  bool guarded(F f) {
    try {
      f();
      return true;
    } catch (const std::exception& e) {
      fall(Cause::crashed, e.what());
      return false;
    }
  }
  void fall(Cause cause, std::string why) {
    cause_ = cause;
    why_ = std::move(why);
    quit(caf::make_error(caf::sec::runtime_error, why_));
  }

  const Address& self() const override { return self_; }
  const Address& sender() const override { return sender_; }
  uint64_t origin() const override {
    const auto& network = state_->options.network;
    return origin_ == 0 && network ? network->self.process : origin_;
  }
  Clock& clock() override { return state_->clock; }
  Pool& pool() override { return state_->pool; }
  void tell(const std::string& name, Envelope envelope) override {
    envelope.incarnation = self_.incarnation;
    state_->traffic.add(self_.name, name, envelope.bytes());
    state_->tell(as_sender(), name, std::move(envelope));
  }
  void ask(const std::string& name, Envelope envelope, Clock::Duration within, Answered then) override {
    envelope.incarnation = self_.incarnation;
    state_->traffic.add(self_.name, name, envelope.bytes());
    state_->ask(as_sender(), 0, name, std::move(envelope), within,
                [post = post(), then = std::move(then)](Expected<Envelope> answer) {
                  post([then, answer = std::move(answer)] { then(answer); });
                });
  }
  Reply replier() override {
    if (request_ == 0) return [](Envelope) {};
    return [state = state_, self = self_, to = sender_.name, origin = origin_, request = request_](Envelope envelope) {
      envelope.incarnation = self.incarnation;
      state->traffic.add(self.name, to, envelope.bytes());
      state->answer(origin, self, to, request, std::move(envelope));
    };
  }
  uint32_t incarnation(const std::string& name) const override { return state_->incarnation(name); }
  void await(const std::string& name, uint32_t but, Clock::Duration within, Came then) override {
    state_->await(name, but, within, [post = post(), then = std::move(then)](Expected<void> came) {
      post([then, came = std::move(came)] { then(came); });
    });
  }
  bool lives(const Address& address) const override {
    return state_->residents.incarnation(address.name) == address.incarnation || state_->routes.alive(address);
  }
  void watch() override {
    std::lock_guard lock(state_->mutex);
    state_->watchers.insert(self_.name);
  }
  void log(const std::string& line) override { state_->options.log(line); }
  void end() override { fall(Cause::ended, "it has done its work"); }
  void kill(const std::string& name) override {
    if (state_->links)
      return state_->tell({}, "head", Envelope::of<wire::KillActor>([&](wire::KillActor::Builder out) {
                            out.setName(name);
                            out.setCause("it was killed (fault injection)");
                          }));
    state_->fall(name, Cause::crashed, "it was killed (fault injection)");
  }
  void evict(const Address& who, const std::string& why) override {
    if (state_->links)
      return state_->tell({}, "head", Envelope::of<wire::EvictActor>([&](wire::EvictActor::Builder out) {
                            out.setName(who.name);
                            out.setIncarnation(who.incarnation);
                            out.setCause(why);
                          }));
    if (state_->residents.incarnation(who.name) == who.incarnation) state_->fall(who.name, Cause::evicted, why);
  }
  std::map<std::string, Bytes> traffic() const override { return state_->traffic.totals(); }
  Post post() override {
    return [inbox = inbox_, address = caf::actor_cast<caf::actor_addr>(this)](std::function<void()> work) {
      if (auto me = caf::actor_cast<caf::actor>(address)) {
        inbox->put(std::move(work));
        caf::send_as(me, me, Envelope::of<wire::Ready>());
      }
    };
  }

  State::Sender as_sender() { return {caf::actor_cast<caf::actor>(this), self_}; }

  std::shared_ptr<State> state_;
  const Address self_;
  Factory factory_;
  Fell fell_;
  std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
  std::unique_ptr<Actor> actor_;
  Behavior behavior_;
  Address sender_;
  uint64_t origin_ = 0, request_ = 0;  // of the message that is being handled: its process, 0 for ours; its number
  Cause cause_ = Cause::crashed;
  std::string why_ = "it ended";
  uint64_t malformed_ = 0;  // only the first is logged: a liar must not fill the log
};

void System::State::start(const std::string& name) {
  Address address{name, 0};
  Factory factory;
  {
    std::lock_guard lock(mutex);
    auto& child = children.at(name);
    address.incarnation = ++child.incarnation;
    factory = child.factory;
  }
  auto fell = [weak = weak_from_this()](const Address& who, Cause cause, const std::string& why) {
    if (auto state = weak.lock()) state->fell(who, cause, why);
  };
  if (!bring_up(address, std::move(factory), std::move(fell))) return;
  const Life life = Life::begun(address, 0);
  settle(life);
  announce(news_of(life), name);
}

bool System::State::bring_up(const Address& who, Factory factory, Fell fell) {
  caf::actor handle;
  {
    std::lock_guard lock(starting);
    if (stopping) return false;
    // Lazily: it must not run before it can be found.
    handle = caf.spawn<Shell, caf::lazy_init>(shared_from_this(), who, std::move(factory), std::move(fell));
    residents.enter(who, handle);
    // Spawning leaves a reference to CAF's logger with this thread, and CAF's end waits for it: for ever, on the clock's.
    caf::logger::set_current_actor_system(nullptr);
  }
  caf::send_as(handle, handle, Envelope::of<wire::Ready>());
  return true;
}

void System::State::fall(const std::string& name, Cause cause, const std::string& why) {
  const caf::actor to = residents.find(name);
  if (!to) return;
  // Ahead of whatever waits for it.
  caf::anon_send<caf::message_priority::high>(to, Envelope::of<wire::Kill>([&](wire::Kill::Builder out) {
                                                out.setCause(why);
                                                out.setEvicted(cause == Cause::evicted);
                                              }));
}

void System::State::fell(const Address& address, Cause cause, const std::string& why) {
  Decision decision;
  {
    std::lock_guard lock(mutex);
    decision = supervisor.fell(address.name, cause, clock.now());
    children.at(address.name).over = decision.start.empty();
  }
  const bool restarts = !decision.start.empty();
  const Life life = Life::ended(address, 0, why, restarts);
  settle(life);
  announce(news_of(life), address.name);
  if (restarts)
    clock.after(decision.after, [weak = weak_from_this(), name = address.name, ticket = decision.ticket] {
      if (auto state = weak.lock()) state->start_again(name, ticket);
    });
  options.log(fall_in_words(address, cause, why, restarts ? std::optional(decision.after) : std::nullopt));
  if (!restarts) options.given_up(address.name, why);
}

void System::State::start_again(const std::string& name, uint64_t ticket) {
  {
    std::lock_guard lock(mutex);
    supervisor.due(ticket);
  }
  start(name);
}

void System::State::tell(const Sender& from, const std::string& name, Envelope envelope) {
  const caf::actor to = residents.find(name);
  if (!to) {
    if (const auto life = routes.find(name)) return send(life->process, from.address, name, std::move(envelope));
    ++counts.undeliverable;
    if (envelope.request != 0) asks.fail(envelope.request, {Ec::unreachable, "nobody is called " + name});
    return;
  }
  if (options.serialize) {
    auto again = from_bytes(to_bytes(envelope));
    if (!again) throw std::logic_error("a message of ours does not survive its bytes: " + again.error().what);
    envelope = std::move(*again);
  }
  if (from.handle) {
    caf::send_as(from.handle, to, std::move(envelope));
  } else {
    caf::anon_send(to, std::move(envelope));
  }
}

void System::State::send(uint64_t process, const Address& from, const std::string& name, Envelope envelope) {
  if (!links) {
    ++counts.undeliverable;
    return;
  }
  account(process);
  const uint64_t request = envelope.answer ? 0 : envelope.request;
  if (links->send(process, from, name, std::move(envelope), gate.known())) return;
  ++counts.undeliverable;
  if (request != 0) asks.fail(request, {Ec::unreachable, "the process of " + name + " is not known"});
}

void System::State::ask(const Sender& from, uint64_t process, const std::string& name, Envelope envelope, Clock::Duration within,
                        Asks::Then then) {
  envelope.request = asks.open(name, within, std::move(then));
  envelope.answer = false;
  if (process != 0) return send(process, from.address, name, std::move(envelope));
  tell(from, name, std::move(envelope));
}

void System::State::answer(uint64_t process, const Address& from, const std::string& to, uint64_t request, Envelope envelope) {
  envelope.request = request;
  envelope.answer = true;
  if (process == 0) return asks.answer(request, opened(std::move(envelope), from));
  send(process, from, to, std::move(envelope));
}

void System::State::received(Parcel parcel) {
  const uint64_t news = parcel.news;
  if (!gate.arrived(std::move(parcel))) return;
  // The head may have fallen before it had told everybody.
  clock.after(news_within, [weak = weak_from_this(), news] {
    if (auto state = weak.lock()) state->gate.reached(news);
  });
}

void System::State::hand_on(Parcel parcel) {
  if (!parcel.from.name.empty() && routes.over(parcel.from)) {
    ++counts.fenced;
    return send(parcel.process, {}, {}, Envelope::of<wire::Fenced>([&](wire::Fenced::Builder out) {
                  out.setName(parcel.from.name);
                  out.setIncarnation(parcel.from.incarnation);
                }));
  }
  if (!parcel.from.name.empty()) routes.hint(parcel.from, parcel.process);
  Envelope& envelope = parcel.envelope;
  if (envelope.answer && !parcel.from.name.empty() && !asks.waits(envelope.request, parcel.from.name)) return;  // too late, or a liar's
  if (envelope.answer) return asks.answer(envelope.request, opened(std::move(envelope), parcel.from));
  if (envelope.type == capnp::typeId<wire::Fenced>()) {
    const Msg<wire::Fenced> fenced(envelope);
    return options.fenced({fenced->getName(), fenced->getIncarnation()});
  }
  if (envelope.type == capnp::typeId<wire::Sent>()) {
    const Msg<wire::Sent> sent(envelope);
    std::map<std::string, Bytes> totals;
    for (uint32_t k = 0; k < sent->getKinds().size(); ++k)
      totals[sent->getKinds()[k]] = {sent->getSent()[k], sent->getReceived()[k]};
    return traffic.learn(parcel.process, std::move(totals));
  }
  if (const caf::actor to = residents.find(parcel.to)) return caf::anon_send(to, std::move(parcel));
  ++counts.undeliverable;
  if (envelope.request != 0)
    send(parcel.process, {}, parcel.from.name, [&] {
      Envelope answer = failure({Ec::unreachable, "nobody is called " + parcel.to});
      answer.request = envelope.request;
      answer.answer = true;
      return answer;
    }());
}

void System::State::account(uint64_t process) {
  if (options.network->accountant != process || process == options.network->self.process) return;
  std::lock_guard lock(accounting);
  auto totals = traffic.totals();
  if (totals == accounted) return;
  accounted = std::move(totals);
  links->send(process, {}, {}, Envelope::of<wire::Sent>([this](wire::Sent::Builder out) {
                const auto count = static_cast<uint32_t>(accounted.size());
                auto kinds = out.initKinds(count);
                auto sent = out.initSent(count), received = out.initReceived(count);
                uint32_t k = 0;
                for (const auto& [kind, bytes] : accounted) {
                  kinds.set(k, kind);
                  sent.set(k, bytes.sent);
                  received.set(k++, bytes.received);
                }
              }),
              gate.known());
}

void System::State::learn(const Life& life) {
  if (!routes.learn(life)) return;
  settle(life);
  if (of_the_runtime(life.who.name)) return;
  announce(news_of(life), life.who.name);
  if (!life.alive && !life.restarts && life.cause != job_ended) options.given_up(life.who.name, life.cause);
}

void System::State::settle(const Life& life) {
  if (life.alive) return arrivals.everybody(life.who.name, Envelope{});
  asks.over(life.who, life.cause);
  if (!life.restarts)
    arrivals.everybody(life.who.name, fail(Ec::unreachable, to_string(life.who) + " was lost and is not started again: " + life.cause));
}

uint32_t System::State::incarnation(const std::string& name) const {
  if (const uint32_t here = residents.incarnation(name); here != 0) return here;
  const auto life = routes.find(name);
  return life ? life->who.incarnation : 0;
}

void System::State::await(const std::string& name, uint32_t but, Clock::Duration within, Speaker::Came then) {
  const uint64_t number = arrivals.open(name, within, [then = std::move(then)](Expected<Envelope> came) {
    if (came) return then({});
    then(tl::unexpected(came.error()));
  });
  // What has happened before somebody waited for it.
  const uint32_t now = incarnation(name);
  if (now != 0 && now != but) return arrivals.answer(number, Envelope{});
  const auto last = routes.last(name);
  bool over = last && !last->alive && !last->restarts;
  {
    std::lock_guard lock(mutex);
    if (const auto child = children.find(name); child != children.end()) over = child->second.over;
  }
  if (over) arrivals.fail(number, {Ec::unreachable, name + " is not started again"});
}

void System::State::announce(const Envelope& news, const std::string& about) {
  std::set<std::string> names;
  {
    std::lock_guard lock(mutex);
    names = watchers;
  }
  for (const auto& name : names)
    if (name != about) tell({}, name, news);
}

/// The operator. Each word holds the system only while it is said.
class System::Outside final : public Speaker {
 public:
  explicit Outside(const std::shared_ptr<State>& state) : state_(state), clock_(state->clock) {}
  Clock& clock() override { return clock_; }
  void tell(const std::string& name, Envelope envelope) override {
    if (const auto state = state_.lock()) state->tell({}, name, std::move(envelope));
  }
  void ask(const std::string& name, Envelope envelope, Clock::Duration within, Answered then) override {
    if (const auto state = state_.lock()) return state->ask({}, 0, name, std::move(envelope), within, std::move(then));
    then(fail(Ec::unreachable, "the system has ended"));
  }
  uint32_t incarnation(const std::string& name) const override {
    const auto state = state_.lock();
    return state ? state->incarnation(name) : 0;
  }
  void await(const std::string& name, uint32_t but, Clock::Duration within, Came then) override {
    if (const auto state = state_.lock()) return state->await(name, but, within, std::move(then));
    then(fail(Ec::unreachable, "the system has ended"));
  }

 private:
  const std::weak_ptr<State> state_;
  Clock& clock_;
};

System::System(Options options, Clock& clock, Pool& pool)
    : state_(std::make_shared<State>(std::move(options), clock, pool)) {
  if (!state_->options.network) return;
  std::weak_ptr<State> weak = state_;
  state_->links = std::make_unique<Links>(state_->caf, state_->options.network->self, state_->options.network->memory,
                                          Links::Callbacks{.received =
                                                               [weak](Parcel parcel) {
                                                                 if (auto state = weak.lock()) state->received(std::move(parcel));
                                                               },
                                                           .lost =
                                                               [weak](uint64_t process) {
                                                                 if (auto state = weak.lock()) state->options.lost(process);
                                                               },
                                                           .unreadable =
                                                               [weak](uint64_t process, const std::string& why) {
                                                                 auto state = weak.lock();
                                                                 if (state && state->counts.malformed++ == 0)
                                                                   state->options.log("a row of process " + std::to_string(process) +
                                                                                      " cannot be read: " + why);
                                                               }});
}

System::~System() {
  {
    std::lock_guard lock(state_->starting);
    state_->stopping = true;
  }
  for (const auto& handle : state_->residents.everybody()) caf::anon_send_exit(handle, caf::exit_reason::kill);
  if (state_->links) state_->links->close();
  state_->caf.await_all_actors_done();
  state_->arrivals.close();
  state_->asks.close();
}

void System::spawn(const std::string& name, Factory factory, RestartSpec restarts) {
  {
    std::lock_guard lock(state_->mutex);
    state_->children.emplace(name, State::Child{std::move(factory)});
    state_->supervisor.add({.name = name, .restarts = restarts});
  }
  state_->start(name);
}

void System::begin(const Address& who, Factory factory, Fell fell) {
  state_->bring_up(who, std::move(factory), std::move(fell));
}

void System::end(const Address& who) {
  if (state_->residents.incarnation(who.name) != who.incarnation) return;
  const caf::actor handle = state_->residents.find(who.name);
  if (state_->residents.leave(who)) caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
}

void System::tell(const std::string& name, Envelope envelope) { state_->tell({}, name, std::move(envelope)); }

void System::tell(uint64_t process, const std::string& name, Envelope envelope) {
  state_->send(process, {}, name, std::move(envelope));
}

std::future<Expected<Envelope>> System::ask(const std::string& name, Envelope envelope, Clock::Duration within) {
  return ask(0, name, std::move(envelope), within);
}

std::future<Expected<Envelope>> System::ask(uint64_t process, const std::string& name, Envelope envelope, Clock::Duration within) {
  auto promise = std::make_shared<std::promise<Expected<Envelope>>>();
  state_->ask({}, process, name, std::move(envelope), within,
              [promise](Expected<Envelope> answer) { promise->set_value(std::move(answer)); });
  return promise->get_future();
}

std::shared_ptr<Speaker> System::outside() { return std::make_shared<Outside>(state_); }

uint32_t System::incarnation(const std::string& name) const { return state_->residents.incarnation(name); }

std::vector<Address> System::living() const { return state_->residents.addresses(); }

const System::Counts& System::counts() const { return state_->counts; }

void System::learn(const Life& life) { state_->learn(life); }

void System::reached(uint64_t news) { state_->gate.reached(news); }

void System::erase(const std::string& name) { state_->routes.erase(name); }

void System::introduce(const Endpoint& peer) {
  if (state_->links && peer.process != state_->options.network->self.process) state_->links->introduce(peer);
}

void System::forget(uint64_t process) {
  if (state_->links) state_->links->forget(process);
}

Links* System::links() { return state_->links.get(); }

const Routes& System::routes() const { return state_->routes; }

}  // namespace zenops
