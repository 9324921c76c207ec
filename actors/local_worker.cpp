#include "actors/local_worker.hpp"

#include <algorithm>

namespace zenops {

LocalWorker::LocalWorker(uint32_t index, const TrainingGround& ground, const TrainOptions& train, uint32_t batch, uint64_t seed)
    : index_(index),
      layout_(ground.layout),
      participation_(train, ground.layout, seed),
      learner_(ground, Role::worker, index, seed, batch, train.local_steps),
      rows_(ground.rows),
      goes_on_(train.mode == Mode::async) {
  if ((train.subsample < 1 && !goes_on_) || train.sparsity > 0) residual_.resize(layout_.dimension());
}

LocalWorker::Outcome LocalWorker::work(int thread, uint32_t round, float lr, std::span<const Row> parameters,
                                       const Adversary& adversary) {
  if (adversary.crashes(index_, round)) throw std::runtime_error("it crashed in its local steps (attack: crash)");
  if (goes_on_ && !parameters.empty()) {
    parameters_.assign(parameters.begin(), parameters.end());
    progress_ = {};
  }
  auto local = learner_.update(thread, round, lr, goes_on_ ? std::span<const Row>(parameters_) : parameters, residual_,
                               progress_.view());
  Outcome out{.active = participation_.active(index_, round), .update = local.delta, .sent = {}, .loss = local.loss,
              .seconds = local.seconds};
  if (goes_on_ && !out.active) {
    progress_ = out.update;
    return out;
  }
  out.update = claim(round, adversary, out.update);
  const std::span<float> update = out.update.mutable_view();
  for (uint32_t b = 0; b < layout_.blocks().size(); ++b) {
    const Block& block = layout_.blocks()[b];
    const auto part = update.subspan(block.offset, block.size);
    const bool sent = out.active && participation_.sends(index_, round, b);
    out.sent.push_back(sent);
    if (!residual_.empty()) {
      const auto kept = std::span(residual_).subspan(block.offset, block.size);
      if (sent || block.exchange != Exchange::judged) {
        std::ranges::fill(kept, 0.0f);
      } else {
        std::ranges::copy(part, kept.begin());
      }
    }
    if (sent && adversary.poisons(index_, round, b)) adversary.poison(index_, round, b, part);
  }
  return out;
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
