#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "actors/cohort.hpp"
#include "actors/options.hpp"
#include "attacks/lesson.hpp"
#include "base/rows.hpp"
#include "models/evaluation.hpp"
#include "models/joint_training.hpp"
#include "models/local_training.hpp"
#include "models/partition.hpp"
#include "models/replicas.hpp"

namespace zenops {

/// What all who train in one process share; immutable but for the replicas, which belong to the pool's threads.
struct TrainingGround {
  std::shared_ptr<const Dataset> data;
  std::shared_ptr<const Partition> partition;
  std::shared_ptr<Replicas> replicas;
  std::shared_ptr<Rows> rows;
  Augment augment = Augment::none;
  Layout layout;
  std::shared_ptr<const Optimizer> optimizer;
  float proximal = 0;
  Send send = Send::delta;
  std::shared_ptr<Cohorts> cohorts = {};  // of this process's workers; null: each computes alone
  std::optional<Trigger> trigger = {};  // of the backdoor that the configured liars hide in the model
};

/// What a round's local steps made.
struct LocalUpdate {
  Row delta;  // (d): the weights after the steps minus those before; or as Send says, of buffers still that
  float loss = 0;
  double seconds = 0;
};

/// A batch of those samples as a liar in its data sees it.
Lesson lesson(const Samples& samples, Batch& batch);

/// The local training of one worker or validator: its part of the data, its momentum. One update at a time.
class Learner {
 public:
  Learner(TrainingGround ground, Role role, uint32_t index, uint64_t seed, uint32_t batch, uint32_t local_steps);
  /// Starts from `parameters` (parts one after the other) plus `residual` (d, or empty). Round r takes the batches
  /// (r − 1) k … r k − 1 of its sampler, so that a learner begun afresh goes on where the lost one stood.
  /// A liar in its data does `spoil` to each batch first.
  /// Where it has come further from there without having sent it, it goes on from `progress` (d, or empty), which the
  /// update then includes. Gradients know neither: both are empty. Of the first local step `first` knows the gradient, unless it is null;
  /// or the first steps are those that were taken by local_steps(), unless `taken` is null.
  using Spoil = std::function<void(Lesson&)>;
  LocalUpdate update(int thread, uint32_t round, float lr, std::span<const Row> parameters, std::span<const float> residual,
                     std::span<const float> progress = {}, const Spoil& spoil = {}, const KnownGradient* first = nullptr,
                     const TakenSteps* taken = nullptr);
  /// The batch of that round's local step `step`, 0 being the first. Whatever thread asks, also while it is updated.
  void draw(uint32_t round, uint32_t step, const Spoil& spoil, Batch& batch) const;
  /// How it would take the steps of a round by itself, without its batches: from its momentum as it is now. Once it has moved by itself,
  /// that can no longer be begun. It is to outlive begin(), which any thread may ask.
  LocalSteps local_steps(float lr) const;
  /// The mean loss at `parameters` plus what `step` does to them (parts one after the other; none: zeros) on the batches of that round:
  /// plus a delta, plus lr times anything else that is sent. Whatever thread asks, and however many at once.
  double loss(int thread, uint32_t round, float lr, std::span<const Row> parameters, std::span<const Row> step) const;
  /// A copy of its momentum, and back; empty: none.
  Row momentum() const;
  void set_momentum(const Row& momentum);

 private:
  LocalTraining work(uint32_t round, float lr, const Spoil& spoil) const;
  /// Of all buffers, in flat vectors: out = a − b.
  void subtract_buffers(std::span<float> out, std::span<const float> a, std::span<const float> b) const;
  TrainingGround ground_;
  Sampler sampler_;
  uint32_t local_steps_;
  std::vector<float> momentum_;
  mutable std::mutex moving_;  // held by whom moves the momentum, or reads it while it might move
  uint64_t moved_ = 0;         // times
};

}  // namespace zenops
