#pragma once
#include "actors/gathering.hpp"
#include "actors/learner.hpp"
#include "actors/wire/training.capnp.h"
#include "runtime/actor.hpp"

namespace zenops {

/// evaluator: loss and top-1 accuracy of one version on the test set.
class Evaluator final : public Actor {
 public:
  Evaluator(Context& context, TrainingGround ground, uint32_t shards);
  Behavior handlers() override;

 private:
  void evaluate(const Msg<wire::Evaluate>& evaluate);
  void parameters(const Msg<wire::Parameters>& parameters);
  void run(std::vector<Row> parameters);
  TrainingGround ground_;
  std::vector<ShardRange> ranges_;
  Gathering gathering_;
  uint32_t version_ = 0;
};

}  // namespace zenops
