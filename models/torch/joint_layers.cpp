#include "models/torch/joint_layers.hpp"

#include <ATen/ops/_unsafe_view.h>
#include <ATen/ops/addcmul.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/baddbmm.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/embedding_dense_backward.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/var_mean.h>
#include <torch/csrc/autograd/custom_function.h>

namespace zenops::joint {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

/// What autograd is not shown: it wants no undefined tensors, and nothing of these.
struct Unseen {
  at::Tensor first, second;
};

void keep(AutogradContext* context, const Gradients& to) {
  context->saved_data["weight"] = to.weight;
  if (to.bias.defined()) context->saved_data["bias"] = to.bias;
}
Gradients kept(AutogradContext* context) {
  const auto bias = context->saved_data.find("bias");
  return {context->saved_data["weight"].toTensor(), bias == context->saved_data.end() ? at::Tensor() : bias->second.toTensor()};
}

/// (batches, samples of a batch · …, last): every dimension between folded into one.
at::Tensor by_batch(const at::Tensor& x, int64_t batches) { return x.reshape({batches, -1, x.size(-1)}); }

/// y, which nobody else has, in another shape; no view of it: what follows writes into it, and torch forbids that of views made here.
at::Tensor shaped(const at::Tensor& y, at::IntArrayRef like, int64_t last) {
  std::vector<int64_t> sizes = like.vec();
  sizes.back() = last;
  return at::_unsafe_view(y, sizes);
}

/// to (batches, a, b) = aᵀ b for each batch.
void multiply(const at::Tensor& a, const at::Tensor& b, const at::Tensor& to) {
  if (a.scalar_type() == to.scalar_type()) {
    at::Tensor out = to;
    at::bmm_out(out, a.transpose(1, 2), b);
  } else {
    to.copy_(at::bmm(a.transpose(1, 2), b));
  }
}

/// to (batches, last) = the sums of x (batches, …, last) over what is between, in float.
void add_up(const at::Tensor& x, const at::Tensor& to) {
  at::Tensor out = to;
  at::sum_out(out, x, {1}, false, at::kFloat);
}

struct Linear : Function<Linear> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                            const Gradients& to) {
    context->save_for_backward({x, weight});
    keep(context, to);
    if (weight.dim() == 2) return at::linear(x, weight, bias);
    const auto y = at::baddbmm(bias.unsqueeze(1), by_batch(x, weight.size(0)), weight.transpose(1, 2));
    return shaped(y, x.sizes(), weight.size(1));
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Gradients to = kept(context);
    const auto& dy = gradients[0];
    const int64_t batches = to.weight.size(0);
    const auto outer = by_batch(dy, batches);
    multiply(outer, by_batch(saved[0].to(dy.scalar_type()), batches), to.weight);
    add_up(outer, to.bias);
    at::Tensor dx;
    if (context->needs_input_grad(0)) {
      const auto weight = saved[1].to(dy.scalar_type());
      dx = weight.dim() == 2 ? dy.matmul(weight) : at::bmm(outer, weight).view(saved[0].sizes());
      dx = dx.to(saved[0].scalar_type());
    }
    return {dx, {}, {}, {}};
  }
};

/// What is found of a convolution with such strides and paddings, of its input, its kernel and its bias.
class ConvolutionBack {
 public:
  ConvolutionBack(AutogradContext* context, bool biased)
      : strides_(2, context->saved_data["stride"].toInt()), paddings_(2, context->saved_data["padding"].toInt()), biased_(biased) {}
  auto operator()(const at::Tensor& gradient, const at::Tensor& input, const at::Tensor& kernel, int64_t groups, std::array<bool, 3> wanted) const {
    const std::vector<int64_t> ones{1, 1}, zeros{0, 0}, of_bias{kernel.size(0)};
    return at::convolution_backward(gradient, input, kernel, biased_ ? at::OptionalIntArrayRef(of_bias) : std::nullopt, strides_, paddings_,
                                    ones, false, zeros, groups, wanted);
  }

