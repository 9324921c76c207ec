#include "actors/worker.hpp"

#include "actors/in_words.hpp"

namespace zenops {

Worker::Worker(Context& context, uint32_t index, std::shared_ptr<LocalWorker> local, const Layout& layout, uint32_t shards,
               Adversary adversary, bool watched)
    : Trainee(context, layout, shards, local->compression()),
      index_(index),
      watched_(watched),
      local_(std::move(local)),
      configured_(std::make_shared<const Adversary>(std::move(adversary))),
      adversary_(configured_) {}

Behavior Worker::handlers() {
  return Trainee::handlers()
      .on<wire::Open>(From{"scheduler"}, [this](const Msg<wire::Open>& m) {
        round_ = m->getStep();
        if (!adversary_->silent(index_, round_)) return open(m);
        local_->sit_out(m->getRound());
      })
      .on<wire::Parameters>(From{"shard/"}, [this](const Msg<wire::Parameters>& m) { parameters(m); })
      .on<wire::SetAttack>(From{"scheduler"}, [this](const Msg<wire::SetAttack>& m) { change_attack(m); })
      .on<wire::Lie>(From{"adversary"}, [this](const Msg<wire::Lie>& m) { lie(m); })
      .on<wire::Refused>(From{"shard/", "adversary"}, [](const Msg<wire::Refused>&) {});  // the next round is the next chance
}

bool Worker::shows(uint32_t round) const {
  return watched_ && adversary_->honest(index_, round, static_cast<uint32_t>(layout().blocks().size()));
}

void Worker::train(uint32_t round, float lr, std::vector<Row> parameters) {
  const uint32_t opening = number();
  if (adversary_->colludes(index_, round)) {
    local_->sit_out(opening);
    return collude(round);
  }
  local_->announce(opening, round, lr, parameters, adversary_);
  context().offload(
      [local = local_, adversary = adversary_, round, lr, parameters = std::move(parameters), opening](int thread) {
        return local->work(thread, round, lr, parameters, *adversary, opening);
      },
      [this, round](LocalWorker::Outcome outcome) {
        if (outcome.active) {
          trained(round, outcome.update, outcome.sent, outcome.loss, outcome.seconds);
        } else {
          trained(round, outcome.loss, outcome.seconds);
        }
      });
}

// It rests while it waits: if the round ends without it, or is opened again, nothing stands in the way, and it asks again.
void Worker::collude(uint32_t round) {
  if (!local_->active(round)) return trained(round, {}, 0);
  consulted_ = number();
  context().tell("adversary", Envelope::of<wire::Consult>([this](wire::Consult::Builder out) { out.setRound(consulted_); }));
  rested();
}

void Worker::lie(const Msg<wire::Lie>& lie) {
  // A round may have been closed without it: whoever is heard of is waited for again, also when it had to wait itself.
  if (lie->getOver()) return account_of(lie->getRound());
  if (consulted_ == 0 || lie->getRound() != consulted_ || consulted_ != number()) return;
  const uint32_t round = current_round(), asked = std::exchange(consulted_, 0);
  if (busy()) return;  // the round is over
  if (!lie->getKnown()) return passed(round);
  auto said = door::admit(lie, layout());
  if (!said) throw std::runtime_error("the adversary told a lie that cannot be sent: " + said.error().what);
  context().offload([local = local_, round, said = std::move(*said)](int) { return local->repeat(round, said); },
                    [this, round, asked](const LocalWorker::Outcome& outcome) {
                      if (asked == number() && !busy()) trained(round, outcome.update, outcome.sent, {}, 0);
                    });
}

std::string Worker::summary() const {
  return Trainee::summary() + (consulted_ != 0 && consulted_ == number() ? "\nwaits for what all who collude send" : "") +
         "\nattack: " + in_words(adversary_->attack(index_, round_));
}

std::function<ActorState()> Worker::saving() {
  return [local = local_] { return local->save(); };
}

void Worker::restore(const ActorState& state, std::optional<AttackOptions> attack) {
  consulted_ = 0;
  local_->restore(state);
  adversary_ = attack ? configured_->with(index_, std::move(*attack)) : configured_;
}

void Worker::change_attack(const Msg<wire::SetAttack>& change) {
  adversary_ = adversary_->with(index_, attack_of(*change));
}

}  // namespace zenops
