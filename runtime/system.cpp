#include "runtime/system.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/logger.hpp>
#include <caf/send.hpp>
#include <deque>
#include <set>

#include "runtime/directory.hpp"
#include "runtime/wire/runtime.capnp.h"

namespace zenops {
namespace {

class Config : public caf::actor_system_config {
 public:
  explicit Config(int message_threads) {
    set("caf.scheduler.policy", "sharing");  // stealing workers poll, and then sleep for milliseconds
    set("caf.scheduler.max-threads", static_cast<size_t>(message_threads));
    set("caf.logger.console.verbosity", "quiet");
  }
};

Config make_config(int message_threads) {
  static const bool once = [] {
    caf::init_global_meta_objects<caf::id_block::zenops>();
    caf::core::init_global_meta_objects();
    return true;
  }();
  static_cast<void>(once);
  return Config(message_threads);
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
      : options(std::move(o)), clock(c), pool(p), config(make_config(options.message_threads)), caf(config) {}

  struct Child {
    Factory factory;
    Restarts restarts;
    uint32_t incarnation = 0;
  };

  void start(const std::string& name);
  void fell(const Address& address, const std::string& cause);
  void tell(const caf::actor& from, const std::string& name, Envelope envelope);
  void announce(const Envelope& news, const std::string& about);

  const Options options;
  Clock& clock;
  Pool& pool;
  Counts counts;
  Traffic traffic;
  Directory directory;
  std::mutex mutex;
  std::map<std::string, Child> children;
  std::set<std::string> watchers;
  std::mutex starting;  // nobody begins once it is stopping
  std::atomic<bool> stopping = false;
  Config config;
  caf::actor_system caf;  // last: its destructor waits for actors that use the rest
};

/// The CAF actor around an actor of ours.
class System::Shell final : public caf::event_based_actor, private Context {
 public:
  Shell(caf::actor_config& config, std::shared_ptr<State> state, Address self, Factory factory)
      : caf::event_based_actor(config), state_(std::move(state)), self_(std::move(self)), factory_(std::move(factory)) {}

  caf::behavior make_behavior() override {
    const bool made = guarded([this] {
      actor_ = factory_(*this);
      behavior_ = actor_->handlers();
    });
    if (!made) return {};
    return {[this](const Envelope& envelope) { receive(envelope); }};
  }

  void on_exit() override {
    actor_.reset();
    if (!state_->stopping) {
      state_->directory.leave(self_);
      state_->fell(self_, cause_);
    }
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
      guarded([] { throw std::runtime_error("it was killed (fault injection)"); });
      return;
    }
    sender_ = {from ? state_->directory.whois(from) : std::string{}, envelope.incarnation};
    if (!sender_.name.empty() && !lives(sender_)) return refuse(Ec::stale);
    guarded([&] {
      if (auto done = behavior_(envelope, sender_.name); !done) {
        if (done.error().code == Ec::malformed && malformed_++ == 0)
          log(to_string(self_) + " cannot read a message from " + to_string(sender_) + ": " + done.error().what);
        refuse(done.error().code);
      }
    });
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
      cause_ = e.what();
      quit(caf::make_error(caf::sec::runtime_error, cause_));
      return false;
    }
  }

  const Address& self() const override { return self_; }
  const Address& sender() const override { return sender_; }
  Clock& clock() override { return state_->clock; }
  Pool& pool() override { return state_->pool; }
  void tell(const std::string& name, Envelope envelope) override {
    envelope.incarnation = self_.incarnation;
    state_->traffic.add(self_.name, name, envelope.bytes());
    state_->tell(caf::actor_cast<caf::actor>(this), name, std::move(envelope));
  }
  bool lives(const Address& address) const override {
    return state_->directory.incarnation(address.name) == address.incarnation;
  }
  void watch() override {
    std::lock_guard lock(state_->mutex);
    state_->watchers.insert(self_.name);
  }
  void log(const std::string& line) override { state_->options.log(line); }
  void kill(const std::string& name) override {
    // Ahead of whatever waits for it.
    if (const caf::actor to = state_->directory.find(name))
      caf::anon_send<caf::message_priority::high>(to, Envelope::of<wire::Kill>());
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

  std::shared_ptr<State> state_;
  const Address self_;
  Factory factory_;
  std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
  std::unique_ptr<Actor> actor_;
  Behavior behavior_;
  Address sender_;
  std::string cause_ = "it ended";
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
  caf::actor handle;
  {
    std::lock_guard lock(starting);
    if (stopping) return;
    // Lazily: it must not run before the directory knows it.
    handle = caf.spawn<Shell, caf::lazy_init>(shared_from_this(), address, std::move(factory));
    directory.enter(address, handle);
    // Spawning leaves a reference to CAF's logger with this thread, and CAF's end waits for it: for ever, on the clock's.
    caf::logger::set_current_actor_system(nullptr);
  }
  caf::send_as(handle, handle, Envelope::of<wire::Ready>());
  announce(Envelope::of<wire::Up>([&](wire::Up::Builder up) {
             up.setName(name);
             up.setIncarnation(address.incarnation);
           }),
           name);
}

void System::State::fell(const Address& address, const std::string& cause) {
  std::optional<Clock::Duration> pause;
  {
    std::lock_guard lock(mutex);
    pause = children.at(address.name).restarts.fell(clock.now());
  }
  announce(Envelope::of<wire::Down>([&](wire::Down::Builder down) {
             down.setName(address.name);
             down.setIncarnation(address.incarnation);
             down.setCause(cause);
             down.setRestarts(pause.has_value());
           }),
           address.name);
  if (pause) {
    clock.after(*pause, [weak = weak_from_this(), name = address.name] {
      if (auto state = weak.lock()) state->start(name);
    });
  }
  const auto ms = pause ? std::chrono::duration_cast<std::chrono::milliseconds>(*pause).count() : 0;
  options.log(to_string(address) + " lost: " + cause + "; " +
              (pause ? "starting " + to_string({address.name, address.incarnation + 1}) + " in " + std::to_string(ms) + " ms"
                     : "given up"));
  if (!pause) options.given_up(address.name, cause);
}

void System::State::tell(const caf::actor& from, const std::string& name, Envelope envelope) {
  const caf::actor to = directory.find(name);
  if (!to) {
    ++counts.undeliverable;
    return;
  }
  if (options.serialize) {
    auto again = from_bytes(to_bytes(envelope));
    if (!again) throw std::logic_error("a message of ours does not survive its bytes: " + again.error().what);
    envelope = std::move(*again);
  }
  if (from) {
    caf::send_as(from, to, std::move(envelope));
  } else {
    caf::anon_send(to, std::move(envelope));
  }
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

System::System(Options options, Clock& clock, Pool& pool)
    : state_(std::make_shared<State>(std::move(options), clock, pool)) {}

System::~System() {
  {
    std::lock_guard lock(state_->starting);
    state_->stopping = true;
  }
  for (const auto& handle : state_->directory.everybody()) caf::anon_send_exit(handle, caf::exit_reason::kill);
  state_->caf.await_all_actors_done();
}

void System::spawn(const std::string& name, Factory factory, RestartSpec restarts) {
  {
    std::lock_guard lock(state_->mutex);
    state_->children.emplace(name, State::Child{std::move(factory), Restarts(restarts)});
  }
  state_->start(name);
}

void System::tell(const std::string& name, Envelope envelope) { state_->tell({}, name, std::move(envelope)); }

uint32_t System::incarnation(const std::string& name) const { return state_->directory.incarnation(name); }

const System::Counts& System::counts() const { return state_->counts; }

}  // namespace zenops
