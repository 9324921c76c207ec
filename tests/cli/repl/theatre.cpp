#include "tests/cli/repl/theatre.hpp"

#include <cmath>

#include "actors/wire/compose.hpp"
#include "configs/shape.hpp"

namespace zenops::repl {
namespace {

std::string in_words(const std::string& name, capnp::List<wire::Value>::Reader parameters) {
  std::string out = name;
  for (const auto p : parameters) out += std::string(" ") + p.getName().cStr() + "=" + to_text(p.getValue());
  return out;
}

Envelope done() { return Envelope::of<wire::Done>(); }

}  // namespace

void FakeScheduler::order(const std::string& what) {
  std::lock_guard lock(stage_.mutex);
  if (!stage_.refusal.empty())
    return context().reply(Envelope::of<wire::Failed>([&](wire::Failed::Builder out) {
      out.setCode(static_cast<uint8_t>(Ec::failed));
      out.setWhat(stage_.refusal);
    }));
  stage_.hear(what);
  context().reply(Envelope::of<wire::Ordered>([&](wire::Ordered::Builder out) { out.setRound(stage_.round + 1); }));
  if (stage_.restless) stage_.round += 2;
}

void FakeScheduler::stand() {
  context().reply(Envelope::of<wire::Standing>([&](wire::Standing::Builder out) {
    out.setPhase(stage_.phase);
    out.setRound(stage_.round);
    out.setRounds(stage_.rounds);
    out.setLr(0.02f);
    out.setRule("phocas f=3");
    auto history = out.initHistory(stage_.round);
    for (unsigned k = 0; k < stage_.round; ++k) {
      history[k].setRound(k + 1);
      history[k].setLoss(2.0 / (k + 1));
      history[k].setAccuracy((k + 1) % 5 == 0 ? 0.5 + 0.005 * k : std::nan(""));
    }
    auto workers = out.initWorkers(stage_.workers);
    for (unsigned k = 0; k < workers.size(); ++k) {
      workers[k].setWorker(k);
      workers[k].setIncarnation(1);
      workers[k].setState("answered");
      workers[k].setStanding(k == 2 ? "warned" : "trusted");
      workers[k].setAccepted(100 + k);
      workers[k].setRefused(7 * k);
      workers[k].setLoss(k == 1 ? std::nan("") : 0.25);
      workers[k].setAttack(k == 2 ? "negative scale=200" : "none");
    }
    out.initOrders(1).set(0, "round 4: worker/2 attacks negative scale=200");
  }));
}

Behavior FakeScheduler::handlers() {
  const auto move = [this](const std::string& what, uint32_t round, const std::string& phase) {
    std::lock_guard lock(stage_.mutex);
    stage_.hear(what);
    stage_.round = std::min(round, stage_.rounds);
    stage_.phase = stage_.round == stage_.rounds ? "ended" : phase;
    stand();
  };
  return Behavior{}
      .on<wire::Pause>(the_operator, [=, this](const auto&) { move("Pause", stage_.round, "paused"); })
      .on<wire::Resume>(the_operator, [=, this](const auto&) { move("Resume", stage_.round, "training"); })
      .on<wire::Step>(the_operator,
                      [=, this](const Msg<wire::Step>& m) {
                        const uint32_t round = m->getUntil() > 0 ? m->getUntil() : stage_.round + m->getRounds();
                        move("Step " + std::to_string(m->getRounds()) + " " + std::to_string(m->getUntil()), round,
                             "paused");
                      })
      .on<wire::Survey>(the_operator,
                        [this](const auto&) {
                          std::lock_guard lock(stage_.mutex);
                          stand();
                        })
      .on<wire::SaveRun>(the_operator, [this](const auto&) {
        std::lock_guard lock(stage_.mutex);
        stage_.hear("SaveRun");
        context().reply(Envelope::of<wire::RunSaved>([this](wire::RunSaved::Builder out) { out.setRound(stage_.round); }));
      })
      .on<wire::SetLr>(the_operator,
                       [this](const Msg<wire::SetLr>& m) { order("SetLr " + to_text(widened(m->getLr()))); })
      .on<wire::SetRule>(the_operator,
                         [this](const Msg<wire::SetRule>& m) {
                           std::string what = "SetRule ";
                           for (const auto pre : m->getPre())
                             what += in_words(pre.getName(), pre.getParameters()) + " + ";
                           order(what + in_words(m->getName(), m->getParameters()));
                         })
      .on<wire::SetAttack>(the_operator,
                           [this](const Msg<wire::SetAttack>& m) {
                             order("SetAttack " + std::to_string(m->getWorker()) + " " +
                                   in_words(m->getName(), m->getParameters()) + " rate=" + to_text(m->getRate()));
                           })
      .on<wire::EvictWorker>(the_operator,
                             [this](const Msg<wire::EvictWorker>& m) {
                               order("EvictWorker " + std::to_string(m->getWorker()) + ": " + m->getWhy().cStr());
                             })
      .on<wire::ReadmitWorker>(the_operator, [this](const Msg<wire::ReadmitWorker>& m) {
        order("ReadmitWorker " + std::to_string(m->getWorker()));
      });
}

Behavior FakeHead::handlers() {
  return Behavior{}
      .on<wire::Inquire>(the_operator,
                         [this](const auto&) {
                           std::lock_guard lock(stage_.mutex);
                           const auto living = system_.living();
                           context().reply(Envelope::of<wire::Report>([&](wire::Report::Builder out) {
                             auto node = out.initNodes(1)[0];
                             node.initOffers().setName("attic");
                             node.setPid(7);
                             auto actors = out.initActors(static_cast<unsigned>(living.size()));
                             for (unsigned k = 0; k < actors.size(); ++k) {
                               actors[k].setName(living[k].name);
                               actors[k].setIncarnation(living[k].incarnation);
                               actors[k].setState("up");
                               actors[k].setNode("attic");
                               actors[k].setFalls(living[k].incarnation - 1);
                               if (const auto cause = stage_.causes.find(living[k].name);
                                   cause != stage_.causes.end()) {
                                 actors[k].setCause(cause->second);
                                 actors[k].setEnded(1000);
                               }
                             }
                           }));
                         })
      .on<wire::KillActor>(the_operator,
                           [this](const Msg<wire::KillActor>& m) {
                             std::lock_guard lock(stage_.mutex);
                             const std::string name = m->getName();
                             stage_.hear("KillActor " + name);
                             stage_.causes[name] = m->getCause();
                             context().kill(name);
                             context().reply(done());
                           })
      .on<wire::Sever>(the_operator,
                       [this](const Msg<wire::Sever>& m) {
                         std::lock_guard lock(stage_.mutex);
                         std::string what = "Sever";
                         for (const auto name : m->getOne()) what += std::string(" ") + name.cStr();
                         what += " |";
                         for (const auto name : m->getOther()) what += std::string(" ") + name.cStr();
                         stage_.hear(what);
                         context().reply(done());
                       })
      .on<wire::Heal>(the_operator, [this](const auto&) {
        std::lock_guard lock(stage_.mutex);
        stage_.hear("Heal");
        context().reply(done());
      });
}

Behavior FakeWorker::handlers() {
  const std::string name = context().self().name;
  return Behavior{}
      .answer<wire::Evaluate, wire::Held>(the_operator,
                                          [this, name](const Msg<wire::Evaluate>& m, wire::Held::Builder out) {
                                            std::lock_guard lock(stage_.mutex);
                                            stage_.hear(name + " Evaluate " + std::to_string(m->getVersion()));
                                            out.setRound(m->getVersion() + 1);
                                          })
      .on<wire::Held>(the_operator, [this, name](const Msg<wire::Held>& m) {
        std::lock_guard lock(stage_.mutex);
        stage_.hear(name + " Held " + std::to_string(m->getRound()));
      });
}

Theatre::Theatre(bool interactive)
    : session(connection, catalogue, attention, out, {.interactive = interactive, .width = 60, .look_every = {}}) {
  system.spawn("head", [this](Context& context) { return std::make_unique<FakeHead>(context, stage, system); }, {});
  system.spawn("scheduler", [this](Context& context) { return std::make_unique<FakeScheduler>(context, stage); }, {});
  for (uint32_t k = 0; k < stage.workers; ++k)
    system.spawn(nth("worker", k), [this](Context& context) { return std::make_unique<FakeWorker>(context, stage); },
                 {});
}

}  // namespace zenops::repl
