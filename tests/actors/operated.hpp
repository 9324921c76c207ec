#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <future>

#include "actors/wire/compose.hpp"
#include "actors/wire/operator.capnp.h"
#include "runtime/ref.hpp"
#include "tests/actors/survival.hpp"

namespace zenops {

/// What an operator can do with a run, one word after the other.
class Desk {
 public:
  using Answered = std::future<Expected<Envelope>>;
  explicit Desk(std::shared_ptr<Speaker> speaker) : speaker_(std::move(speaker)) {}

  Answered ask(Envelope question) {
    auto promise = std::make_shared<std::promise<Expected<Envelope>>>();
    speaker_->ask("scheduler", std::move(question), std::chrono::seconds(120),
                  [promise](Expected<Envelope> answer) { promise->set_value(std::move(answer)); });
    return promise->get_future();
  }
  static Answer<wire::Standing> standing(Answered answered) {
    auto answer = Answer<wire::Standing>::of(answered.get(), "scheduler");
    if (!answer) throw std::runtime_error("no standing: " + answer.error().what);
    return std::move(*answer);
  }
  /// The round for which an order counts; or why it was refused.
  std::string order(Envelope order) {
    const auto answer = Answer<wire::Ordered>::of(ask(std::move(order)).get(), "scheduler");
    return answer ? "round " + std::to_string((*answer)->getRound()) : answer.error().what;
  }

  static Envelope stepping(uint32_t rounds, uint32_t until = 0) {
    return Envelope::of<wire::Step>([=](wire::Step::Builder out) {
      out.setRounds(rounds);
      out.setUntil(until);
    });
  }
  Answer<wire::Standing> step(uint32_t rounds) { return standing(ask(stepping(rounds))); }
  Answer<wire::Standing> step_until(uint32_t round) { return standing(ask(stepping(0, round))); }
  Answer<wire::Standing> survey() { return standing(ask(Envelope::of<wire::Survey>())); }
  Answer<wire::Standing> pause() { return standing(ask(Envelope::of<wire::Pause>())); }
  Answer<wire::Standing> resume() { return standing(ask(Envelope::of<wire::Resume>())); }
  std::string save() {
    const auto answer = Answer<wire::RunSaved>::of(ask(Envelope::of<wire::SaveRun>()).get(), "scheduler");
    return answer ? "saved round " + std::to_string((*answer)->getRound()) : answer.error().what;
  }
  void stop() { speaker_->tell("scheduler", Envelope::of<wire::Stop>()); }
  std::string lr(float lr) {
    return order(Envelope::of<wire::SetLr>([lr](wire::SetLr::Builder out) { out.setLr(lr); }));
  }
  std::string attack(uint32_t worker, const AttackOptions& attack) {
    return order(Envelope::of<wire::SetAttack>([&](wire::SetAttack::Builder out) { write(worker, attack, out); }));
  }
  std::string rule(const RuleChoice& choice) {
    return order(Envelope::of<wire::SetRule>([&](wire::SetRule::Builder out) { write(choice, out); }));
  }
  std::string evict(uint32_t worker, const std::string& why = "") {
    return order(Envelope::of<wire::EvictWorker>([&](wire::EvictWorker::Builder out) {
      out.setWorker(worker);
      out.setWhy(why);
    }));
  }
  std::string readmit(uint32_t worker) {
    return order(
        Envelope::of<wire::ReadmitWorker>([worker](wire::ReadmitWorker::Builder out) { out.setWorker(worker); }));
  }

 private:
  std::shared_ptr<Speaker> speaker_;
};

/// "paused", …
inline std::string phase(const Answer<wire::Standing>& standing) { return standing->getPhase().cStr(); }

/// What the operator has changed, line by line.
inline std::vector<std::string> orders(const Answer<wire::Standing>& standing) {
  std::vector<std::string> out;
  for (const auto order : standing->getOrders()) out.emplace_back(order.cStr());
  return out;
}

/// A small run with that rule.
inline TrainingOptions by(const std::string& rule, Parameters parameters = {}, TrainingOptions o = blobs(7, 1, 2)) {
  o.rule.name = rule;
  o.rule.parameters = std::move(parameters);
  return o;
}

/// A run that begins paused, is operated as the script says, and then goes on to its end.
inline Trained operate(const TrainingOptions& options, const std::function<void(Desk&)>& script,
                       const std::function<void(Training&)>& prepare = {}, const Catalogue& catalogue = {}) {
  Trained out;
  Training training(options, catalogue);
  if (prepare) prepare(training);
  training.start_paused();
  training.on_up([&](std::shared_ptr<Speaker> speaker) {
    Desk desk(std::move(speaker));
    script(desk);
    desk.ask(Envelope::of<wire::Resume>());
  });
  out.result = training.run([&](const RoundReport& r) { out.rounds.push_back(r); });
  return out;
}

}  // namespace zenops
