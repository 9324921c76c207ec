#pragma once
#include "actors/judge.hpp"
#include "actors/learner.hpp"
#include "actors/trainee.hpp"

namespace zenops {

/// validator/G: trains on clean data where the rule wants a row to judge by, and decides about the rows of its group, the
/// workers j with j mod V = G.
class Validator final : public Trainee {
 public:
  /// Makes what the operator sets in place of the rule with which it began.
  using Rulings = std::function<Judge::Ruling(const RuleChoice&)>;
  Validator(Context& context, std::shared_ptr<Learner> learner, const Layout& layout, uint32_t shards,
            std::shared_ptr<const Rule> rule, Judge::Options judging, Rulings rulings = {});
  Behavior handlers() override;
  std::string summary() const override;

 private:
  /// Whether it makes a row of its own: to judge by, or for what only validators may change.
  bool trains() const { return needs_.trusted == Trust::validator || layout().has(Exchange::trusted); }
  Judge::Ruling ruling(const std::optional<RuleChoice>& rule) const { return rule ? rulings_(*rule) : configured_; }
  /// The newest round is judged by what was measured for it; it is trained in as it was opened.
  void judge_by(const std::optional<RuleChoice>& rule);
  void open_by(const std::optional<RuleChoice>& rule);
  std::function<ActorState()> saving() override;
  void restore(const ActorState& state, std::optional<AttackOptions> attack) override;
  void reopened(uint32_t number) override;
  void train(uint32_t round, float lr, std::vector<Row> parameters) override;
  void measured(const Msg<wire::Measured>& measured);
  /// Once the round is complete and its parameters are here: what every candidate does to the loss, and then the plan.
  void weigh();
  std::shared_ptr<Learner> learner_;
  const Judge::Ruling configured_;
  const Rulings rulings_;
  std::optional<RuleChoice> opened_by_, judged_by_;  // null: configured_
  Needs needs_;                                      // of opened_by_
  std::shared_ptr<const Rule> rule_;                 // judged_by_
  Judge judge_;
  std::vector<Row> base_;  // the parameters of round base_round_, where candidates are weighed
  uint32_t base_round_ = 0, base_number_ = 0;
  float base_lr_ = 0;
  bool complete_ = false;
};

}  // namespace zenops