 private:
  const std::vector<int64_t> strides_, paddings_;
  const bool biased_;
};

struct Convolution : Function<Convolution> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight, const Unseen& bias, int64_t stride,
                            int64_t padding, const Gradients& to) {
    context->save_for_backward({x, weight});
    context->saved_data["stride"] = stride;
    context->saved_data["padding"] = padding;
    keep(context, to);
    return at::conv2d(x, weight, bias.first, at::IntArrayRef(stride), at::IntArrayRef(padding));
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Gradients to = kept(context);
    const auto& dy = gradients[0];
    const auto x = saved[0].to(dy.scalar_type()), weight = saved[1].to(dy.scalar_type());
    const bool biased = to.bias.defined();
    const ConvolutionBack back(context, biased);
    // One by one: torch's grouped convolutions take longer, and so do unfolded images.
    const int64_t batches = to.weight.size(0), size = x.size(0) / batches;
    for (int64_t k = 0; k < batches; ++k) {
      const auto [_, of_weight, of_bias_] = back(dy.narrow(0, k * size, size), x.narrow(0, k * size, size), weight, 1, {false, true, biased});
      to.weight[k].copy_(of_weight);
      if (biased) to.bias[k].copy_(of_bias_);
    }
    at::Tensor dx;
    if (context->needs_input_grad(0)) dx = std::get<0>(back(dy, x, weight, 1, {true, false, false})).to(saved[0].scalar_type());
    return {dx, {}, {}, {}, {}, {}};
  }
};

/// (batches · samples of a batch, channels, height, width) as (samples of a batch, batches · channels, height, width), the channels last in
/// memory.
at::Tensor side_by_side(const at::Tensor& x, int64_t batches) {
  const int64_t samples = x.size(0) / batches, channels = x.size(1), height = x.size(2), width = x.size(3);
  return x.permute({0, 2, 3, 1}).reshape({batches, samples, height, width, channels}).permute({1, 2, 3, 0, 4})
      .reshape({samples, height, width, batches * channels}).permute({0, 3, 1, 2});
}
/// And back; no view of anything.
at::Tensor one_after_the_other(const at::Tensor& x, int64_t batches) {
  const int64_t samples = x.size(0), channels = x.size(1) / batches, height = x.size(2), width = x.size(3);
  at::Tensor out = at::empty({batches * samples, channels, height, width}, x.options(), at::MemoryFormat::ChannelsLast);
  out.permute({0, 2, 3, 1}).view({batches, samples, height, width, channels})
      .copy_(x.permute({0, 2, 3, 1}).reshape({samples, height, width, batches, channels}).permute({3, 0, 1, 2, 4}));
  return out;
}

