#pragma once
#include <ATen/core/Tensor.h>

// Layers over a group of batches. With the same parameters for all they are, forward and toward their inputs, torch's own over all
// samples; what backward() finds of the parameters is not added up over the batches, but written into a row for each (goodfellow2015: the
// gradients of single examples, here of batches). With parameters of each batch's own, which have one dimension more, (batches, …), each
// batch goes through its own: nothing of one is multiplied with anything of another, so that what is not finite stays where it is. Inputs
// have the samples of one batch after those of another in their first dimension. Parameters are leaves that require gradients and are
// given none.
namespace zenops::joint {

/// Where the gradients of a layer's weight and bias go: (batches, …) each; the second undefined where it has no bias.
struct Gradients {
  at::Tensor weight, bias;
};

/// (samples, …, from) → (samples, …, to).
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const Gradients& to);

/// How batches with kernels of their own are convolved: with one after the other, or all by one grouped convolution over the channels of
/// all, as a GPU likes it (Wang et al. 2021, "Horizontally Fused Training Array").
enum class Kernels { one_by_one, grouped };
/// With a square stride and padding; bias may be undefined.
at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, int64_t stride, int64_t padding,
                       Kernels kernels, const Gradients& to);

/// What a batch norm remembers: before, (channels) or (batches, channels) each, and after, (batches, channels); all undefined where it
/// does not.
struct Running {
  at::Tensor mean, variance, next_mean, next_variance;
};
/// Each batch by its own mean and variance (Hoffer et al. 2017, "ghost batch normalization"); the running ones are moved by
/// `momentum`. scale and shift may be undefined. (samples, channels, height, width) in any memory format.
at::Tensor batch_norm(const at::Tensor& x, int64_t batches, const at::Tensor& scale, const at::Tensor& shift, double momentum,
                      double epsilon, const Running& running, const Gradients& to);

/// x · scale + shift along the last dimension: what a layer norm ends with.
at::Tensor scale_and_shift(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift, const Gradients& to);

/// indices: (samples, …) of rows of the weight.
at::Tensor embedding(const at::Tensor& indices, const at::Tensor& weight, const Gradients& to);

}  // namespace zenops::joint
