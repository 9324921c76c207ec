#pragma once
#include "actors/wire/training.capnp.h"
#include "runtime/actor.hpp"

namespace zenops {

/// In the evaluator's place where there is nothing to evaluate: takes every version and finds nothing in it.
class NoEvaluator final : public Actor {
 public:
  using Actor::Actor;
  Behavior handlers() override {
    return Behavior{}.on<wire::Evaluate>(From{"scheduler"}, [this](const Msg<wire::Evaluate>& m) {
      const uint32_t round = m->getRound();
      context().tell("scheduler", Envelope::of<wire::Held>([&](wire::Held::Builder out) { out.setRound(round); }));
      context().tell("scheduler", Envelope::of<wire::Evaluated>([&](wire::Evaluated::Builder out) { out.setRound(round); }));
    });
  }
};

}  // namespace zenops
