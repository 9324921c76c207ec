#pragma once
#include <span>
#include <vector>

#include "base/layout.hpp"
#include "models/options.hpp"

namespace zenops {

/// What a step does to one stretch of the flat vectors, with s = lr (clip g + decay w):
///   sgd  m ← μ m + s,  w ← w − m          (MXNet's SGD: heavy ball, the rate inside the buffer; μ = 0: plain descent)
///   nag  m ← μ m + s,  w ← w − (μ m + s)  (MXNet's NAG, zeno-ps: C.9)
struct StepSizes {
  float lr, momentum, decay, clip = 1;
};

/// One update, in place, over vectors of equal length. No multiply-add is contracted: the same bits on every CPU.
void sgd_step(std::span<float> w, std::span<float> m, std::span<const float> g, const StepSizes& sizes);
void nag_step(std::span<float> w, std::span<float> m, std::span<const float> g, const StepSizes& sizes);

/// Σ x², added in double in one order: the same bits on every CPU.
double squared_norm(std::span<const float> x);

/// The optimizer of the local steps for one layout; the momentum is the trainer's own. Immutable; usable from any
/// thread. Buffers are no business of it: they have no gradient.
class Optimizer {
 public:
  /// Throws UserError (bad_config) for a name that there is not, and for a word of no_decay that fits no block.
  Optimizer(const OptimizerOptions& options, const Layout& layout);
  /// One step, in place, over vectors of the layout's dimension. The gradient g of the whole model is first clipped to
  /// clip_norm / max(‖g‖, clip_norm) times itself (Pascanu, Mikolov and Bengio 2013); decay comes on top of that.
  void step(std::span<float> weights, std::span<float> momentum, std::span<const float> gradient, float lr) const;
  /// Instead of a step, for whoever sends gradients: out = −(clip g + decay w), g clipped as there. Buffers of `out` stay as
  /// they are.
  void descent(std::span<float> out, std::span<const float> weights, std::span<const float> gradient) const;
  /// And for whoever sends their running mean (Karimireddy, He and Jaggi 2021): m ← μ m + (1 − μ) out, out = m.
  void mean_descent(std::span<float> momentum, std::span<float> out) const;

 private:
  /// What the gradient of the whole model is multiplied by.
  float clip(std::span<const float> gradient) const;
  struct Stretch {
    size_t offset, size;
    float decay;
  };
  decltype(&sgd_step) step_;
  float momentum_, clip_norm_;
  std::vector<Stretch> stretches_;  // blocks in a row that decay alike
};

}  // namespace zenops
