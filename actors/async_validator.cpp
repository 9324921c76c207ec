#include "actors/async_validator.hpp"

namespace zenops {

AsyncValidator::AsyncValidator(Context& context, uint32_t group, std::shared_ptr<Learner> learner, const Layout& layout,
                               uint32_t shards, std::shared_ptr<const Rule> rule, Judge::Options judging,
                               std::shared_ptr<const Delays> delays)
    : AsyncTrainee(context, layout, shards),
      group_(group),
      learner_(std::move(learner)),
      rule_(std::move(rule)),
      judge_(*rule_, layout, shards, std::move(judging)),
      delays_(std::move(delays)) {}

Behavior AsyncValidator::handlers() {
  return Behavior{}
      .on<wire::Task>(From{"scheduler"}, [this](const Msg<wire::Task>& m) { task(m); })
      .on<wire::Parameters>(From{"shard/"}, [this](const Msg<wire::Parameters>& m) { parameters(m); })
      .on<wire::Measured>(From{"shard/"}, [this](const Msg<wire::Measured>& m) { measured(m); });
}

void AsyncValidator::train(Assignment task, std::vector<Row> parameters) {
  context().offload(
      [learner = learner_, task, parameters = std::move(parameters)](int thread) {
        return learner->update(thread, task.number, task.lr, parameters, {});
      },
      [this, number = task.number](LocalUpdate update) {
        later(delays_ ? delays_->seconds(Role::validator, group_, number) : 0, [this, number, update = std::move(update)] {
          const std::vector<bool> all(layout().blocks().size(), true);
          pushed(number, update.delta, all, update.loss, update.seconds);
        });
      });
}

void AsyncValidator::measured(const Msg<wire::Measured>& measured) {
  const auto complete = judge_.offer(measured);
  if (!complete) throw std::runtime_error(context().sender().name + " sent measurements that " + complete.error().what);
  if (!*complete) return;
  if (const auto again = judge_.centre()) {
    for (uint32_t s = 0; s < judge_.shards(); ++s) context().tell(nth("shard", s), *again);
    return;
  }
  context().tell("scheduler", judge_.plan());
}

}  // namespace zenops
