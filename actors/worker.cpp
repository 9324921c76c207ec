#include "actors/worker.hpp"

#include "actors/in_words.hpp"

namespace zenops {

Worker::Worker(Context& context, uint32_t index, std::shared_ptr<LocalWorker> local, const Layout& layout, uint32_t shards,
               Adversary adversary)
    : Trainee(context, layout, shards, local->compression()),
      index_(index),
      local_(std::move(local)),
      configured_(std::make_shared<const Adversary>(std::move(adversary))),
      adversary_(configured_) {}

Behavior Worker::handlers() {
  return Trainee::handlers()
      .on<wire::Open>(From{"scheduler"}, [this](const Msg<wire::Open>& m) {
        if (!adversary_->silent(index_, m->getStep())) open(m);
      })
      .on<wire::Parameters>(From{"shard/"}, [this](const Msg<wire::Parameters>& m) { parameters(m); })
      .on<wire::SetAttack>(From{"scheduler"}, [this](const Msg<wire::SetAttack>& m) { change_attack(m); })
      .on<wire::Refused>(From{"shard/"}, [](const Msg<wire::Refused>&) {});  // the next round is the next chance
}

void Worker::train(uint32_t round, float lr, std::vector<Row> parameters) {
  context().offload(
      [local = local_, adversary = adversary_, round, lr, parameters = std::move(parameters)](int thread) {
        return local->work(thread, round, lr, parameters, *adversary);
      },
      [this, round](LocalWorker::Outcome outcome) {
        if (outcome.active) {
          trained(round, outcome.update, outcome.sent, outcome.loss, outcome.seconds);
        } else {
          trained(round, outcome.loss, outcome.seconds);
        }
      });
}

std::string Worker::summary() const {
  return Trainee::summary() + "\nattack: " + in_words(adversary_->attack(index_));
}

std::function<ActorState()> Worker::saving() {
  return [local = local_] { return local->save(); };
}

void Worker::restore(const ActorState& state, std::optional<AttackOptions> attack) {
  local_->restore(state);
  adversary_ = attack ? configured_->with(index_, std::move(*attack)) : configured_;
}

void Worker::change_attack(const Msg<wire::SetAttack>& change) {
  adversary_ = adversary_->with(index_, attack_of(*change));
}

}  // namespace zenops
