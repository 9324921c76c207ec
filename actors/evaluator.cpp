#include "actors/evaluator.hpp"

#include <utility>

#include "actors/wire/compose.hpp"
#include "actors/wire/door.hpp"
#include "models/evaluation.hpp"

namespace zenops {

Evaluator::Evaluator(Context& context, TrainingGround ground, uint32_t shards, std::shared_ptr<Checkpoints> checkpoints)
    : Actor(context), ground_(std::move(ground)), checkpoints_(std::move(checkpoints)), gathering_(shards) {
  for (uint32_t s = 0; s < shards; ++s) ranges_.push_back(ground_.layout.shard(s, shards));
}

Behavior Evaluator::handlers() {
  return Behavior{}
      .on<wire::Evaluate>(From{"scheduler"}, [this](const Msg<wire::Evaluate>& m) { evaluate(m); })
      .on<wire::Parameters>(From{"shard/"}, [this](const Msg<wire::Parameters>& m) { parameters(m); })
      .on<wire::Recall>(From{"scheduler"}, [this](const Msg<wire::Recall>& m) { recall(m); });
}

std::string Evaluator::summary() const {
  return at_work_ ? "evaluates version " + std::to_string(at_work_->version) + ": " + std::to_string(done_) + " of " +
                        std::to_string(parts_.size()) + " parts of the test set are done"
                  : "waits for a version to evaluate";
}

void Evaluator::evaluate(const Msg<wire::Evaluate>& evaluate) {
  pulled_ = {evaluate->getVersion(), evaluate->getRound(), evaluate->getScore(), evaluate->getKeep(), {}};
  held_ = false;  // what is asked for last counts
  gathering_.begin(pulled_.version);
  for (uint32_t s = 0; s < ranges_.size(); ++s)
    context().tell(nth("shard", s),
                   Envelope::of<wire::Pull>([this](wire::Pull::Builder pull) { pull.setVersion(pulled_.version); }));
}

void Evaluator::parameters(const Msg<wire::Parameters>& parameters) {
  const uint32_t shard = parameters->getShard();
  if (shard >= ranges_.size()) return;
  auto part = door::admit(parameters, ranges_[shard]);
  if (!part || !gathering_.offer(parameters->getVersion(), shard, std::move(*part))) return;
  pulled_.parameters = gathering_.take();
  held_ = true;
  if (!at_work_) begin();
}

void Evaluator::recall(const Msg<wire::Recall>& recall) {
  const uint32_t shard = recall->getShard();
  Row part;
  if (held_ && pulled_.version == recall->getVersion() && shard < pulled_.parameters.size())
    part = pulled_.parameters[shard];
  else if (newest_ && newest_->version == recall->getVersion() && shard < newest_->parameters.size())
    part = newest_->parameters[shard];
  context().tell("scheduler", recalled(recall->getTicket(), part));
}

void Evaluator::begin() {
  held_ = false;
  newest_ = at_work_ = std::make_shared<const Version>(std::move(pulled_));
  context().tell("scheduler",
                 Envelope::of<wire::Held>([this](wire::Held::Builder out) { out.setRound(at_work_->round); }));
  keep();
}

void Evaluator::keep() {
  if (!at_work_->keep || !checkpoints_) return score();
  context().offload(
      [checkpoints = checkpoints_, layout = ground_.layout, kept = at_work_](int) {
        checkpoints->add(kept->round, layout, kept->parameters);
        return true;
      },
      [this](bool) { score(); });
}

void Evaluator::score() {
  if (!at_work_->score) return end();
  parts_.assign(evaluation_parts(ground_.data->test), {});
  next_ = done_ = 0;
  if (parts_.empty()) return scored();
  // As many parts at once as there are threads: the next ones queue behind the training steps that came in between.
  for (int lane = 0; lane < context().pool().threads(); ++lane) score_next();
}

void Evaluator::score_next() {
  if (next_ == parts_.size()) return;
  context().offload(
      [ground = ground_, scored = at_work_, part = next_](int thread) {
        auto& [replica, batch, indices] = ground.replicas->at(thread);
        copy_parts(scored->parameters, replica->weights());
        Part scores{evaluate_part(*replica, ground.data->test, part, batch, indices), {}};
        if (ground.trigger)
          scores.triggered = evaluate_trigger(*replica, ground.data->test, *ground.trigger, part, batch, indices);
        return scores;
      },
      [this, part = next_](Part scores) {
        parts_[part] = std::move(scores);
        if (++done_ == parts_.size()) return scored();
        score_next();
      });
  ++next_;
}

void Evaluator::scored() {
  Scores all, triggered;
  for (const Part& part : parts_) {
    all += part.all;
    triggered += part.triggered;
  }
  if (!checkpoints_) return tell(all, triggered);
  context().offload(
      [checkpoints = checkpoints_, layout = ground_.layout, best = at_work_, accuracy = all.accuracy()](int) {
        checkpoints->offer(best->round, accuracy, layout, best->parameters);
        return true;
      },
      [this, all, triggered](bool) { tell(all, triggered); });
}

void Evaluator::tell(const Scores& all, const Scores& triggered) {
  context().tell("scheduler", Envelope::of<wire::Evaluated>([&](wire::Evaluated::Builder out) {
                   out.setRound(at_work_->round);
                   out.setLoss(all.mean_loss());
                   out.setAccuracy(all.accuracy());
                   out.setTop5(all.top5_accuracy());
                   if (triggered.count > 0) out.setAttackSuccess(triggered.accuracy());
                   const auto classes = all.class_accuracy();
                   auto list = out.initClasses(static_cast<uint32_t>(classes.size()));
                   for (uint32_t c = 0; c < classes.size(); ++c) list.set(c, classes[c]);
                 }));
  end();
}

void Evaluator::end() {
  at_work_ = nullptr;
  if (held_) begin();
}

}  // namespace zenops
