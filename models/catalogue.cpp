#include <algorithm>
#include <string>

#include "models/architectures.hpp"
#include "models/blobs.hpp"
#include "models/dataset.hpp"
#include "models/mnist.hpp"
#include "models/replica.hpp"

namespace zenops {
namespace {

template <class Entry>
const Entry* find_by_name(const std::vector<Entry>& entries, std::string_view name) {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

DatasetEntry files_of_mnist(Description description, std::string usual_path, std::string how_to_get, float mean,
                            float deviation) {
  auto load = [usual_path, how_to_get, mean, deviation](const DataOptions& options, uint64_t) {
    return load_mnist(options.path.empty() ? std::filesystem::path(usual_path) : options.path, how_to_get, mean,
                      deviation);
  };
  return {std::move(description), std::move(usual_path), std::move(how_to_get), std::move(load)};
}

Parameter drop_rate() {
  return {.name = "drop_rate",
          .default_value = 0,
          .min = 0,
          .max = 1,
          .open_max = true,
          .sentence = "chance of a value inside a block to be dropped in training"};
}

ModelEntry char_transformer() {
  auto whole = [](std::string name, double usual, double max, std::string sentence) {
    return Parameter{.name = std::move(name),
                     .default_value = usual,
                     .min = 1,
                     .max = max,
                     .integer = true,
                     .sentence = std::move(sentence)};
  };
  return {{"char_transformer",
           "transformer that predicts each next character of a text",
           "Vaswani et al. 2017, in the form of Radford et al. 2019",
           {whole("layers", 2, 100, "blocks of attention and two linear layers"),
            whole("width", 64, 65536, "numbers for each character"),
            whole("heads", 4, 1024, "parts of the width that attend on their own"), drop_rate()}},
          std::nullopt,
          char_transformer_layout};
}

constexpr ImageSize cifar{32, 32, 3};

ModelEntry cifar_resnet_v1(int depth) {
  return {{"cifar_resnet" + std::to_string(depth) + "_v1",
           "residual network of " + std::to_string(depth) + " layers for small images, with 16, 32 and 64 channels",
           "He et al. 2016, in GluonCV's form",
           {}},
          cifar,
          [depth](const InputShape& input, const Parameters&) { return cifar_resnet_v1_layout(input, depth); }};
}

ModelEntry cifar_wideresnet(int depth, int widening) {
  const std::string k = std::to_string(widening);
  return {{"cifar_wideresnet" + std::to_string(depth) + "_" + k,
           "wide residual network of " + std::to_string(depth) + " layers, " + k + " times as wide",
           "Zagoruyko and Komodakis 2016, in GluonCV's form",
           {drop_rate()}},
          cifar,
          [=](const InputShape& input, const Parameters&) { return cifar_wideresnet_layout(input, depth, widening); }};
}

}  // namespace

Datasets Datasets::standard() {
  Datasets all;
  all.add(files_of_mnist({"fashion_mnist",
                          "60,000 and 10,000 grey images, 28 × 28, of ten kinds of clothes",
                          "Xiao, Rasul and Vollgraf 2017",
                          {}},
                         "/usr/share/datasets/fashion-mnist",
                         "Debian and Ubuntu have the data set: apt-get install dataset-fashion-mnist", .286f, .353f));
  all.add(files_of_mnist(
      {"mnist", "60,000 and 10,000 grey images, 28 × 28, of handwritten digits", "LeCun, Cortes and Burges 1998", {}},
      "/usr/share/datasets/mnist", "put MNIST's four files into a folder and name it as the data set's path", .1307f,
      .3081f));
  all.add({{"blobs", "Gaussian clusters, made from the seed: small, quick, always there", "", blobs_parameters()},
           "",
           "it is made, not loaded",
           [](const DataOptions& options, uint64_t seed) { return make_blobs(options.parameters, seed); }});
  return all;
}

const DatasetEntry* Datasets::find(std::string_view name) const { return find_by_name(entries_, name); }

Models Models::standard() {
  Models all;
  all.add(
      {{"softmax", "softmax regression: one linear layer, a convex problem", "", {}}, std::nullopt, softmax_layout});
  all.add({{"mlp", "one hidden layer of 100 rectified units", "", {}}, std::nullopt, mlp_layout});
  all.add({{"cnn_mnist",
            "two convolutions (20 and 50 of 5 × 5, each pooled by 2) and two linear layers (500)",
            "LeCun et al. 1998, in Caffe's sizes",
            {}},
           ImageSize{28, 28, 1},
           cnn_mnist_layout});
  for (int depth : {20, 56, 110}) all.add(cifar_resnet_v1(depth));
  all.add(cifar_wideresnet(16, 10));
  all.add(cifar_wideresnet(28, 10));
  all.add(cifar_wideresnet(40, 8));
  all.add({{"resnet18",
            "residual network of 18 layers for small images: a stem of 3 × 3, no pooling",
            "He et al. 2016",
            {}},
           cifar,
           [](const InputShape& input, const Parameters&) { return resnet18_layout(input); }});
  all.add(char_transformer());
  return all;
}

Expected<size_t> ModelEntry::parameter_count(const InputShape& shape, const Parameters& parameters) const {
  return layout(shape, parameters).map([](const Layout& made) {
    size_t count = 0;
    for (const Block& block : made.blocks())
      if (!block.buffer) count += block.size;
    return count;
  });
}

std::string to_string(const ImageSize& size) {
  return std::to_string(size.height) + " × " + std::to_string(size.width) + " × " + std::to_string(size.channels);
}

const ModelEntry* Models::find(std::string_view name) const { return find_by_name(entries_, name); }

}  // namespace zenops
