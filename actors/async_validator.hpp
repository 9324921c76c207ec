#pragma once
#include "actors/async_trainee.hpp"
#include "actors/delays.hpp"
#include "actors/judge.hpp"
#include "actors/learner.hpp"

namespace zenops {

/// validator/G of asynchronous training: takes local steps on clean data when the scheduler says so, which gives the row that
/// updates are judged by until the next one, and decides about the batches of its group.
class AsyncValidator final : public AsyncTrainee {
 public:
  AsyncValidator(Context& context, uint32_t group, std::shared_ptr<Learner> learner, const Layout& layout, uint32_t shards,
                 std::shared_ptr<const Rule> rule, Judge::Options judging, std::shared_ptr<const Delays> delays);
  Behavior handlers() override;

 private:
  void train(Assignment task, std::vector<Row> parameters) override;
  void measured(const Msg<wire::Measured>& measured);
  uint32_t group_;
  std::shared_ptr<Learner> learner_;
  std::shared_ptr<const Rule> rule_;
  Judge judge_;
  std::shared_ptr<const Delays> delays_;
};

}  // namespace zenops
