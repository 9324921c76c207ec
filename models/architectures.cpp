#include "models/architectures.hpp"

#include "models/architecture.hpp"

namespace zenops {
namespace {

using Bias = Architecture::Bias;

int64_t features(const InputShape& input) { return int64_t{input.height} * input.width * input.channels; }

/// Two convolutions of 3 × 3, each with its batch norm, and a projection where the shapes differ.
void residual_block(Architecture& net, const std::string& name, int64_t from, int64_t to) {
  net.convolution(name + ".conv1", from, to, 3);
  net.batch_norm(name + ".bn1", to);
  net.convolution(name + ".conv2", to, to, 3);
  net.batch_norm(name + ".bn2", to);
  if (from == to) return;
  net.convolution(name + ".downsample.0", from, to, 1);
  net.batch_norm(name + ".downsample.1", to);
}

/// The same with the batch norms before the convolutions.
void wide_block(Architecture& net, const std::string& name, int64_t from, int64_t to) {
  net.batch_norm(name + ".bn1", from);
  net.convolution(name + ".conv1", from, to, 3);
  net.batch_norm(name + ".bn2", to);
  net.convolution(name + ".conv2", to, to, 3);
  if (from != to) net.convolution(name + ".downsample", from, to, 1);
}

/// Stages of `blocks` blocks each; the first block of a stage goes from the channels of the one before.
template <class AddBlock>
void stages(Architecture& net, std::initializer_list<int64_t> channels, int blocks, int64_t from, AddBlock add_block) {
  int stage = 0;
  for (int64_t to : channels) {
    ++stage;
    for (int i = 0; i < blocks; ++i, from = to)
      add_block(net, "layer" + std::to_string(stage) + "." + std::to_string(i), from, to);
  }
}

}  // namespace

Expected<Layout> softmax_layout(const InputShape& input, const Parameters&) {
  Architecture net;
  net.linear("fc", features(input), input.classes);
  return net.layout();
}

Expected<Layout> mlp_layout(const InputShape& input, const Parameters&) {
  Architecture net;
  net.linear("fc1", features(input), 100);
  net.linear("fc2", 100, input.classes);
  return net.layout();
}

Expected<Layout> cnn_mnist_layout(const InputShape& input, const Parameters&) {
  Architecture net;
  net.convolution("conv1", 1, 20, 5, Bias::yes);
  net.convolution("conv2", 20, 50, 5, Bias::yes);
  net.linear("fc1", 4 * 4 * 50, 500);
  net.linear("fc2", 500, input.classes);
  return net.layout();
}

Expected<Layout> cifar_resnet_v1_layout(const InputShape& input, int depth) {
  Architecture net;
  net.convolution("conv1", input.channels, 16, 3);
  net.batch_norm("bn1", 16);
  stages(net, {16, 32, 64}, (depth - 2) / 6, 16, residual_block);
  net.linear("fc", 64, input.classes);
  return net.layout();
}

Expected<Layout> cifar_wideresnet_layout(const InputShape& input, int depth, int widening) {
  Architecture net;
  net.batch_norm("bn0", input.channels, Architecture::Affine::no);
  net.convolution("conv1", input.channels, 16, 3);
  net.batch_norm("bn1", 16);
  const int64_t k = widening;
  stages(net, {16 * k, 32 * k, 64 * k}, (depth - 4) / 6, 16, wide_block);
  net.batch_norm("bn2", 64 * k);
  net.linear("fc", 64 * k, input.classes);
  return net.layout();
}

Expected<Layout> char_transformer_layout(const InputShape& input, const Parameters& parameters) {
  if (input.height != 1 || input.channels != 1)
    return fail(Ec::wrong_shape, "char_transformer takes texts, 1 × length × 1, the data set has " +
                                     to_string(ImageSize{input.height, input.width, input.channels}));
  const auto width = static_cast<int64_t>(parameters.at("width")), heads = static_cast<int64_t>(parameters.at("heads"));
  if (width % heads != 0)
    return fail(Ec::wrong_shape, "char_transformer needs a width that its heads share evenly, found width " +
                                     std::to_string(width) + " and heads " + std::to_string(heads));
  Architecture net;
  net.embedding("character", input.classes, width);
  net.embedding("position", input.width, width);
  for (int i = 0; i < static_cast<int>(parameters.at("layers")); ++i) {
    const std::string name = "block" + std::to_string(i);
    net.layer_norm(name + ".norm1", width);
    net.linear(name + ".attention.in", width, 3 * width);
    net.linear(name + ".attention.out", width, width);
    net.layer_norm(name + ".norm2", width);
    net.linear(name + ".fc1", width, 4 * width);
    net.linear(name + ".fc2", 4 * width, width);
  }
  net.layer_norm("norm", width);
  net.linear("fc", width, input.classes);
  return net.layout();
}

Expected<Layout> resnet18_layout(const InputShape& input) {
  Architecture net;
  net.convolution("conv1", input.channels, 64, 3);
  net.batch_norm("bn1", 64);
  stages(net, {64, 128, 256, 512}, 2, 64, residual_block);
  net.linear("fc", 512, input.classes);
  return net.layout();
}

}  // namespace zenops
