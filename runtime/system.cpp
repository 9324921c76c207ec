#include "runtime/system.hpp"

#include <caf/init_global_meta_objects.hpp>
#include <caf/io/middleman.hpp>
#include <caf/logger.hpp>
#include <caf/make_actor.hpp>
#include <caf/send.hpp>
#include <thread>

#include "runtime/answers.hpp"
#include "runtime/shell.hpp"
#include "runtime/system_state.hpp"
#include "runtime/wire/cluster.capnp.h"
#include "runtime/wire/runtime.capnp.h"

namespace zenops {
namespace {

constexpr auto news_within = std::chrono::seconds(2);

/// CAF must know of all types before it is given its settings.
const System::Options& told_caf_of_types(const System::Options& options) {
  static const bool once = [] {
    caf::init_global_meta_objects<caf::id_block::zenops>();
    caf::io::middleman::init_global_meta_objects();
    caf::core::init_global_meta_objects();
    return true;
  }();
  static_cast<void>(once);
  return options;
}

}  // namespace

System::State::Config::Config(int message_threads, bool network) {
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

System::State::State(Options o, Clock& c, Pool& p)
    : options(std::move(o)),
      clock(c),
      pool(p),
      asks(clock),
      arrivals(clock),
      config(told_caf_of_types(options).message_threads, options.network && !options.network->alone),
      caf(config) {
  // Making it leaves a reference to CAF's logger with this thread, and CAF's end waits for that: for ever, when it ends on another
  // thread for which this one waits, as the clock's.
  caf::logger::set_current_actor_system(nullptr);
}

void System::State::start(const std::string& name) {
  Address address{name, 0};
  std::shared_ptr<const Factory> factory;
  {
    std::lock_guard lock(mutex);
    auto& child = children.at(name);
    address.incarnation = ++child.incarnation;
    factory = child.factory;
  }
  begin(address, std::move(factory));
}

void System::State::begin(const Address& who, std::shared_ptr<const Factory> factory) {
  if (!bring_up(who, std::move(factory), {})) return;
  const Life life = Life::begun(who, 0);
  settle(life);
  announce(life);
}

bool System::State::bring_up(const Address& who, std::shared_ptr<const Factory> factory, Fell fell) {
  auto resident = std::make_shared<Resident>(who, traffic.kind(who.name));
  caf::actor_config settings(caf.dummy_execution_unit());
  std::lock_guard lock(starting);
  if (stopping) return false;
  const auto handle =
      caf::make_actor<Shell, caf::actor>(caf.next_actor_id(), caf.node(), &caf, settings, shared_from_this(), resident,
                                         std::move(factory), std::move(fell));
  // It must not run before it can be found.
  residents.enter(std::move(resident), handle);
  static_cast<Shell*>(caf::actor_cast<caf::abstract_actor*>(handle))->launch(settings.host, false, false);
  return true;
}

void System::State::fall(const std::string& name, Cause cause, const std::string& why) {
  const caf::actor to = residents.find(name).handle;
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
    Child& child = children.at(address.name);
    if (!child.supervisor)
      child.supervisor = std::make_unique<Supervisor>(
          Supervisor::Options{}, std::vector<ChildSpec>{{.name = address.name, .restarts = child.restarts}});
    decision = child.supervisor->fell(address.name, cause, clock.now());
    child.over = decision.start.empty();
    if (cause == Cause::crashed) ++child.falls;
    if (cause == Cause::evicted || child.over) kept.erase(address.name);
    child.cause = why;
    child.ended = std::chrono::system_clock::now();
  }
  const bool restarts = !decision.start.empty();
  const Life life = Life::ended(address, 0, why, restarts);
  settle(life);
  announce(life);
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
    children.at(name).supervisor->due(ticket);
  }
  start(name);
}

void System::State::tell(Shell* from, const std::string& name, Envelope envelope) {
  envelope.request = 0;
  envelope.answer = false;
  deliver(from, name, std::move(envelope));
}

void System::State::deliver(Shell* from, const std::string& name, Envelope envelope) {
  if (from && parted(from->resident().address.name, name)) return;
  const auto [to, kind] = residents.find(name);
  if (from) Traffic::add(from->resident().kind, to ? kind : traffic.kind(name), envelope.bytes());
  if (!to) {
    if (const auto life = routes.find(name))
      return send(life->process, from ? from->resident().address : Address{}, name, std::move(envelope));
    ++counts.undeliverable;
    if (envelope.request != 0) asks.fail(envelope.request, {Ec::unreachable, "nobody is called " + name});
    return;
  }
  if (options.serialize) {
    auto again = from_bytes(to_bytes(envelope));
    if (!again) throw std::logic_error("a message of ours does not survive its bytes: " + again.error().what);
    envelope = std::move(*again);
  }
  if (from) {
    from->send_to(to, std::move(envelope));
  } else {
    caf::anon_send(to, std::move(envelope));
  }
}

