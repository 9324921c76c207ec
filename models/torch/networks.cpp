#include "models/torch/networks.hpp"

#include <ATen/ops/gelu.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/scaled_dot_product_attention.h>

#include <stdexcept>
#include <string>

namespace zenops {
namespace {

at::Tensor softmax(Pass& net, const at::Tensor& x) { return net.linear(x.flatten(1)); }

at::Tensor mlp(Pass& net, const at::Tensor& x) { return net.linear(net.linear(x.flatten(1)).relu_()); }

at::Tensor cnn_mnist(Pass& net, const at::Tensor& x) {
  // ReLU after pooling: the same function and gradient, on a quarter of the elements.
  auto layer = [&](const at::Tensor& in) { return at::max_pool2d(net.valid_convolution(in), {2, 2}).relu_(); };
  const auto y = layer(layer(x));
  return net.linear(net.linear(y.flatten(1)).relu_());
}

at::Tensor pooled(const at::Tensor& x) { return x.mean({2, 3}); }

/// (channels of x → channels): the projection is there where they differ.
at::Tensor residual_block(Pass& net, const at::Tensor& x, int64_t channels, int64_t stride) {
  at::Tensor y = net.batch_norm(net.convolution(x, stride)).relu_();
  y = net.batch_norm(net.convolution(y));
  return y.add_(x.size(1) == channels ? x : net.batch_norm(net.convolution(x, stride))).relu_();
}

template <class Block>
at::Tensor stages(at::Tensor x, std::initializer_list<int64_t> channels, int blocks, Block block) {
  for (int stage = 0; int64_t to : channels) {
    for (int i = 0; i < blocks; ++i) x = block(x, to, stage > 0 && i == 0 ? 2 : 1);
    ++stage;
  }
  return x;
}

Forward cifar_resnet_v1(int depth) {
  return [depth](Pass& net, const at::Tensor& x) {
    // No ReLU here: GluonCV's v1 has none.
    const auto stem = net.batch_norm(net.convolution(x));
    const auto y = stages(stem, {16, 32, 64}, (depth - 2) / 6, [&](const at::Tensor& in, int64_t to, int64_t stride) {
      return residual_block(net, in, to, stride);
    });
    return net.linear(pooled(y));
  };
}

Forward resnet18() {
  return [](Pass& net, const at::Tensor& x) {
    const auto stem = net.batch_norm(net.convolution(x)).relu_();
    const auto y = stages(stem, {64, 128, 256, 512}, 2, [&](const at::Tensor& in, int64_t to, int64_t stride) {
      return residual_block(net, in, to, stride);
    });
    return net.linear(pooled(y));
  };
}

at::Tensor wide_block(Pass& net, const at::Tensor& x, int64_t channels, int64_t stride, double drop_rate) {
  const auto before = net.batch_norm(x).relu_();
  at::Tensor y = net.batch_norm(net.convolution(before, stride)).relu_();
  y = net.convolution(net.dropout(y, drop_rate));
  return y.add_(x.size(1) == channels ? x : net.convolution(before, stride));
}

Forward cifar_wideresnet(int depth, int64_t widening, double drop_rate) {
  return [=](Pass& net, const at::Tensor& x) {
    const auto stem = net.batch_norm(net.convolution(net.batch_norm_without_affine(x)));
    const int64_t k = widening;
    const auto y = stages(
        stem, {16 * k, 32 * k, 64 * k}, (depth - 4) / 6,
        [&](const at::Tensor& in, int64_t to, int64_t stride) { return wide_block(net, in, to, stride, drop_rate); });
    return net.linear(pooled(net.batch_norm(y).relu_()));
  };
}

at::Tensor attention(Pass& net, const at::Tensor& x, int64_t heads) {
  const int64_t samples = x.size(0), length = x.size(1), width = x.size(2);
  // (3, samples, heads, length, width / heads)
  const auto parts = net.linear(x).view({samples, length, 3, heads, width / heads}).permute({2, 0, 3, 1, 4});
  const auto seen = at::scaled_dot_product_attention(parts[0], parts[1], parts[2], {}, 0, true);
  return net.linear(seen.transpose(1, 2).reshape({samples, length, width}));
}

/// An output for each position: (samples · length, classes).
Forward char_transformer(int layers, int64_t heads, double drop_rate) {
  return [=](Pass& net, const at::Tensor& x) {
    const auto characters = x.flatten(1).round().to(at::kLong);
    at::Tensor y = net.embedding(characters);
    y = net.dropout(y.add(net.embedded_places(characters)), drop_rate);
    for (int i = 0; i < layers; ++i) {
      y = y.add(net.dropout(attention(net, net.layer_norm(y), heads), drop_rate));
      const auto hidden = at::gelu(net.linear(net.layer_norm(y)));
      y = y.add(net.dropout(net.linear(hidden), drop_rate));
    }
    return net.linear(net.layer_norm(y)).flatten(0, 1);
  };
}

}  // namespace

Forward forward_of(const ModelOptions& model) {
  const std::string& name = model.name;
  auto drop_rate = [&] { return model.parameters.at("drop_rate"); };
  if (name == "softmax") return softmax;
  if (name == "mlp") return mlp;
  if (name == "cnn_mnist") return cnn_mnist;
  if (name == "cifar_resnet20_v1") return cifar_resnet_v1(20);
  if (name == "cifar_resnet56_v1") return cifar_resnet_v1(56);
  if (name == "cifar_resnet110_v1") return cifar_resnet_v1(110);
  if (name == "cifar_wideresnet16_10") return cifar_wideresnet(16, 10, drop_rate());
  if (name == "cifar_wideresnet28_10") return cifar_wideresnet(28, 10, drop_rate());
  if (name == "cifar_wideresnet40_8") return cifar_wideresnet(40, 8, drop_rate());
  if (name == "resnet18") return resnet18();
  if (name == "char_transformer")
    return char_transformer(static_cast<int>(model.parameters.at("layers")),
                            static_cast<int64_t>(model.parameters.at("heads")), model.parameters.at("drop_rate"));
  throw std::logic_error("no network for model " + name);
}

}  // namespace zenops
