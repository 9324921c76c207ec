#include "actors/validator.hpp"

#include "actors/in_words.hpp"
#include "actors/wire/compose.hpp"

namespace zenops {

Validator::Validator(Context& context, std::shared_ptr<Learner> learner, const Layout& layout, uint32_t shards,
                     std::shared_ptr<const Rule> rule, Judge::Options judging, Rulings rulings)
    : Trainee(context, layout, shards),
      learner_(std::move(learner)),
      configured_{std::move(rule), judging.objection},
      rulings_(std::move(rulings)),
      needs_(configured_.rule->needs()),
      rule_(configured_.rule),
      judge_(*rule_, layout, shards, std::move(judging)) {}

Behavior Validator::handlers() {
  return Trainee::handlers()
      .on<wire::Open>(From{"scheduler"},
                      [this](const Msg<wire::Open>& m) {
                        complete_ = false;
                        open_by(rule_in(*m));
                        if (trains() || needs_.losses) open(m);
                      })
      .on<wire::Parameters>(From{"shard/"}, [this](const Msg<wire::Parameters>& m) { parameters(m); })
      .on<wire::Measured>(From{"shard/"}, [this](const Msg<wire::Measured>& m) { measured(m); });
}

void Validator::train(uint32_t round, float lr, std::vector<Row> parameters) {
  if (needs_.losses) {
    base_ = parameters;
    base_round_ = round;
    base_lr_ = lr;
    base_number_ = number();
    weigh();
  }
  if (!trains()) return rested();
  context().offload([learner = learner_, round, lr, parameters = std::move(parameters)](
                        int thread) { return learner->update(thread, round, lr, parameters, {}); },
                    [this, round](const LocalUpdate& update) {
                      const std::vector<bool> all(layout().blocks().size(), true);
                      trained(round, update.delta, all, update.loss, update.seconds);
                    });
}

std::string Validator::summary() const {
  return (trains() ? Trainee::summary() + "\n" : std::string()) + "judged last: round " + std::to_string(judge_.round()) + ", by " +
         (judged_by_ ? in_words(*judged_by_) : "the configuration's rule");
}

std::function<ActorState()> Validator::saving() {
  ActorState state;
  judge_.save(state);
  if (!trains()) return [state = std::move(state)] { return state; };
  return [state = std::move(state), learner = learner_] {
    ActorState out = state;
    out.tensors["momentum"] = learner->momentum();
    return out;
  };
}

void Validator::restore(const ActorState& state, std::optional<AttackOptions>) {
  judge_.restore(state);
  learner_->set_momentum(state.tensor("momentum"));
  complete_ = false;
  base_number_ = 0;
}

void Validator::reopened(uint32_t number) {
  base_number_ = number;
  if (needs_.losses) weigh();
}

void Validator::open_by(const std::optional<RuleChoice>& rule) {
  if (rule == opened_by_) return;
  opened_by_ = rule;
  needs_ = ruling(rule).rule->needs();
}

void Validator::judge_by(const std::optional<RuleChoice>& rule) {
  if (rule == judged_by_) return;
  const Judge::Ruling next = ruling(rule);
  judge_.judge_by(next);
  judged_by_ = rule;
  rule_ = next.rule;
}

void Validator::measured(const Msg<wire::Measured>& measured) {
  // A shard may be quicker than the scheduler: what it has measured says for which rule.
  if (measured->getRound() > judge_.round()) judge_by(rule_in(*measured));
  auto complete = judge_.offer(measured);
  if (!complete) throw std::runtime_error(context().sender().name + " sent measurements that " + complete.error().what);
  if (!*complete) return;
  if (const auto again = judge_.centre()) {
    for (uint32_t s = 0; s < judge_.shards(); ++s) context().tell(nth("shard", s), *again);
    return;
  }
  if (!rule_->needs().losses) return context().tell("scheduler", judge_.plan());
  complete_ = true;
  weigh();
}

void Validator::weigh() {
  if (!complete_ || judge_.round() != base_number_) return;
  complete_ = false;
  auto candidates = judge_.candidates();
  candidates.emplace_back();  // the parameters as they are
  const size_t count = candidates.size();
  auto losses = std::make_shared<std::vector<double>>(count);
  context().for_each(
      count,
      [learner = learner_, base = base_, round = base_round_, lr = base_lr_, candidates = std::move(candidates), losses](
          size_t k, int thread) { (*losses)[k] = learner->loss(thread, round, lr, base, candidates[k]); },
      [this, losses, number = base_number_] {
        if (number != judge_.round()) return;
        std::vector<double> descents;
        for (size_t k = 0; k + 1 < losses->size(); ++k) descents.push_back(losses->back() - (*losses)[k]);
        context().tell("scheduler", judge_.plan(descents));
      });
}

}  // namespace zenops
