#pragma once
#include <ATen/core/Tensor.h>

#include <memory>
#include <span>

#include "base/layout.hpp"
#include "models/options.hpp"
#include "models/torch/group.hpp"

namespace zenops {

/// A network bound to tensors that somebody else holds. Inputs are (samples, channels, height, width) in any memory
/// format, outputs (samples, classes).
class Network {
 public:
  virtual ~Network() = default;
  /// The forward pass that backward() can follow, with the dropout that streams of this name draw; running statistics
  /// move.
  virtual at::Tensor train(const at::Tensor& input, const StreamName& noise) = 0;
  virtual at::Tensor evaluate(const at::Tensor& input) = 0;
  /// The same as train() for the batches of a group, one after the other in the input. Throws std::logic_error for a
  /// TorchScript file, which adds up all gradients.
  virtual at::Tensor train(const at::Tensor& input, const Group& group) = 0;
  /// Whether what train() last computed depends on more than its input, the parameters and the statistics, or that is not known: the
  /// same kernels launched again would not do what it does.
  virtual bool drew() const = 0;
};


/// The network of a model over one tensor for each block of its layout; those that are trained are leaves with their
/// gradients. Requires a model of the catalogue with all its parameters.
std::unique_ptr<Network> make_network(const ModelOptions& model, const Layout& layout,
                                      std::span<const at::Tensor> tensors);

}  // namespace zenops
