#include "bench/bare_caf.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/logger.hpp>
#include <caf/send.hpp>

namespace zenops::bench {
namespace {

class BareAsker : public caf::event_based_actor {
 public:
  BareAsker(caf::actor_config& config, caf::actor whom, int64_t questions, int64_t at_once, Laps* laps)
      : caf::event_based_actor(config), whom_(std::move(whom)), left_(questions), at_once_(at_once), laps_(laps) {}
  caf::behavior make_behavior() override {
    return {[this](caf::ok_atom) {
      for (int64_t k = 0; k < at_once_; ++k) next();
    }};
  }
  void on_exit() override { whom_ = nullptr; }

 private:
  void next() {
    if (left_ == 0) return;
    --left_;
    request(whom_, answered_within, int32_t{1}).then([this](int32_t) {
      next();
      laps_->done();
    });
  }
  caf::actor whom_;
  int64_t left_;
  const int64_t at_once_;
  Laps* laps_;
};

}  // namespace

BareCaf::Config::Config(int threads, bool network) {
  if (network) {
    load<caf::io::middleman>();
    set("caf.middleman.workers", size_t{1});
    set("caf.middleman.heartbeat-interval", caf::timespan(std::chrono::seconds(2)));
    set("caf.middleman.connection-timeout", caf::timespan(std::chrono::seconds(60)));
  }
  set("caf.scheduler.policy", "sharing");
  set("caf.scheduler.max-threads", static_cast<size_t>(threads));
  set("caf.logger.console.verbosity", "quiet");
}

BareCaf::BareCaf(int threads, bool network) : config_(threads, network), system_(config_) {}

void BareCaf::spawn(size_t count) {
  Laps laps(static_cast<int64_t>(count));
  for (size_t k = 0; k < count; ++k)
    kept_.push_back(system_.spawn([&laps](caf::event_based_actor*) -> caf::behavior {
      laps.done();
      return {[](int32_t x) { return x; }};
    }));
  laps.wait();
}

caf::actor BareCaf::sink() {
  return system_.spawn(
      [](caf::event_based_actor*) -> caf::behavior { return {[](int32_t) { Sink::laps.load()->done(); }}; });
}

caf::actor BareCaf::echo() {
  return system_.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int32_t x) { return x; }}; });
}

void BareCaf::tell(const caf::actor& sink, int32_t notes) {
  Laps laps(notes);
  Sink::laps = &laps;
  for (int32_t k = 0; k < notes; ++k) caf::anon_send(sink, k);
  laps.wait();
}

void BareCaf::tell_from_an_actor(const caf::actor& sink, int32_t notes) {
  Laps laps(notes);
  Sink::laps = &laps;
  system_.spawn([sink, notes](caf::event_based_actor* self) {
    for (int32_t k = 0; k < notes; ++k) self->send(sink, k);
  });
  laps.wait();
}

void BareCaf::ask(const caf::actor& echo, size_t at_once) {
  caf::scoped_actor self(system_);
  const auto failed = [](const caf::error& error) { throw std::runtime_error(to_string(error)); };
  std::vector<decltype(self->request(echo, answered_within, int32_t{1}))> questions;
  for (size_t k = 0; k < at_once; ++k) questions.push_back(self->request(echo, answered_within, int32_t{1}));
  for (auto& question : questions) question.receive([](int32_t) {}, failed);
}

void BareCaf::ask_from_actors(const std::vector<caf::actor>& echoes, int64_t questions, int64_t at_once) {
  Laps laps(questions * static_cast<int64_t>(echoes.size()));
  std::vector<caf::actor> askers;
  for (const auto& echo : echoes) askers.push_back(system_.spawn<BareAsker>(echo, questions, at_once, &laps));
  for (const auto& asker : askers) caf::anon_send(asker, caf::ok_atom_v);
  laps.wait();
  for (const auto& asker : askers) caf::anon_send_exit(asker, caf::exit_reason::user_shutdown);
}

uint16_t BareCaf::publish(const caf::actor& who) {
  const auto port = system_.middleman().publish(who, 0, "127.0.0.1", true);
  if (!port) throw std::runtime_error("CAF cannot listen: " + to_string(port.error()));
  return *port;
}

caf::actor BareCaf::connect(uint16_t port) {
  const auto found = system_.middleman().remote_actor("127.0.0.1", port);
  if (!found) throw std::runtime_error("CAF cannot connect: " + to_string(found.error()));
  return *found;
}

}  // namespace zenops::bench
