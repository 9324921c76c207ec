#pragma once
#include "actors/judge.hpp"
#include "actors/learner.hpp"
#include "actors/trainee.hpp"

namespace zenops {

/// validator/G: trains on clean data where the rule wants a row to judge by, and decides about the rows of its group, the
/// workers j with j mod V = G.
class Validator final : public Trainee {
 public:
  Validator(Context& context, uint32_t index, std::shared_ptr<Learner> learner, const Layout& layout, uint32_t shards,
            std::shared_ptr<const Rule> rule, Granularity granularity);
  Behavior handlers() override;

 private:
  void train(uint32_t round, float lr, std::vector<Row> parameters) override;
  void measured(const Msg<wire::Measured>& measured);
  uint32_t index_;
  std::shared_ptr<Learner> learner_;
  std::shared_ptr<const Rule> rule_;
  Judge judge_;
};

}  // namespace zenops
