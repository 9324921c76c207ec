#pragma once
#include <unistd.h>

#include <cstdlib>

#include "runtime/actor.hpp"
#include "runtime/message.hpp"
#include "tests/runtime/wire/counting.capnp.h"

namespace zenops {

/// Adds up what it is told.
class Counter : public Actor {
 public:
  using Actor::Actor;
  Behavior handlers() override {
    return Behavior{}
        .on<wire::Add>({"", "counter/", "passer/"}, [this](const Msg<wire::Add>& m) {
          n_ += m->getDelta();
          for (const Row& row : m.rows())
            for (const float x : row.view()) n_ += static_cast<int64_t>(x);
        })
        .on<wire::Ask>({"", "counter/", "passer/"},
                       [this](const Msg<wire::Ask>&) {
                         context().reply(Envelope::of<wire::Sum>([this](wire::Sum::Builder s) {
                           s.setValue(n_);
                           s.setPid(static_cast<uint32_t>(getpid()));
                           s.setIncarnation(context().self().incarnation);
                           if (const char* gpus = std::getenv("CUDA_VISIBLE_DEVICES")) s.setGpus(gpus);
                         }));
                       })
        .on<wire::Pass>({"", "counter/"},
                        [this](const Msg<wire::Pass>& m) {
                          context().ask(m->getTo(), Envelope::of<wire::Ask>(), std::chrono::seconds(5),
                                        [reply = context().replier()](Expected<Envelope> answer) {
                                          if (answer) return reply(*answer);
                                          reply(Envelope::of<wire::Sum>([](wire::Sum::Builder s) { s.setValue(-1); }));
                                        });
                        })
        .on<wire::Finish>(the_operator, [this](const Msg<wire::Finish>&) { context().end(); })
        .on<wire::Accuse>(the_operator,
                          [this](const Msg<wire::Accuse>& m) { context().evict({m->getName(), m->getIncarnation()}, m->getCause()); })
        .on<wire::Fall>(the_operator, [](const Msg<wire::Fall>& m) { throw std::runtime_error(m->getCause().cStr()); });
  }

 private:
  int64_t n_ = 0;
};

}  // namespace zenops
