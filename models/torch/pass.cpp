#include "models/torch/pass.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>

namespace zenops {

joint::Gradients Pass::gradients(bool with_bias) const {
  if (!with_bias) return {group_->gradients[next_parameter_ - 1], {}};
  return {group_->gradients[next_parameter_ - 2], group_->gradients[next_parameter_ - 1]};
}

at::Tensor Pass::linear(const at::Tensor& x) {
  const at::Tensor &weight = parameter(), &bias = parameter();
  if (group_) return joint::linear(x, weight, bias, gradients(true));
  return at::linear(x, weight, bias);
}

at::Tensor Pass::convolution(const at::Tensor& x, int64_t stride) {
  const at::Tensor& weight = parameter();
  const int64_t padding = (weight.size(-1) - 1) / 2;
  if (group_) return joint::convolution(x, weight, {}, stride, padding, group_->kernels, gradients(false));
  return at::conv2d(x, weight, {}, {stride, stride}, {padding, padding});
}

at::Tensor Pass::valid_convolution(const at::Tensor& x) {
  const at::Tensor &weight = parameter(), &bias = parameter();
  if (group_) return joint::convolution(x, weight, bias, 1, 0, group_->kernels, gradients(true));
  return at::conv2d(x, weight, bias);
}

at::Tensor Pass::batch_norm(const at::Tensor& x) {
  const at::Tensor &scale = parameter(), &shift = parameter();
  return normalised(x, scale, shift);
}

at::Tensor Pass::batch_norm_without_affine(const at::Tensor& x) { return normalised(x, {}, {}); }

at::Tensor Pass::normalised(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift) {
  constexpr double momentum = .1, epsilon = 1e-5;
  const at::Tensor &mean = buffer(), &variance = buffer();
  if (group_) {
    joint::Running running;
    if (statistics_ == Statistics::of_the_batch_and_remember)
      running = {mean, variance, group_->buffers[next_buffer_ - 2], group_->buffers[next_buffer_ - 1]};
    return joint::batch_norm(x, group_->batches(), scale, shift, momentum, epsilon, running,
                             scale.defined() ? gradients(true) : joint::Gradients{});
  }
  if (statistics_ == Statistics::of_the_batch)
    return at::batch_norm(x, scale, shift, {}, {}, true, momentum, epsilon, false);
  const bool training = statistics_ == Statistics::of_the_batch_and_remember;
  return at::batch_norm(x, scale, shift, mean, variance, training, momentum, epsilon, false);
}

at::Tensor Pass::layer_norm(const at::Tensor& x) {
  const at::Tensor &scale = parameter(), &shift = parameter();
  if (group_) return joint::scale_and_shift(at::layer_norm(x, {x.size(-1)}), scale, shift, gradients(true));
  return at::layer_norm(x, scale.sizes(), scale, shift);
}

at::Tensor Pass::embedding(const at::Tensor& indices) {
  const at::Tensor& weight = parameter();
  if (group_) return joint::embedding(indices, weight, gradients(false));
  return at::embedding(weight, indices);
}

at::Tensor Pass::embedded_places(const at::Tensor& x) {
  const auto places = at::arange(x.size(1), x.options());
  return embedding(group_ ? places.expand_as(x) : places);
}

at::Tensor Pass::dropout(const at::Tensor& x, double rate) {
  if (noise_.empty() || rate == 0) return x;
  drew_ = true;
  // In the order of memory, whatever that means for x: its format is the same on every machine and thread, and of a part
  // of the samples the same as of all.
  at::Tensor mask = at::empty_like(x, x.options().dtype(at::kFloat).device(at::kCPU).requires_grad(false), at::MemoryFormat::Preserve);
  const auto keep = static_cast<float>(1 - rate), scale = 1 / keep;
  float* out = mask.data_ptr<float>();
  for (StreamName& noise : noise_) {
    Stream stream(noise);
    ++noise.part;
    for (int64_t i = 0, n = mask.numel() / static_cast<int64_t>(noise_.size()); i < n; ++i) *out++ = stream.uniform() < keep ? scale : 0.0f;
  }
  return x.mul(mask.to(x.options().requires_grad(false)));
}

}  // namespace zenops