/// With a kernel for each batch: weight (batches, channels, …), bias (batches, channels).
struct OwnConvolution : Function<OwnConvolution> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight, const Unseen& bias, int64_t stride,
                            int64_t padding, bool grouped, const Gradients& to) {
    const int64_t batches = weight.size(0), size = x.size(0) / batches;
    const auto input = grouped ? side_by_side(x, batches) : x;
    context->save_for_backward({input, weight});
    context->saved_data["stride"] = stride;
    context->saved_data["padding"] = padding;
    context->saved_data["grouped"] = grouped;
    keep(context, to);
    const at::IntArrayRef strides(stride), paddings(padding);
    if (grouped) {
      const auto biases = bias.first.defined() ? bias.first.reshape({-1}) : bias.first;
      return one_after_the_other(at::conv2d(input, weight.flatten(0, 1), biases, strides, paddings, at::IntArrayRef(one), batches), batches);
    }
    std::vector<at::Tensor> out;
    for (int64_t k = 0; k < batches; ++k)
      out.push_back(at::conv2d(x.narrow(0, k * size, size), weight[k], bias.first.defined() ? bias.first[k] : bias.first, strides, paddings));
    return at::cat(out);
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Gradients to = kept(context);
    const auto& dy = gradients[0];
    const auto x = saved[0].to(dy.scalar_type()), weight = saved[1].to(dy.scalar_type());
    const bool biased = to.bias.defined(), wanted = context->needs_input_grad(0), grouped = context->saved_data["grouped"].toBool();
    const ConvolutionBack back(context, biased);
    const std::array<bool, 3> all{wanted, true, biased};
    const int64_t batches = to.weight.size(0), size = dy.size(0) / batches;
    at::Tensor dx;
    if (grouped) {
      const auto [of_input, of_weight, of_bias] = back(side_by_side(dy, batches), x, weight.flatten(0, 1), batches, all);
      to.weight.copy_(of_weight.view(to.weight.sizes()));
      if (biased) to.bias.copy_(of_bias.view(to.bias.sizes()));
      if (wanted) dx = one_after_the_other(of_input, batches);
    } else {
      std::vector<at::Tensor> out;
      for (int64_t k = 0; k < batches; ++k) {
        const auto [of_input, of_weight, of_bias] = back(dy.narrow(0, k * size, size), x.narrow(0, k * size, size), weight[k], 1, all);
        to.weight[k].copy_(of_weight);
        if (biased) to.bias[k].copy_(of_bias);
        if (wanted) out.push_back(of_input);
      }
      if (wanted) dx = at::cat(out);
    }
    if (wanted) dx = dx.to(saved[0].scalar_type());
    return {dx, {}, {}, {}, {}, {}, {}};
  }

 private:
  static constexpr int64_t one = 1;
};

/// (batches, samples of a batch, channels, height, width).
at::Tensor apart(const at::Tensor& x, int64_t batches) {
  return x.view({batches, x.size(0) / batches, x.size(1), x.size(2), x.size(3)});
}
/// (batches, channels) or (channels), against the above.
at::Tensor along(const at::Tensor& t) { return t.view({t.dim() == 2 ? t.size(0) : 1, 1, t.size(-1), 1, 1}); }

// With x̂ = (x − mean) / σ and y = scale x̂ + shift, over the n numbers of a channel of a batch:
// dx = scale / σ (dy − mean(dy) − x̂ mean(dy x̂)) (Ioffe and Szegedy 2015, section 3).
struct BatchNorm : Function<BatchNorm> {
  /// `anchor`: what makes the output require a gradient where scale does.
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& /*anchor*/, const Unseen& affine, int64_t batches,
                            double momentum, double epsilon, const Running& running, const Gradients& to) {
    const auto& [scale, shift] = affine;
    const auto input = apart(x, batches).to(at::kFloat);
    const auto [variance, mean] = at::var_mean(input, {1, 3, 4}, false);
    const auto inverse = variance.add(epsilon).rsqrt_();
    if (running.mean.defined()) {
      const auto n = static_cast<double>(input.numel() / mean.numel());
      running.next_mean.copy_(running.mean.mul(1 - momentum).add(mean, momentum));
      running.next_variance.copy_(running.variance.mul(1 - momentum).add(variance, momentum * n / (n - 1)));
    }
    const auto factor = scale.defined() ? inverse.mul(scale) : inverse;
    const auto rest = shift.defined() ? shift.sub(mean.mul(factor)) : mean.mul(factor).neg_();
    context->save_for_backward({x, mean, inverse, factor});
    if (scale.defined()) keep(context, to);
    at::Tensor y = at::empty_like(x);  // not a view: what follows writes into it
    apart(y, batches).copy_(at::addcmul(along(rest), input, along(factor)));
    return y;
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &mean = saved[1], &inverse = saved[2], &factor = saved[3];
    const int64_t batches = mean.size(0);
    const auto input = apart(x, batches).to(at::kFloat), dy = apart(gradients[0], batches).to(at::kFloat);
    const auto sum = dy.sum({1, 3, 4});
    const auto product = input.sub(along(mean)).mul_(dy).sum({1, 3, 4}).mul_(inverse);  // Σ dy x̂
    if (context->saved_data.count("weight") > 0) {
      const Gradients to = kept(context);
      to.weight.copy_(product);
      to.bias.copy_(sum);
    }
    at::Tensor dx;
    if (context->needs_input_grad(0)) {
      const double n = static_cast<double>(input.numel()) / static_cast<double>(mean.numel());
      const auto of_x = product.mul(inverse).mul_(factor).div_(-n);
      const auto rest = sum.mul(factor).div_(-n).sub_(of_x.mul(mean));
      dx = at::empty_like(x);
      apart(dx, batches).copy_(at::addcmul(along(rest), input, along(of_x)).addcmul_(dy, along(factor)));
    }
    return {dx, {}, {}, {}, {}, {}, {}, {}};
  }
};

