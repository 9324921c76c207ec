#include "models/torch/pass.hpp"

#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>

namespace zenops {

at::Tensor Pass::linear(const at::Tensor& x) {
  const at::Tensor &weight = parameter(), &bias = parameter();
  return at::linear(x, weight, bias);
}

at::Tensor Pass::convolution(const at::Tensor& x, int64_t stride) {
  const at::Tensor& weight = parameter();
  const int64_t padding = (weight.size(2) - 1) / 2;
  return at::conv2d(x, weight, {}, {stride, stride}, {padding, padding});
}

at::Tensor Pass::valid_convolution(const at::Tensor& x) {
  const at::Tensor &weight = parameter(), &bias = parameter();
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
  if (statistics_ == Statistics::of_the_batch)
    return at::batch_norm(x, scale, shift, {}, {}, true, momentum, epsilon, false);
  const bool training = statistics_ == Statistics::of_the_batch_and_remember;
  return at::batch_norm(x, scale, shift, mean, variance, training, momentum, epsilon, false);
}

at::Tensor Pass::layer_norm(const at::Tensor& x) {
  const at::Tensor &scale = parameter(), &shift = parameter();
  return at::layer_norm(x, scale.sizes(), scale, shift);
}

at::Tensor Pass::embedding(const at::Tensor& indices) { return at::embedding(parameter(), indices); }

at::Tensor Pass::dropout(const at::Tensor& x, double rate) {
  if (!dropping_ || rate == 0) return x;
  // In the order of memory, whatever that means for x: its format is the same on every machine and thread.
  at::Tensor mask = at::empty_like(x, x.options().dtype(at::kFloat).requires_grad(false), at::MemoryFormat::Preserve);
  Stream stream(noise_);
  ++noise_.part;
  const auto keep = static_cast<float>(1 - rate), scale = 1 / keep;
  float* out = mask.data_ptr<float>();
  for (int64_t i = 0, n = mask.numel(); i < n; ++i) out[i] = stream.uniform() < keep ? scale : 0.0f;
  return x.mul(mask.to(x.scalar_type()));
}

}  // namespace zenops
