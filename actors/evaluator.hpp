#pragma once
#include <optional>

#include "actors/checkpoints.hpp"
#include "actors/gathering.hpp"
#include "actors/learner.hpp"
#include "actors/wire/survival.capnp.h"
#include "actors/wire/training.capnp.h"
#include "runtime/actor.hpp"

namespace zenops {

/// evaluator: fetches versions that shall be evaluated or kept, and does so beside the training that goes on.
///
///   Evaluate --pull--> held --no other is at work--> Held, parts on the pool … --last part--> Evaluated
///
/// Whoever asks goes on when the version is held. One is at work and one more may be held: a run whose evaluations take
/// longer than the rounds between them waits for them here.
class Evaluator final : public Actor {
 public:
  /// `checkpoints` may be null: then none is kept.
  Evaluator(Context& context, TrainingGround ground, uint32_t shards, std::shared_ptr<Checkpoints> checkpoints);
  Behavior handlers() override;
  std::string summary() const override;

 private:
  struct Version {
    uint32_t version = 0, round = 0;
    bool score = false, keep = false;
    std::vector<Row> parameters;
  };
  void evaluate(const Msg<wire::Evaluate>& evaluate);
  void parameters(const Msg<wire::Parameters>& parameters);
  void recall(const Msg<wire::Recall>& recall);
  void begin();
  void keep();
  void score();
  void score_next();
  void scored();
  void tell(const Scores& all, const Scores& triggered);
  void end();
  TrainingGround ground_;
  std::shared_ptr<Checkpoints> checkpoints_;
  std::vector<ShardRange> ranges_;
  Gathering gathering_;
  Version pulled_;
  bool held_ = false;  // pulled_ is complete and waits
  std::shared_ptr<const Version> at_work_, newest_;
  struct Part {
    Scores all, triggered;
  };
  std::vector<Part> parts_;  // of the version at work
  size_t next_ = 0, done_ = 0;
};

}  // namespace zenops
