#pragma once
#include <ATen/core/Tensor.h>

#include <span>

#include "base/philox.hpp"

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
  Pass(std::span<const at::Tensor> parameters, std::span<const at::Tensor> buffers, Statistics statistics)
      : parameters_(parameters), buffers_(buffers), statistics_(statistics) {}
  /// With dropout, drawn from streams of this name: one for each layer that drops, counted in `part`.
  void drop(const StreamName& noise) {
    dropping_ = true;
    noise_ = noise;
  }

  /// The layers of models/architecture.hpp. A kernel of odd size s is padded by (s − 1) / 2.
  at::Tensor linear(const at::Tensor& x);
  at::Tensor convolution(const at::Tensor& x, int64_t stride = 1);
  /// With a bias and without padding.
  at::Tensor valid_convolution(const at::Tensor& x);
  at::Tensor batch_norm(const at::Tensor& x);
  at::Tensor batch_norm_without_affine(const at::Tensor& x);
  at::Tensor layer_norm(const at::Tensor& x);
  at::Tensor embedding(const at::Tensor& indices);
  /// In training, x with each element zero at this rate and the others divided by 1 − rate; otherwise x.
  at::Tensor dropout(const at::Tensor& x, double rate);

 private:
  const at::Tensor& parameter() { return parameters_[next_parameter_++]; }
  const at::Tensor& buffer() { return buffers_[next_buffer_++]; }
  at::Tensor normalised(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift);

  std::span<const at::Tensor> parameters_, buffers_;
  Statistics statistics_;
  bool dropping_ = false;
  StreamName noise_;
  size_t next_parameter_ = 0, next_buffer_ = 0;
};

}  // namespace zenops
