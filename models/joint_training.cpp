#include "models/joint_training.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/optimizer.hpp"

namespace zenops {
namespace {

/// Who goes on together: the first of the joint replica's rows are theirs.
class Going {
 public:
  Going(JointReplica& joint, std::span<JointTrainee> trainees) : joint_(joint) {
    for (size_t k = 0; k < trainees.size(); ++k) {
      by_row_.push_back(&trainees[k]);
      trainees[k].row = k;
    }
  }
  size_t count() const { return by_row_.size(); }
  JointTrainee& at(size_t row) const { return *by_row_[row]; }
  /// The last takes its place; its own weights stay behind the rows of those who go on.
  void leave(size_t row) {
    const size_t last = by_row_.size() - 1;
    if (row != last) {
      std::ranges::swap_ranges(joint_.own_weights(row), joint_.own_weights(last));
      std::swap(by_row_[row]->row, by_row_[last]->row);
      std::swap(by_row_[row], by_row_[last]);
    }
    by_row_.pop_back();
  }

 private:
  JointReplica& joint_;
  std::vector<JointTrainee*> by_row_;
};

bool draw(const JointTrainee& trainee) {
  if (trainee.taken >= trainee.local.steps) return false;
  try {
    return trainee.local.draw(trainee.taken, *trainee.batch);
  } catch (const std::exception&) {
    return false;  // it draws again alone, and falls of it
  }
}

}  // namespace

bool same_shape(const Batch& a, const Batch& b) { return a.size == b.size && a.inputs.size() == b.inputs.size() && a.labels.size() == b.labels.size(); }

void train_together(JointReplica& joint, std::span<JointTrainee> trainees, std::span<const float> losses, const ForEach& for_each) {
  Going going(joint, trainees);
  const std::span<const float> center = joint.weights();
  /// By the gradient of that row, from what is in its own weights.
  const auto take = [&](size_t row, float loss) {
    JointTrainee& trainee = going.at(row);
    const std::span<float> own = joint.own_weights(row);
    joint.move_buffers(row, own);
    trainee.local.take(own, trainee.momentum, joint.gradient(row), center);
    ++trainee.taken;
    trainee.loss += loss;
  };
  static_cast<void>(joint.own_weights(0));  // has memory taken, before several threads ask
  for_each(going.count(), [&](size_t row) {
    std::ranges::copy(center, joint.own_weights(row).begin());
    take(row, losses[row]);
  });
  while (true) {
    std::vector<char> ready(going.count());
    for_each(going.count(), [&](size_t row) { ready[row] = draw(going.at(row)); });
    const auto first = std::ranges::find(ready, 1);
    if (first == ready.end()) return;
    const Batch& like = *going.at(static_cast<size_t>(first - ready.begin())).batch;
    for (size_t row = going.count(); row-- > 0;)
      if (!ready[row] || !same_shape(*going.at(row).batch, like)) going.leave(row);
    if (going.count() < 2) return;

    std::vector<const Batch*> batches;
    for (size_t row = 0; row < going.count(); ++row) batches.push_back(going.at(row).batch);
    const auto found = joint.compute_gradients_apart(batches);
    // Alone a step that overflows does so, too. But what a device's kernels make of numbers that stand beside such is not ours to promise.
    std::vector<char> finite(going.count());
    for_each(going.count(), [&](size_t row) {
      finite[row] = std::isfinite(found[row]) && std::isfinite(squared_norm(joint.gradient(row)));
      if (finite[row]) take(row, found[row]);
    });
    for (size_t row = going.count(); row-- > 0;)
      if (!finite[row]) going.leave(row);
  }
}

}  // namespace zenops
