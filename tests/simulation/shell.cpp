#include "tests/simulation/shell.hpp"

#include "runtime/answers.hpp"
#include "tests/simulation/cluster.hpp"

namespace zenops::simulation {

void Shell::begin() {
  guarded([this] {
    actor_ = cluster_.troupe_(*this, self_.name);
    behavior_ = actor_->handlers();
  });
}

void Shell::handle(const Address& from, uint64_t origin, const Envelope& envelope) {
  if (over_) return;
  sender_ = from;
  origin_ = origin;
  request_ = envelope.request;
  guarded([&] {
    auto done = behavior_(envelope, sender_.name);
    if (done && *done) reply(std::move(**done));
    if (!done) {
      ++cluster_.story_.counts.unexpected;
      if (request_ != 0) reply(failure(done.error()));
    }
  });
  request_ = 0;
}

Pool& Shell::pool() {
  static Pool nobody(1);  // nothing is ever given to it
  return nobody;
}

void Shell::tell(const std::string& name, Envelope envelope) {
  envelope.incarnation = self_.incarnation;
  cluster_.observer(self_, name, envelope);
  cluster_.tell(process_, self_, name, std::move(envelope));
}

void Shell::ask(const std::string& name, Envelope envelope, Clock::Duration within, Answered then) {
  envelope.incarnation = self_.incarnation;
  envelope.request =
      process_.asks.open(name, within, [post = post(), then = std::move(then)](Expected<Envelope> answer) {
        post([then, answer = std::move(answer)] { then(answer); });
      });
  cluster_.tell(process_, self_, name, std::move(envelope));
}

Context::Reply Shell::replier() {
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

uint32_t Shell::incarnation(const std::string& name) const {
  const auto i = process_.residents.find(name);
  if (i != process_.residents.end()) return i->second->self_.incarnation;
  const auto life = process_.routes.find(name);
  return life ? life->who.incarnation : 0;
}

bool Shell::lives(const Address& address) const {
  const auto i = process_.residents.find(address.name);
  return (i != process_.residents.end() && i->second->self_ == address) || process_.routes.alive(address);
}

void Shell::log(const std::string& line) { cluster_.story_.log(to_string(self_) + ": " + line); }

void Shell::kill(const std::string& name) {
  cluster_.send_to_head(process_, [&head = cluster_.head_, name] { head.kill(name); });
}

void Shell::submit(Pool&, Pool::Job job) {
  process_.at(cluster_.now() + cluster_.work(), [job = std::move(job)] { job(0); });
}

void Shell::submit(size_t count, std::function<void(size_t, int)> body, std::function<void()> done, size_t) {
  process_.at(cluster_.now() + cluster_.work() / 8, [count, body = std::move(body), done = std::move(done)] {
    for (size_t k = 0; k < count; ++k) body(k, 0);
    done();
  });
}

Context::Post Shell::post() {
  return [&process = process_, weak = weak_from_this()](std::function<void()> what) {
    process.at(process.timeline.now(), [weak, what = std::move(what)] {
      const auto me = weak.lock();
      if (me && !me->over_) me->guarded(what);
    });
  };
}

void Shell::guarded(const std::function<void()>& what) {
  const auto alive = shared_from_this();
  try {
    what();
  } catch (const std::exception& e) {
    over_ = true;
    cluster_.fell(process_, self_, e.what());
  }
}

}  // namespace zenops::simulation
