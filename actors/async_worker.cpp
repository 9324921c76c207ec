#include "actors/async_worker.hpp"

#include "actors/in_words.hpp"

namespace zenops {

AsyncWorker::AsyncWorker(Context& context, uint32_t index, std::shared_ptr<LocalWorker> local, const Layout& layout,
                         uint32_t shards, Adversary adversary, std::shared_ptr<const Delays> delays)
    : AsyncTrainee(context, layout, shards, local->compression()),
      index_(index),
      local_(std::move(local)),
      adversary_(std::make_shared<const Adversary>(std::move(adversary))),
      delays_(std::move(delays)) {}

Behavior AsyncWorker::handlers() {
  return Behavior{}
      .on<wire::Task>(From{"scheduler"},
                      [this](const Msg<wire::Task>& m) {
                        if (!adversary_->silent(index_, m->getNumber())) task(m);
                      })
      .on<wire::Parameters>(From{"shard/"}, [this](const Msg<wire::Parameters>& m) { parameters(m); })
      .on<wire::SetAttack>(From{"scheduler"}, [this](const Msg<wire::SetAttack>& m) { change_attack(m); })
      .on<wire::Refused>(From{"shard/"}, [](const Msg<wire::Refused>&) {});  // the next task is the next chance
}

std::string AsyncWorker::summary() const {
  return AsyncTrainee::summary() + "\nattack: " + in_words(adversary_->attack(index_, number()));
}

void AsyncWorker::train(Assignment task, std::vector<Row> parameters) {
  context().offload(
      [local = local_, adversary = adversary_, task, parameters = std::move(parameters)](int thread) {
        return local->work(thread, task.number, task.lr, parameters, *adversary);
      },
      [this, number = task.number](LocalWorker::Outcome outcome) {
        const double late =
            delays_ ? delays_->seconds(Role::worker, index_, number) + adversary_->delay(index_, number) : 0;
        later(late, [this, number, outcome = std::move(outcome)] { tell(number, outcome); });
      });
}

void AsyncWorker::tell(uint32_t number, const LocalWorker::Outcome& outcome) {
  if (outcome.active)
    pushed(number, outcome.update, outcome.sent, outcome.loss, outcome.seconds);
  else
    rested(number, outcome.loss, outcome.seconds);
}

void AsyncWorker::change_attack(const Msg<wire::SetAttack>& change) {
  adversary_ = adversary_->with(index_, attack_of(*change));
}

}  // namespace zenops
