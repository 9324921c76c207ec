#pragma once
#include <future>

#include "runtime/actor.hpp"
#include "runtime/well_formed.hpp"

namespace zenops {

class System;

/// How often a question may be put.
struct Retry {
  /// In all.
  int tries = 1;
};
/// Once: it may have been heard though no answer comes.
constexpr Retry at_most_once() { return {1}; }
/// Up to so many times in all, for what may be heard twice. Only when whoever was asked fell or was not there: not
/// after an answer, which an error is, and not after the deadline.
constexpr Retry idempotent(int tries) { return {tries < 1 ? 1 : tries}; }

/// How a question is asked.
struct Asking {
  /// For all tries together; longer than a day is a day.
  Clock::Duration within = std::chrono::seconds(30);
  /// Whether it is put again.
  Retry retry = at_most_once();
};

/// A message of the type that was asked for, all of which can be read. Copies share it.
template <class Root>
class Answer {
 public:
  /// An error: that one; a message of another type (unexpected); bytes that are not one of that type (malformed).
  static Expected<Answer> of(Expected<Envelope> envelope, const std::string& who);

  /// Its fields.
  const typename Root::Reader* operator->() const { return held_->message.operator->(); }
  /// The message.
  typename Root::Reader operator*() const { return *held_->message; }
  /// What lies beside it.
  std::span<const Row> rows() const { return held_->envelope.rows; }
  /// As it came.
  const Envelope& envelope() const { return held_->envelope; }

 private:
  struct Held {
    explicit Held(Envelope e) : envelope(std::move(e)) {}
    const Envelope envelope;
    // It was read whole within limits: however often it is read again, it does not unfold further.
    const Msg<Root> message{envelope, {.traversalLimitInWords = ~uint64_t{0}, .nestingLimit = 16}};
  };
  explicit Answer(std::shared_ptr<const Held> held) : held_(std::move(held)) {}
  std::shared_ptr<const Held> held_;
};

/// An actor by its name: whoever is called so when something is sent, in whichever process, after however many
/// restarts. Cheap to copy. This one is for actors, is used where their context is, and lives no longer; OutsideRef is
/// for everybody else.
class Ref {
 public:
  /// As that actor.
  Ref(Context& me, std::string name, Asking how = {})
      : Ref(std::shared_ptr<Speaker>(std::shared_ptr<void>(), &me), std::move(name), how) {}
  /// As that speaker.
  Ref(std::shared_ptr<Speaker> speaker, std::string name, Asking how = {});

  /// Whose.
  const std::string& name() const { return name_; }
  /// As it asks.
  const Asking& how() const { return how_; }
  /// The same, asked otherwise.
  Ref with(Asking how) const { return {speaker_, name_, how}; }
  /// The living incarnation, as far as is known here; 0: none.
  uint32_t incarnation() const { return speaker_->incarnation(name_); }

  /// Sends and does not wait. What it says to nobody is lost. Shares the message and its rows, also with other
  /// receivers.
  void tell(Envelope message) const { speaker_->tell(name_, std::move(message)); }

  /// Asks, and calls `then` once: with the answer, or with an error within the time.
  ///  unreachable  nobody is called so, or whoever was asked fell before it answered: at once, when no further try is
  ///  allowed
  ///                or nobody will be called so again
  ///  timeout      no answer in time
  ///  others        what was answered instead of an answer; unexpected and malformed also where it was no such answer
  /// Later answers, and those of earlier lives, are dropped.
  /// In an actor `then` runs there; otherwise on any thread, perhaps before this returns, and must be short and not
  /// throw.
  void ask(Envelope question, Speaker::Answered then) const;
  /// The same, for an answer of that type: `then` takes an Expected<Answer<Root>>.
  template <class Root, class Then>
  void ask(Envelope question, Then then) const;

 protected:
  /// Who speaks.
  std::shared_ptr<Speaker> speaker_;
  /// To whom.
  std::string name_;
  /// And how.
  Asking how_;
};

/// What comes of something that calls back once: `start` is given what it has to call.
template <class T, class Start>
std::future<T> future_of(Start start) {
  auto promise = std::make_shared<std::promise<T>>();
  start([promise](T value) { promise->set_value(std::move(value)); });
  return promise->get_future();
}

/// The same for the operator. Thread-safe; it may outlive its system, whose end fails what is still asked.
class OutsideRef : public Ref {
 public:
  /// As the operator of that system.
  OutsideRef(System& system, std::string name, Asking how = {});
  /// The same, from outside.
  explicit OutsideRef(Ref ref) : Ref(std::move(ref)) {}
  /// The same, asked otherwise.
  OutsideRef with(Asking how) const { return OutsideRef(Ref::with(how)); }

  using Ref::ask;
  /// Ready within the time. Whoever waits for it must not be an actor.
  template <class Root>
  std::future<Expected<Answer<Root>>> ask(Envelope question) const {
    return future_of<Expected<Answer<Root>>>(
        [&](auto done) { this->template ask<Root>(std::move(question), std::move(done)); });
  }
};

/// "worker/3 answered with a message that is no Sum"
Error no_such_answer(const std::string& who, capnp::StructSchema wanted);

template <class Root>
Expected<Answer<Root>> Answer<Root>::of(Expected<Envelope> envelope, const std::string& who) {
  if (!envelope) return tl::unexpected(std::move(envelope.error()));
  const capnp::StructSchema schema = capnp::Schema::from<Root>();
  if (envelope->type != capnp::typeId<Root>()) return tl::unexpected(no_such_answer(who, schema));
  if (auto fine = well_formed(*envelope, schema); !fine) return tl::unexpected(std::move(fine.error()));
  return Answer(std::make_shared<const Held>(std::move(*envelope)));
}

template <class Root, class Then>
void Ref::ask(Envelope question, Then then) const {
  ask(std::move(question), [who = name_, then = std::move(then)](Expected<Envelope> answer) mutable {
    then(Answer<Root>::of(std::move(answer), who));
  });
}

}  // namespace zenops
