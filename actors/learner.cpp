#include "actors/learner.hpp"

#include <cassert>
#include <chrono>

#include "actors/gathering.hpp"
#include "aggregation/plan.hpp"

namespace zenops {

Lesson lesson(const Samples& samples, Batch& batch) {
  return {.samples = batch.size, .height = batch.height, .width = batch.width, .channels = batch.channels,
          .classes = samples.classes, .inputs = batch.inputs, .labels = batch.labels, .mean = samples.mean,
          .deviation = samples.deviation};
}

Learner::Learner(TrainingGround ground, Role role, uint32_t index, uint64_t seed, uint32_t batch, uint32_t local_steps)
    : ground_(std::move(ground)),
      sampler_(role == Role::worker ? ground_.partition->part(index) : ground_.partition->trusted(), batch, seed, role, index),
      local_steps_(local_steps),
      momentum_(ground_.layout.dimension()) {}

LocalTraining Learner::work(uint32_t round, float lr, const Spoil& spoil) const {
  LocalTraining out{.samples = &ground_.data->train,
                    .sampler = &sampler_,
                    .first_step = uint64_t{round - 1} * local_steps_,
                    .steps = local_steps_,
                    .optimizer = ground_.optimizer.get(),
                    .lr = lr,
                    .augment = ground_.augment,
                    .proximal = ground_.proximal};
  if (spoil) out.spoil = [&spoil, &samples = ground_.data->train](Batch& spoiled) {
    Lesson taught = lesson(samples, spoiled);
    spoil(taught);
  };
  return out;
}

void Learner::draw(uint32_t round, uint32_t step, const Spoil& spoil, Batch& batch) const {
  const LocalTraining work = this->work(round, 0, spoil);
  std::vector<uint32_t> indices;
  load_batch(work, work.first_step + step, indices, batch);
}

LocalSteps Learner::local_steps(float lr) const {
  if (local_steps_ == 1) return {};
  return {.steps = local_steps_,
          .draw = {},
          .begin =
              [this, moved = moved_](std::vector<float>& momentum) {
                const std::unique_lock lock(moving_, std::try_to_lock);
                if (!lock || moved_ != moved) return false;
                momentum = momentum_;
                return true;
              },
          .take = [optimizer = ground_.optimizer, proximal = ground_.proximal, lr](
                      std::span<float> weights, std::span<float> momentum, std::span<const float> gradient, std::span<const float> center) {
            LocalTraining work{};
            work.optimizer = optimizer.get();
            work.lr = lr;
            work.proximal = proximal;
            work.center = center;
            take_step(work, weights, momentum, gradient);
          }};
}

LocalUpdate Learner::update(int thread, uint32_t round, float lr, std::span<const Row> parameters,
                            std::span<const float> residual, std::span<const float> progress, const Spoil& spoil,
                            const KnownGradient* first, const TakenSteps* taken) {
  const std::lock_guard moving(moving_);
  ++moved_;
  const auto start = std::chrono::steady_clock::now();
  auto& [replica, batch, indices] = ground_.replicas->at(thread);
  const std::span<float> weights = replica->weights();
  copy_parts(parameters, weights);
  LocalUpdate out{.delta = ground_.rows->make(weights.size())};
  const std::span<float> delta = out.delta.mutable_view();
  LocalTraining work = this->work(round, lr, spoil);
  work.first = first;
  work.taken = taken;
  const double before = (first ? first->seconds : 0) + (taken ? taken->seconds : 0);
  const auto took = [start, before] { return before + std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  if (ground_.send != Send::delta) {
    assert(residual.empty() && progress.empty());
    std::ranges::copy(weights, delta.begin());  // for the buffers
    out.loss = find_descent(*replica, work, delta, batch);
    if (ground_.send == Send::momentum) ground_.optimizer->mean_descent(momentum_, delta);
    subtract_buffers(delta, weights, delta);
    out.seconds = took();
    return out;
  }
  Row own_base;  // parameters plus residual, where the parts themselves do not do
  if (!residual.empty()) add_scaled(weights, 1, residual);
  if (!residual.empty() || !progress.empty() || ground_.proximal > 0) {
    own_base = ground_.rows->make(weights.size());
    std::ranges::copy(weights, own_base.mutable_view().begin());
  }
  if (!progress.empty()) add_scaled(weights, 1, progress);

  work.center = own_base.view();
  out.loss = train_locally(*replica, work, momentum_, batch);

  if (own_base.empty()) {
    size_t offset = 0;
    for (const Row& part : parameters) {
      subtract(delta.subspan(offset, part.size()), weights.subspan(offset, part.size()), part.view());
      offset += part.size();
    }
  } else {
    subtract(delta, weights, own_base.view());
  }
  out.seconds = took();
  return out;
}

void Learner::subtract_buffers(std::span<float> out, std::span<const float> a, std::span<const float> b) const {
  for (const Block& block : ground_.layout.blocks())
    if (block.buffer)
      subtract(out.subspan(block.offset, block.size), a.subspan(block.offset, block.size), b.subspan(block.offset, block.size));
}

Row Learner::momentum() const {
  Row out = ground_.rows->make(momentum_.size());
  std::ranges::copy(momentum_, out.mutable_view().begin());
  return out;
}

void Learner::set_momentum(const Row& momentum) {
  const std::lock_guard moving(moving_);
  ++moved_;
  if (momentum.empty())
    std::ranges::fill(momentum_, 0.0f);
  else
    std::ranges::copy(momentum.view(), momentum_.begin());
}

double Learner::loss(int thread, uint32_t round, float lr, std::span<const Row> parameters, std::span<const Row> step) const {
  auto& [replica, batch, indices] = ground_.replicas->at(thread);
  const std::span<float> weights = replica->weights();
  copy_parts(parameters, weights);
  size_t offset = 0;
  for (const Row& part : step) {
    for (const Block& block : ground_.layout.blocks()) {
      const size_t begin = std::max(offset, block.offset), end = std::min(offset + part.size(), block.offset + block.size);
      if (begin >= end) continue;
      const float share = block.buffer || ground_.send == Send::delta ? 1 : lr;
      add_scaled(weights.subspan(begin, end - begin), share, part.view().subspan(begin - offset, end - begin));
    }
    offset += part.size();
  }
  double loss = 0;
  uint64_t count = 0;
  for (uint32_t k = 0; k < local_steps_; ++k) {
    sampler_.batch(uint64_t{round - 1} * local_steps_ + k, indices);
    gather(ground_.data->train, indices, batch);
    const Scores scores = replica->evaluate(batch);
    loss += scores.loss;
    count += scores.count;
  }
  return loss / static_cast<double>(count);
}

}  // namespace zenops
