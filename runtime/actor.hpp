#pragma once
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "base/pool.hpp"
#include "runtime/speaker.hpp"
#include "runtime/traffic.hpp"

namespace zenops {

/// What an actor can do: its only way to the world. Valid for as long as the actor lives; used from its handlers and
/// continuations only.
class Context : public Speaker {
 public:
  /// Who this is.
  virtual const Address& self() const = 0;
  /// Who sent the message that is being handled; an empty name is the operator.
  virtual const Address& sender() const = 0;
  /// The process from which that message came.
  virtual uint64_t origin() const = 0;
  /// Where what computes long belongs: see offload().
  virtual Pool& pool() = 0;
  /// For Rows whose rows other processes of this host read where they lie, where there are such; otherwise the heap.
  virtual std::shared_ptr<Memory> memory() { return heap(); }

  /// What ask() and await() run later, they run here. This one, where nothing else is known, lets the time pass.
  void await(const std::string& name, uint32_t but, Clock::Duration within, Came then) override;
  /// Answers the question that is being handled; of a message that is none, nothing comes.
  virtual void reply(Envelope envelope) { replier()(std::move(envelope)); }
  /// The same for later, once; from anywhere, also when this actor has gone.
  using Reply = std::function<void(Envelope)>;
  /// For the question that is being handled.
  virtual Reply replier() = 0;
  /// Whether that incarnation is the living one.
  virtual bool lives(const Address& address) const = 0;
  /// From now on this actor is told wire::Down and wire::Up (runtime/wire/runtime.capnp) of everybody else:
  ///   .on<wire::Down>(the_operator, [this](const Msg<wire::Down>& m) { … m->getName() …, m->getRestarts() … })
  virtual void watch() = 0;
  /// What comes of it.
  using Keeping = std::function<void(Expected<void>)>;
  /// From now on the next life of this name finds that state with kept(), whatever this one ends of, in whichever process; it
  /// takes the place of what was kept before. `then` is called here, once that is so or with why it is not: more than most_kept
  /// bytes, or the head did not answer. Without a `then`, this life falls of an error.
  void keep(Envelope state, Keeping then = {});
  /// What a life of this name has kept, the newest; none: nothing, or whoever had kept it was caught lying. The head of a cluster holds it: it goes with the job, and
  /// with the head.
  virtual std::optional<Envelope> kept() const { return {}; }
  /// In bytes, rows among them.
  static constexpr uint64_t most_kept = uint64_t{16} << 20;
  /// A line for whoever operates this process.
  virtual void log(const std::string& line) = 0;
  /// This life has done its work: it ends with this handler, and only a permanent actor begins again.
  virtual void end() = 0;
  /// Fault injection: whoever has that name falls, without a word.
  virtual void kill(const std::string& name) = 0;
  /// That life was caught lying: it ends, and that is no crash. Another follows it elsewhere.
  virtual void evict(const Address& who, const std::string& why) = 0;
  /// What all actors have sent each other until now.
  virtual std::map<std::string, Bytes> traffic() const = 0;

  /// Runs `then` here, after `d`.
  void after(Clock::Duration d, std::function<void()> then);
  /// Runs `job` on a pool thread and then `then(result)` here. What the job throws, this actor falls of. The job may outlive
  /// the actor: it captures what it shares, never `this`.
  template <class Job, class Then>
  void offload(Job job, Then then) {
    offload(pool(), std::move(job), std::move(then));
  }
  /// The same on another pool, for what waits more than it computes.
  template <class Job, class Then>
  void offload(Pool& on, Job job, Then then);
  /// Runs body(0, thread) … body(count − 1, thread) on the pool, no more than `most` at a time (0: one per thread), then `then()` here;
  /// the same rules.
  void for_each(size_t count, std::function<void(size_t, int)> body, std::function<void()> then, size_t most = 0);

 protected:
  /// What keep() does when the state is not too large.
  virtual void store(Envelope, Keeping then) { then(fail(Ec::unexpected, "nothing is kept here")); }
  /// What offload() and for_each() leave to a pool. Simulated time has none: what is computed there takes as long as it says.
  virtual void submit(Pool& on, Pool::Job job) { on.submit(std::move(job)); }
  /// The same for for_each().
  virtual void submit(size_t count, std::function<void(size_t, int)> body, std::function<void()> done, size_t most) {
    pool().for_each(count, std::move(body), std::move(done), most);
  }
  /// Puts work into this actor's inbox from any thread, also when the actor has gone.
  using Post = std::function<void(std::function<void()>)>;
  /// Into this actor's.
  virtual Post post() = 0;
};

/// State, and handlers for messages. One message at a time; an exception that leaves a handler ends this incarnation, and its
/// supervisor decides what follows.
class Actor {
 public:
  /// It may be used from the constructor on.
  explicit Actor(Context& context) : context_(context) {}
  virtual ~Actor() = default;
  Actor(const Actor&) = delete;
  /// Asked once, after the constructor.
  virtual Behavior handlers() = 0;
  /// What whoever inspects it is told, in words; lines of its own.
  virtual std::string summary() const { return {}; }

 protected:
  /// Its way to the world.
  Context& context() { return context_; }

 private:
  Context& context_;
};

template <class Job, class Then>
void Context::offload(Pool& on, Job job, Then then) {
  submit(on, [job = std::move(job), then = std::move(then), post = post()](int thread) mutable {
    try {
      auto result = std::make_shared<decltype(job(thread))>(job(thread));
      post([then = std::move(then), result]() mutable { then(std::move(*result)); });
    } catch (...) {
      post([error = std::current_exception()] { std::rethrow_exception(error); });
    }
  });
}

}  // namespace zenops
