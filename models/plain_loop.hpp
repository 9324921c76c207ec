#pragma once
#include <memory>
#include <string>

#include "models/replica.hpp"

namespace zenops {

/// The loop that one writes first with PyTorch: modules, torch::optim::SGD, images in torch's own order, torch's own
/// memory. What the training step is measured against, and the second opinion of its tests.
class PlainLoop {
 public:
  virtual ~PlainLoop() = default;
  /// One step of Nesterov's momentum on the batch; its loss before the step.
  virtual float step(const Batch& batch) = 0;
};

/// What a plain loop begins with.
struct PlainStart {
  std::string model;  // mlp, cnn_mnist or cifar_resnet20_v1
  InputShape input;
  const Layout& layout;
  std::span<const float> weights;  // by the layout's names
  float lr, momentum;
};

std::unique_ptr<PlainLoop> make_plain_loop(const PlainStart& start);

}  // namespace zenops