void System::State::send(uint64_t process, const Address& from, const std::string& name, Envelope envelope) {
  const uint64_t request = envelope.answer ? 0 : envelope.request;
  if (links) account(process);
  if (links && links->send(process, from, name, std::move(envelope), gate.heard())) return;
  ++counts.undeliverable;
  if (request != 0) asks.fail(request, {Ec::unreachable, "the process of " + name + " is not known"});
}

void System::State::ask(Shell* from, uint64_t process, const std::string& name, Envelope envelope,
                        Clock::Duration within, Asks::Then then) {
  envelope.request = asks.open(name, within, std::move(then));
  envelope.answer = false;
  if (process != 0) return send(process, from ? from->resident().address : Address{}, name, std::move(envelope));
  deliver(from, name, std::move(envelope));
}

void System::State::answer(uint64_t process, const Address& from, const std::string& to, uint64_t request,
                           Envelope envelope) {
  if (parted(from.name, to)) return;
  envelope.request = request;
  envelope.answer = true;
  if (process == 0) {
    if (!asks.waits(request, from.name)) return;  // too late, or a liar's
    return asks.answer(request, opened(std::move(envelope), from));
  }
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
  try {
    hand_on_checked(std::move(parcel));
  } catch (const kj::Exception&) {  // bytes that are not what they say they are
    ++counts.malformed;
  }
}

void System::State::hand_on_checked(Parcel parcel) {
  if (!parcel.from.name.empty() && routes.over(parcel.from)) {
    ++counts.fenced;
    return send(parcel.process, {}, {}, Envelope::of<wire::Fenced>([&](wire::Fenced::Builder out) {
                  out.setName(parcel.from.name);
                  out.setIncarnation(parcel.from.incarnation);
                }));
  }
  if (!parcel.from.name.empty()) routes.hint(parcel.from, parcel.process);
  Envelope& envelope = parcel.envelope;
  if (envelope.answer && !parcel.from.name.empty() && !asks.waits(envelope.request, parcel.from.name))
    return;  // too late, or a liar's
  if (envelope.answer) return asks.answer(envelope.request, opened(std::move(envelope), parcel.from));
  if (envelope.type == capnp::typeId<wire::Fenced>()) {
    const Msg<wire::Fenced> fenced(envelope);
    return options.fenced({fenced->getName(), fenced->getIncarnation()});
  }
  if (envelope.type == capnp::typeId<wire::Sent>()) {
    const Msg<wire::Sent> sent(envelope);
    const auto kinds = sent->getKinds();
    const auto out = sent->getSent(), in = sent->getReceived();
    std::map<std::string, Bytes> totals;
    for (uint32_t k = 0; k < std::min({kinds.size(), out.size(), in.size()}); ++k) totals[kinds[k]] = {out[k], in[k]};
    return traffic.learn(parcel.process, std::move(totals));
  }
  if (const caf::actor to = residents.find(parcel.to).handle) return caf::anon_send(to, std::move(parcel));
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
              gate.heard());
}