struct ScaleAndShift : Function<ScaleAndShift> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift,
                            const Gradients& to) {
    context->save_for_backward({x, scale});
    keep(context, to);
    if (scale.dim() == 1) return at::addcmul(shift, x, scale);
    const auto y = at::addcmul(shift.unsqueeze(1), by_batch(x, scale.size(0)), scale.unsqueeze(1));
    return shaped(y, x.sizes(), x.size(-1));
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Gradients to = kept(context);
    const auto& dy = gradients[0];
    const int64_t batches = to.weight.size(0);
    add_up(by_batch(dy.mul(saved[0]), batches), to.weight);
    const auto outer = by_batch(dy, batches);
    add_up(outer, to.bias);
    const auto& scale = saved[1];
    return {scale.dim() == 1 ? dy.mul(scale) : outer.mul(scale.unsqueeze(1)).view(dy.sizes()), {}, {}, {}};
  }
};

struct Embedding : Function<Embedding> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& indices, const at::Tensor& weight, const Gradients& to) {
    context->save_for_backward({indices});
    keep(context, to);
    if (weight.dim() == 2) return at::embedding(weight, indices);
    // Batch by batch: an index that there is not must not find a row of another's.
    const int64_t batches = weight.size(0), size = indices.size(0) / batches;
    std::vector<at::Tensor> found;
    for (int64_t k = 0; k < batches; ++k) found.push_back(at::embedding(weight[k], indices.narrow(0, k * size, size)));
    return at::cat(found);
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto indices = context->get_saved_variables()[0];
    const Gradients to = kept(context);
    const int64_t batches = to.weight.size(0), size = indices.size(0) / batches;
    for (int64_t k = 0; k < batches; ++k)
      to.weight[k].copy_(at::embedding_dense_backward(gradients[0].narrow(0, k * size, size).contiguous(),
                                                      indices.narrow(0, k * size, size).contiguous(), to.weight.size(1), -1, false));
    return {{}, {}, {}};
  }
};

}  // namespace

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const Gradients& to) {
  return Linear::apply(x, weight, bias, to);
}

at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, int64_t stride, int64_t padding,
                       Kernels kernels, const Gradients& to) {
  if (weight.dim() == 5) return OwnConvolution::apply(x, weight, Unseen{bias, {}}, stride, padding, kernels == Kernels::grouped, to);
  return Convolution::apply(x, weight, Unseen{bias, {}}, stride, padding, to);
}

at::Tensor batch_norm(const at::Tensor& x, int64_t batches, const at::Tensor& scale, const at::Tensor& shift, double momentum,
                      double epsilon, const Running& running, const Gradients& to) {
  return BatchNorm::apply(x, scale.defined() ? scale : x, Unseen{scale, shift}, batches, momentum, epsilon, running, to);
}

at::Tensor scale_and_shift(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift, const Gradients& to) {
  return ScaleAndShift::apply(x, scale, shift, to);
}

at::Tensor embedding(const at::Tensor& indices, const at::Tensor& weight, const Gradients& to) {
  return Embedding::apply(indices, weight, to);
}

}  // namespace zenops::joint
