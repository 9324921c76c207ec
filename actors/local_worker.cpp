#include "actors/local_worker.hpp"

#include <algorithm>

#include "actors/compression.hpp"
#include "aggregation/plan.hpp"

namespace zenops {

LocalWorker::LocalWorker(uint32_t index, const TrainingGround& ground, const TrainOptions& train, uint32_t batch, uint64_t seed)
    : index_(index),
      layout_(ground.layout),
      compression_(train.compression),
      participation_(train, ground.layout, seed),
      learner_(ground, Role::worker, index, seed, batch, train.local_steps),
      rows_(ground.rows),
      cohorts_(ground.cohorts),
      cohort_(cohorts_ ? cohorts_->of(index) : nullptr),
      goes_on_(train.mode == Mode::async),
      moves_(train.send == Send::delta),
      feeds_back_(train.error == Unsent::feedback) {
  const bool all_is_sent = (train.subsample == 1 || goes_on_) && train.sparsity == 0 &&
                           compression_.kind == CompressionOptions::Kind::none;
  if (!all_is_sent && (moves_ || feeds_back_)) unsent_.resize(layout_.dimension());
}

void LocalWorker::announce(uint32_t opening, uint32_t round, float lr, std::span<const Row> parameters,
                           std::shared_ptr<const Adversary> adversary) {
  if (!cohort_) return;
  const bool at_parameters = unsent_.empty() || feeds_back_;
  if (!at_parameters || adversary->crashes(index_, round)) return sit_out(opening);
  const auto draw = [worker = weak_from_this(), round, adversary = std::move(adversary)](uint32_t step, Batch& batch) {
    const auto self = worker.lock();
    if (self) self->learner_.draw(round, step, adversary->spoils(self->index_, round), batch);
    return self != nullptr;
  };
  LocalSteps local = learner_.local_steps(lr);
  local.draw = draw;
  local.begin = [worker = weak_from_this(), begin = std::move(local.begin)](std::vector<float>& momentum) {
    const auto self = worker.lock();
    return self && begin(momentum);
  };
  cohort_->enter(opening, index_, {parameters.begin(), parameters.end()}, [draw](Batch& batch) { return draw(0, batch); }, std::move(local));
}

void LocalWorker::sit_out(uint32_t opening) {
  if (cohort_) cohort_->pass(opening, index_);
}

LocalWorker::Outcome LocalWorker::work(int thread, uint32_t round, float lr, std::span<const Row> parameters,
                                       const Adversary& adversary, uint32_t opening) {
  if (adversary.crashes(index_, round)) throw std::runtime_error("it crashed in its local steps (attack: crash)");
  if (goes_on_ && !parameters.empty()) {
    parameters_.assign(parameters.begin(), parameters.end());
    progress_ = {};
  }
  auto joint = cohort_ ? cohort_->gradient(opening, index_) : std::nullopt;
  KnownGradient first;
  TakenSteps taken;
  const bool taught = joint && joint->taken();
  if (joint) {
    if (taught)
      taken = *joint->taken();
    else
      first = **joint;
    first.release = taken.release = [&joint] { joint.reset(); };
  }
  auto local = learner_.update(thread, round, lr, goes_on_ ? std::span<const Row>(parameters_) : parameters,
                               feeds_back_ ? std::span<const float>() : unsent_, progress_.view(),
                               adversary.spoils(index_, round), joint && !taught ? &first : nullptr, taught ? &taken : nullptr);
  Outcome out{.active = participation_.active(index_, round), .update = local.delta, .sent = {}, .loss = local.loss,
              .seconds = local.seconds};
  if (goes_on_ && !out.active) {
    if (moves_) progress_ = out.update;
    return out;
  }
  if (feeds_back_ && !unsent_.empty()) add_scaled(local.delta.mutable_view(), 1, unsent_);
  out.update = claim(round, adversary, local.delta);
  for (uint32_t b = 0; b < layout_.blocks().size(); ++b) {
    const Block& block = layout_.blocks()[b];
    const auto made = local.delta.mutable_view().subspan(block.offset, block.size);
    const auto said = out.update.mutable_view().subspan(block.offset, block.size);
    const bool sent = out.active && participation_.sends(index_, round, b);
    out.sent.push_back(sent);
    const auto unsent = unsent_.empty() ? std::span<float>() : std::span(unsent_).subspan(block.offset, block.size);
    if (!sent) {
      if (!unsent.empty() && block.exchange == Exchange::judged) std::ranges::copy(made, unsent.begin());
      continue;
    }
    const CompressionOptions compression = compressed(compression_, block) ? compression_ : CompressionOptions{};
    const bool poisons = adversary.poisons(index_, round, b);
    if (!poisons && said.data() == made.data()) {
      compress(compression, said, unsent);
      continue;
    }
    // Or the liar would harm itself: what it keeps is honest.
    if (!unsent.empty()) {
      std::vector<float> honest(made.begin(), made.end());
      compress(compression, honest, unsent);
    }
    if (poisons) adversary.poison(index_, round, b, said);
    compress(compression, said, {});
  }
  return out;
}

LocalWorker::Outcome LocalWorker::repeat(uint32_t round, const Row& lie) const {
  Outcome out{.active = true, .update = lie, .sent = {}, .loss = 0, .seconds = 0};
  if (compression_.kind != CompressionOptions::Kind::none) {  // otherwise all may send the same
    out.update = rows_->make(lie.size());
    std::ranges::copy(lie.view(), out.update.mutable_view().begin());
  }
  for (uint32_t b = 0; b < layout_.blocks().size(); ++b) {
    const Block& block = layout_.blocks()[b];
    out.sent.push_back(participation_.sends(index_, round, b));
    if (out.sent.back() && compressed(compression_, block))
      compress(compression_, out.update.mutable_view().subspan(block.offset, block.size), {});
  }
  return out;
}

ActorState LocalWorker::save() const {
  ActorState out;
  out.tensors["momentum"] = learner_.momentum();
  if (!unsent_.empty()) {
    Row unsent = rows_->make(unsent_.size());
    std::ranges::copy(unsent_, unsent.mutable_view().begin());
    out.tensors["unsent"] = unsent;
  }
  for (size_t k = 0; k < history_.size(); ++k) out.tensors["history/" + std::to_string(k)] = history_[k];
  return out;
}

void LocalWorker::restore(const ActorState& state) {
  learner_.set_momentum(state.tensor("momentum"));
  std::ranges::fill(unsent_, 0.0f);
  if (const Row unsent = state.tensor("unsent"); unsent.size() == unsent_.size()) std::ranges::copy(unsent.view(), unsent_.begin());
  history_.clear();
  for (Row row; !(row = state.tensor("history/" + std::to_string(history_.size()))).empty();) history_.push_back(row);
}

Row LocalWorker::claim(uint32_t round, const Adversary& adversary, const Row& made) {
  const uint32_t age = adversary.repeats(index_, round);
  if (age == 0) {
    history_.clear();
    return made;
  }
  history_.push_front(made);
  while (history_.size() > age + 1) history_.pop_back();
  Row copy = rows_->make(made.size());
  std::ranges::copy(history_.back().view(), copy.mutable_view().begin());
  return copy;
}

}  // namespace zenops
