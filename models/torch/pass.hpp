#pragma once
#include <ATen/core/Tensor.h>

#include <span>
#include <vector>

#include "base/philox.hpp"
#include "models/torch/group.hpp"
#include "models/torch/joint_layers.hpp"

namespace zenops {

/// One run of a network over a batch: hands out the network's tensors in the order of its layout, and knows what
/// differs between training and evaluation. Tensors are (samples, channels, height, width) in any memory format.
class Pass {
 public:
  enum class Statistics {
    of_the_batch,               // each batch norm uses its batch's
    of_the_batch_and_remember,  // and moves its running ones a tenth of the way there
    running,
  };
  /// Without dropout.
  Pass(std::span<const at::Tensor> parameters, std::span<const at::Tensor> buffers, Statistics statistics)
      : parameters_(parameters), buffers_(buffers), statistics_(statistics) {}
  /// With dropout, drawn from streams of this name: one for each layer that drops, counted in `part`.
  Pass(std::span<const at::Tensor> parameters, std::span<const at::Tensor> buffers, Statistics statistics, const StreamName& noise)
      : Pass(parameters, buffers, statistics) {
    noise_ = {noise};
  }
  /// Over all batches of a group, which outlives it; running statistics are not moved themselves.
  Pass(std::span<const at::Tensor> parameters, std::span<const at::Tensor> buffers, Statistics statistics, const Group& group)
      : Pass(parameters, buffers, statistics) {
    noise_.assign(group.noise.begin(), group.noise.end());
    group_ = &group;
    if (group.own_parameters.empty()) return;
    parameters_ = group.own_parameters;
    buffers_ = group.own_buffers;
  }
  /// Whether it has computed with numbers that were drawn for it.
  bool drew() const { return drew_; }

  /// The layers of models/architecture.hpp. A kernel of odd size s is padded by (s − 1) / 2.
  at::Tensor linear(const at::Tensor& x);
  at::Tensor convolution(const at::Tensor& x, int64_t stride = 1);
  /// With a bias and without padding.
  at::Tensor valid_convolution(const at::Tensor& x);
  at::Tensor batch_norm(const at::Tensor& x);
  at::Tensor batch_norm_without_affine(const at::Tensor& x);
  at::Tensor layer_norm(const at::Tensor& x);
  at::Tensor embedding(const at::Tensor& indices);
  /// An embedding of the places 0, 1, … in x (samples, length): to be added to what x is embedded as.
  at::Tensor embedded_places(const at::Tensor& x);
  /// In training, x with each element zero at this rate and the others divided by 1 − rate; otherwise x.
  at::Tensor dropout(const at::Tensor& x, double rate);

 private:
  const at::Tensor& parameter() { return parameters_[next_parameter_++]; }
  const at::Tensor& buffer() { return buffers_[next_buffer_++]; }
  /// Where the gradients of the layer go whose last parameter was handed out last.
  joint::Gradients gradients(bool with_bias) const;
  at::Tensor normalised(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift);

  std::span<const at::Tensor> parameters_, buffers_;
  Statistics statistics_;
  std::vector<StreamName> noise_;  // by batch; none: nothing is dropped
  const Group* group_ = nullptr;   // null: one batch, whose gradients are torch's business
  bool drew_ = false;
  size_t next_parameter_ = 0, next_buffer_ = 0;
};

}  // namespace zenops
