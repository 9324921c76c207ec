#include "actors/validator.hpp"

namespace zenops {

Validator::Validator(Context& context, uint32_t index, std::shared_ptr<Learner> learner, const Layout& layout, uint32_t shards,
                     std::shared_ptr<const Rule> rule, Granularity granularity)
    : Trainee(context, layout, shards),
      index_(index),
      learner_(std::move(learner)),
      rule_(std::move(rule)),
      judge_(*rule_, layout, shards, granularity) {}

Behavior Validator::handlers() {
  return Behavior{}
      .on<wire::Open>(From{"scheduler"}, [this](const Msg<wire::Open>& m) {
        if (rule_->needs() == Needs::trusted_dots || this->layout().has(Exchange::trusted)) open(m);
      })
      .on<wire::Parameters>(From{"shard/"}, [this](const Msg<wire::Parameters>& m) { parameters(m); })
      .on<wire::Measured>(From{"shard/"}, [this](const Msg<wire::Measured>& m) { measured(m); });
}

void Validator::train(uint32_t round, float lr, std::vector<Row> parameters) {
  context().offload(
      [learner = learner_, round, lr, parameters = std::move(parameters)](int thread) {
        return learner->update(thread, round, lr, parameters, {});
      },
      [this, round](const LocalUpdate& update) {
        const std::vector<bool> all(layout().blocks().size(), true);
        trained(round, update.delta, all, update.loss, update.seconds);
      });
}

void Validator::measured(const Msg<wire::Measured>& measured) {
  auto complete = judge_.offer(measured);
  if (!complete) throw std::runtime_error(context().sender().name + " sent measurements that " + complete.error().what);
  if (*complete) context().tell("scheduler", judge_.plan(index_));
}

}  // namespace zenops