void System::State::learn(const Life& life) {
  if (!routes.learn(life)) return;
  settle(life);
  if (of_the_runtime(life.who.name)) return;
  announce(life);
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

void System::State::announce(const Life& life) {
  options.life(life);
  if (!watched) return;
  std::set<std::string> names;
  {
    std::lock_guard lock(mutex);
    names = watchers;
  }
  const Envelope news = news_of(life);
  for (const auto& name : names)
    if (name != life.who.name) tell(nullptr, name, news);
}

/// The operator. Each word holds the system only while it is said.
class System::Outside final : public Speaker {
 public:
  explicit Outside(const std::shared_ptr<State>& state) : state_(state), clock_(state->clock) {}
  Clock& clock() override {
    // Whoever owns the system may own its clock as well.
    static SystemClock* const afterwards = new SystemClock;  // never ends: it may be asked while the program does
    return state_.expired() ? *afterwards : clock_;
  }
  void tell(const std::string& name, Envelope envelope) override {
    if (const auto state = state_.lock()) state->tell(nullptr, name, std::move(envelope));
  }
  void ask(const std::string& name, Envelope envelope, Clock::Duration within, Answered then) override {
    if (const auto state = state_.lock()) return state->ask(nullptr, 0, name, std::move(envelope), within, std::move(then));
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
  if (!state_->options.network || state_->options.network->alone) return;
  std::weak_ptr<State> weak = state_;
  state_->links = std::make_unique<Links>(state_->caf, state_->options.network->self, state_->options.network->memory,
                                          Links::Callbacks{.received =
                                                               [weak](Parcel parcel) {
                                                                 if (auto state = weak.lock())
                                                                   state->received(std::move(parcel));
                                                               },
                                                           .lost =
                                                               [weak](uint64_t process) {
                                                                 if (auto state = weak.lock())
                                                                   state->options.lost(process);
                                                               },
                                                           .unreadable =
                                                               [weak](uint64_t process, const std::string& why) {
                                                                 auto state = weak.lock();
                                                                 if (state && state->counts.malformed++ == 0)
                                                                   state->options.log("a row of process " +
                                                                                      std::to_string(process) +
                                                                                      " cannot be read: " + why);
                                                               },
                                                           .forgotten =
                                                               [weak](uint64_t process) {
                                                                 if (auto state = weak.lock())
                                                                   state->options.forgotten(process);
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
  // Timers and links hold it for as long as a call of theirs takes. It must end here: on the clock's thread CAF would wait for its
  // logger, and whoever ends the clock for that thread.
  for (int k = 0; k < 10'000 && state_.use_count() > 1; ++k) std::this_thread::sleep_for(std::chrono::microseconds(100));
}

void System::spawn(const std::string& name, Factory factory, RestartSpec restarts) {
  const auto made = std::make_shared<const Factory>(std::move(factory));
  {
    std::lock_guard lock(state_->mutex);
    state_->children.emplace(name, State::Child{made, restarts, 1});
  }
  state_->begin({name, 1}, made);
}

void System::begin(const Address& who, Factory factory, Fell fell) {
  state_->bring_up(who, std::make_shared<const Factory>(std::move(factory)), std::move(fell));
}

void System::end(const Address& who) {
  if (state_->residents.incarnation(who.name) != who.incarnation) return;
  const caf::actor handle = state_->residents.find(who.name).handle;
  if (state_->residents.leave(who)) caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
}

void System::tell(const std::string& name, Envelope envelope) { state_->tell(nullptr, name, std::move(envelope)); }

void System::tell(uint64_t process, const std::string& name, Envelope envelope) {
  state_->send(process, {}, name, std::move(envelope));
}

std::future<Expected<Envelope>> System::ask(const std::string& name, Envelope envelope, Clock::Duration within) {
  return ask(0, name, std::move(envelope), within);
}

std::future<Expected<Envelope>> System::ask(uint64_t process, const std::string& name, Envelope envelope,
                                            Clock::Duration within) {
  auto promise = std::make_shared<std::promise<Expected<Envelope>>>();
  state_->ask(nullptr, process, name, std::move(envelope), within,
              [promise](Expected<Envelope> answer) { promise->set_value(std::move(answer)); });
  return promise->get_future();
}

std::shared_ptr<Speaker> System::outside() { return std::make_shared<Outside>(state_); }

uint32_t System::incarnation(const std::string& name) const { return state_->residents.incarnation(name); }

std::vector<System::Status> System::spawned() const {
  std::vector<Status> out;
  {
    std::lock_guard lock(state_->mutex);
    for (const auto& [name, child] : state_->children)
      out.push_back({.who = {name, child.incarnation}, .over = child.over, .falls = child.falls, .cause = child.cause, .ended = child.ended});
  }
  for (Status& one : out) one.lives = state_->residents.incarnation(one.who.name) == one.who.incarnation;
  std::ranges::sort(out, {}, [](const Status& one) { return one.who.name; });
  return out;
}

bool System::fall(const std::string& name, const std::string& why) {
  {
    std::lock_guard lock(state_->mutex);
    if (!state_->children.contains(name)) return false;
  }
  if (state_->residents.incarnation(name) == 0) return false;
  state_->fall(name, Cause::crashed, why);
  return true;
}

void System::cut(std::vector<Cut> cuts) {
  std::lock_guard lock(state_->cutting);
  state_->is_cut = !cuts.empty();
  state_->cuts = std::move(cuts);
}

std::vector<Address> System::living() const { return state_->residents.addresses(); }

const System::Counts& System::counts() const { return state_->counts; }

void System::learn(const Life& life) { state_->learn(life); }

void System::hears(uint64_t news) { state_->gate.hears(news); }

void System::reached(uint64_t news) { state_->gate.reached(news); }

void System::erase(const std::string& name) {
  state_->routes.erase(name);
  keep(name, {});
}

void System::introduce(const Endpoint& peer) {
  if (state_->links && peer.process != state_->options.network->self.process) state_->links->introduce(peer);
}

void System::forget(uint64_t process) {
  if (state_->links) state_->links->forget(process);
}

void System::keep(const std::string& name, std::optional<Envelope> state) {
  std::lock_guard lock(state_->mutex);
  state_->kept.erase(name);
  if (state) state_->kept.emplace(name, std::move(*state));
}

const Endpoint& System::self() const {
  return state_->links ? state_->links->self() : state_->options.network->self;
}

Links* System::links() { return state_->links.get(); }

const Routes& System::routes() const { return state_->routes; }

}  // namespace zenops
