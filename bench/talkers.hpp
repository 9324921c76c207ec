#pragma once
#include <unistd.h>

#include <atomic>
#include <future>

#include "bench/sum_of_words.hpp"
#include "bench/wire/talk.capnp.h"
#include "runtime/system.hpp"

namespace zenops::bench {

constexpr auto answered_within = std::chrono::seconds(5);
inline const From talkers{"", "bench/"};

inline Envelope note(int32_t value) {
  return Envelope::of<wire::Note>([value](wire::Note::Builder out) { out.setValue(value); });
}
inline Envelope question(int32_t value, std::vector<Row> rows = {}) {
  return Envelope::of<wire::Question>([value](wire::Question::Builder out) { out.setValue(value); }, std::move(rows));
}

/// Some operations are under way; who ends the last of them ends the waiting.
class Laps {
 public:
  explicit Laps(int64_t count) : left_(count) {}
  void done() {
    if (--left_ != 0) return;
    const auto promise = promise_;  // whoever waits takes this away as soon as it hears of it
    promise->set_value();
  }
  void wait() { promise_->get_future().wait(); }

 private:
  std::atomic<int64_t> left_;
  const std::shared_ptr<std::promise<void>> promise_ = std::make_shared<std::promise<void>>();
};

/// Counts notes down.
class Sink : public Actor {
 public:
  using Actor::Actor;
  Behavior handlers() override {
    return Behavior{}.on<wire::Note>(talkers, [this](const Msg<wire::Note>&) { laps.load()->done(); });
  }
  inline static std::atomic<Laps*> laps = nullptr;
};

class Echo : public Actor {
 public:
  using Actor::Actor;
  Behavior handlers() override {
    return Behavior{}.on<wire::Question>(talkers, [this](const Msg<wire::Question>& m) {
      uint32_t sum = 0;
      for (const Row& row : m.rows()) sum += sum_of_words(row.view());
      context().reply(Envelope::of<wire::Answer>([&](wire::Answer::Builder out) {
        out.setValue(m->getValue());
        out.setSum(sum);
        out.setPid(static_cast<uint32_t>(getpid()));
        out.setIncarnation(context().self().incarnation);
      }));
    });
  }
};

/// Asks so many questions, so many at a time.
class Asker : public Actor {
 public:
  struct Task {
    std::string whom;
    int64_t questions;
    int64_t at_once;
    Laps* laps;  // a lap for each answer
  };
  Asker(Context& context, Task task) : Actor(context), task_(std::move(task)) {}
  Behavior handlers() override {
    return Behavior{}.on<wire::Go>(the_operator, [this](const Msg<wire::Go>&) {
      left_ = task_.questions;
      for (int64_t k = 0; k < task_.at_once; ++k) next();
    });
  }

 private:
  void next() {
    if (left_ == 0) return;
    --left_;
    context().ask(task_.whom, question(1), answered_within, [this](Expected<Envelope> answer) {
      if (!answer) throw std::runtime_error(answer.error().what);
      next();
      task_.laps->done();
    });
  }
  const Task task_;
  int64_t left_ = 0;
};

/// Tells a sink so many notes.
class Teller : public Actor {
 public:
  Teller(Context& context, std::string whom, int32_t notes) : Actor(context), whom_(std::move(whom)), notes_(notes) {}
  Behavior handlers() override {
    return Behavior{}.on<wire::Go>(the_operator, [this](const Msg<wire::Go>&) {
      for (int32_t k = 0; k < notes_; ++k) context().tell(whom_, note(k));
    });
  }

 private:
  const std::string whom_;
  const int32_t notes_;
};

template <class A, class... Arguments>
System::Factory maker(Arguments... arguments) {
  return [=](Context& context) { return std::make_unique<A>(context, arguments...); };
}

}  // namespace zenops::bench
