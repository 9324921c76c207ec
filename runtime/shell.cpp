#include "runtime/shell.hpp"

#include <caf/send.hpp>

#include "runtime/answers.hpp"
#include "runtime/description.hpp"
#include "runtime/wire/cluster_words.hpp"
#include "runtime/wire/runtime.capnp.h"

namespace zenops {
namespace {

constexpr auto kept_within = std::chrono::seconds(10);

Envelope keeping(const Address& who, const Envelope& state) {
  return Envelope::of<wire::Keep>(
      [&](wire::Keep::Builder out) {
        out.setName(who.name);
        out.setIncarnation(who.incarnation);
        write(state, out.initState());
      },
      state.rows);
}

}  // namespace

System::Shell::Shell(caf::actor_config& config, std::shared_ptr<State> state, std::shared_ptr<Resident> resident,
                     std::shared_ptr<const Factory> factory, Fell fell)
    : caf::event_based_actor(config),
      state_(std::move(state)),
      resident_(std::move(resident)),
      factory_(std::move(factory)),
      fell_(std::move(fell)) {}

template <class F>
bool System::Shell::guarded(F f) {
  try {
    f();
    return true;
  } catch (const std::exception& e) {
    fall(Cause::crashed, e.what());
    return false;
  }
}

void System::Shell::fall(Cause cause, std::string why) {
  cause_ = cause;
  why_ = std::move(why);
  quit(caf::make_error(caf::sec::runtime_error, why_));
}

caf::behavior System::Shell::make_behavior() {
  const bool made = guarded([this] {
    actor_ = (*std::exchange(factory_, {}))(*this);
    behavior_ = actor_->handlers();
  });
  if (!made) return {};
  return awake();
}

caf::behavior System::Shell::awake() {
  return {[this](const Envelope& envelope) { receive(envelope); },
          [this](Heard& heard) {
            if (is_from_itself()) guarded([&] { heard.then(std::move(heard.answer)); });
          },
          [this](const Work& work) {
            if (is_from_itself()) guarded(work.run);
          },
          [this](const Parcel& parcel) { receive(parcel); }};
}

void System::Shell::receive(const Parcel& parcel) {
  sender_ = parcel.from;
  sender_kind_ = state_->traffic.kind(sender_.name);
  origin_ = parcel.process;
  handle(parcel.envelope);
}

void System::Shell::on_exit() {
  actor_.reset();
  if (!state_->stopping) {
    if (state_->residents.leave(self()))
      fell_ ? fell_(self(), cause_, why_) : state_->fell(self(), cause_, why_);
  }
  // Somebody who has just posted something may hold this object longer than its system lives: it keeps nothing that
  // belongs to others, for that would then end on a thread of theirs.
  factory_ = {};
  fell_ = {};
  state_.reset();
}

const System::Shell* System::Shell::shell_of(const caf::strong_actor_ptr& sender) {
  const auto* actor = sender ? caf::actor_cast<caf::abstract_actor*>(sender) : nullptr;
  return actor && typeid(*actor) == typeid(Shell) ? static_cast<const Shell*>(actor) : nullptr;
}

bool System::Shell::is_from_itself() {
  if (current_sender() == ctrl()) return true;
  refuse(Ec::unexpected);
  return false;
}

void System::Shell::receive(const Envelope& envelope) {
  const Shell* const from = shell_of(current_sender());
  if (!from && current_sender()) return refuse(Ec::unexpected);
  if (envelope.type == capnp::typeId<wire::Kill>()) {
    if (from) return refuse(Ec::unexpected);
    const Msg<wire::Kill> kill(envelope);
    return fall(kill->getEvicted() ? Cause::evicted : Cause::crashed, kill->getCause());
  }
  origin_ = 0;
  if (from) {
    const Resident& resident = from->resident();
    sender_ = resident.address;
    sender_kind_ = resident.kind;
    if (!resident.lives && !state_->routes.alive(sender_)) return refuse(Ec::stale);
  } else {
    sender_ = {{}, envelope.incarnation};
    sender_kind_ = nullptr;
  }
  handle(envelope);
}

void System::Shell::handle(const Envelope& envelope) {
  request_ = envelope.request;
  ++handled_;
  guarded([&] {
    auto done = behavior_(envelope, sender_.name);
    if (done && *done) reply(std::move(**done));
    if (!done && !answers_as_an_actor(envelope)) {
      if (done.error().code == Ec::malformed && malformed_++ == 0)
        log(to_string(self()) + " cannot read a message from " + to_string(sender_) + ": " + done.error().what);
      refuse(done.error().code);
      if (request_ != 0) reply(failure(done.error()));
    }
  });
  request_ = 0;
}

bool System::Shell::answers_as_an_actor(const Envelope& envelope) {
  if (!sender_.name.empty()) return false;
  if (envelope.type == capnp::typeId<wire::Describe>()) {
    reply(describe(self(), actor_->summary(), behavior_, handled_, frozen_));
  } else if (envelope.type == capnp::typeId<wire::Freeze>()) {
    if (of_the_runtime(self().name)) return false;  // the cluster itself is not frozen
    freeze();
    reply(Envelope::of<wire::Done>());
  } else if (envelope.type == capnp::typeId<wire::Thaw>()) {
    thaw();
    reply(Envelope::of<wire::Done>());
  } else {
    return false;
  }
  return true;
}

void System::Shell::freeze() {
  if (std::exchange(frozen_, true)) return;
  become([](caf::unit_t) {});  // nothing that anybody sends
  set_default_handler([this](caf::scheduled_actor*, caf::message& message) -> caf::skippable_result {
    if (!is_heard_frozen(message)) return caf::skip;  // it waits in the mailbox, in its order
    if (message.match_elements<Envelope>()) {
      receive(message.get_as<Envelope>(0));
    } else {
      receive(message.get_as<Parcel>(0));
    }
    return caf::message{};
  });
}

bool System::Shell::is_heard_frozen(const caf::message& message) {
  const auto heard = [](const Envelope& envelope) {
    return envelope.type == capnp::typeId<wire::Kill>() || envelope.type == capnp::typeId<wire::Describe>() ||
           envelope.type == capnp::typeId<wire::Thaw>();
  };
  if (message.match_elements<Envelope>()) return heard(message.get_as<Envelope>(0)) && !shell_of(current_sender());
  if (!message.match_elements<Parcel>()) return false;
  const Parcel& parcel = message.get_as<Parcel>(0);
  return heard(parcel.envelope) && parcel.from.name.empty();
}

void System::Shell::thaw() {
  if (!std::exchange(frozen_, false)) return;
  set_default_handler(caf::print_and_drop);
  become(awake());
}

void System::Shell::refuse(Ec code) {
  auto& counts = state_->counts;
  ++(code == Ec::stale ? counts.fenced : code == Ec::malformed ? counts.malformed : counts.unexpected);
}

uint64_t System::Shell::origin() const {
  const auto& network = state_->options.network;
  return origin_ == 0 && network ? network->self.process : origin_;
}

std::shared_ptr<Memory> System::Shell::memory() {
  const auto& network = state_->options.network;
  if (network && network->memory) return network->memory;
  return heap();
}

void System::Shell::tell(const std::string& name, Envelope envelope) {
  envelope.incarnation = self().incarnation;
  state_->tell(this, name, std::move(envelope));
}

void System::Shell::ask(const std::string& name, Envelope envelope, Clock::Duration within, Answered then) {
  envelope.incarnation = self().incarnation;
  state_->ask(
      this, 0, name, std::move(envelope), within,
      [address = caf::actor_cast<caf::actor_addr>(this), then = std::move(then)](Expected<Envelope> answer) mutable {
        if (const auto me = caf::actor_cast<caf::actor>(address))
          caf::send_as(me, me, Heard{std::move(then), std::move(answer)});
      });
}

void System::Shell::reply(Envelope envelope) {
  if (request_ == 0) return;
  envelope.incarnation = self().incarnation;
  Traffic::add(resident_->kind, sender_kind_, envelope.bytes());
  state_->answer(origin_, self(), sender_.name, request_, std::move(envelope));
}

Context::Reply System::Shell::replier() {
  if (request_ == 0) return [](Envelope) {};
  // Whoever keeps it may outlive the system, which must not end because of that, nor on a thread of theirs.
  return [weak = std::weak_ptr(state_), self = resident_, to = sender_.name, kind = sender_kind_, origin = origin_,
          request = request_](Envelope envelope) {
    const auto state = weak.lock();
    if (!state) return;
    envelope.incarnation = self->address.incarnation;
    Traffic::add(self->kind, kind, envelope.bytes());
    state->answer(origin, self->address, to, request, std::move(envelope));
  };
}

void System::Shell::await(const std::string& name, uint32_t but, Clock::Duration within, Came then) {
  state_->await(name, but, within, [post = post(), then = std::move(then)](Expected<void> came) {
    post([then, came = std::move(came)] { then(came); });
  });
}

bool System::Shell::lives(const Address& address) const {
  return state_->residents.incarnation(address.name) == address.incarnation || state_->routes.alive(address);
}

void System::Shell::watch() {
  std::lock_guard lock(state_->mutex);
  state_->watchers.insert(self().name);
  state_->watched = true;
}

void System::Shell::kill(const std::string& name) {
  if (state_->options.network)
    return state_->tell(nullptr, "head", Envelope::of<wire::KillActor>([&](wire::KillActor::Builder out) {
                          out.setName(name);
                          out.setCause("it was killed (fault injection)");
                        }));
  state_->fall(name, Cause::crashed, "it was killed (fault injection)");
}

void System::Shell::evict(const Address& who, const std::string& why) {
  if (state_->options.network)
    return state_->tell(nullptr, "head", Envelope::of<wire::EvictActor>([&](wire::EvictActor::Builder out) {
                          out.setName(who.name);
                          out.setIncarnation(who.incarnation);
                          out.setCause(why);
                        }));
  if (state_->residents.incarnation(who.name) == who.incarnation) state_->fall(who.name, Cause::evicted, why);
}

std::optional<Envelope> System::Shell::kept() const {
  std::lock_guard lock(state_->mutex);
  const auto kept = state_->kept.find(self().name);
  if (kept == state_->kept.end()) return {};
  return kept->second;
}

void System::Shell::store(Envelope state, Keeping then) {
  if (!state_->options.network) {
    {
      std::lock_guard lock(state_->mutex);
      state_->kept.insert_or_assign(self().name, std::move(state));
    }
    return then({});
  }
  const Envelope question = keeping(self(), state);
  state_->ask(nullptr, 0, "head", question, kept_within,
              [post = post(), then = std::move(then), weak = std::weak_ptr(state_), name = self().name, kept = std::move(state)](Expected<Envelope> answer) {
                if (const auto system = weak.lock(); system && answer) {
                  std::lock_guard lock(system->mutex);
                  system->kept.insert_or_assign(name, kept);
                }
                post([then, answer = std::move(answer)] { then(answer.map([](const Envelope&) {})); });
              });
}

Context::Post System::Shell::post() {
  return [address = caf::actor_cast<caf::actor_addr>(this)](std::function<void()> work) {
    if (const auto me = caf::actor_cast<caf::actor>(address)) caf::send_as(me, me, Work{std::move(work)});
  };
}

}  // namespace zenops
