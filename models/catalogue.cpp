#include <algorithm>
#include <string>

#include "models/architectures.hpp"
#include "models/blobs.hpp"
#include "models/cifar.hpp"
#include "models/dataset.hpp"
#include "models/mnist.hpp"
#include "models/own_arrays.hpp"
#include "models/replica.hpp"
#include "models/text.hpp"

namespace zenops {
namespace {

template <class Entry>
const Entry* find_by_name(const std::vector<Entry>& entries, std::string_view name) {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

DatasetEntry mnist_files(Description description, const MnistFormat& format, const std::string& usual) {
  auto load = [format, usual](const DataOptions& options, uint64_t) {
    return load_mnist(format, options.path.empty() ? std::filesystem::path(usual) : options.path, options.verify);
  };
  return {std::move(description), usual, format.how_to_get, std::move(load)};
}

DatasetEntry cifar_files(Description description, const CifarFormat& format) {
  const std::string usual = "/usr/share/datasets/" + format.folder;
  auto load = [format, usual](const DataOptions& options, uint64_t) {
    return load_cifar(format, options.path.empty() ? std::filesystem::path(usual) : options.path, options.verify);
  };
  return {std::move(description), usual, format.how_to_get, std::move(load)};
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
          char_transformer_layout,
          true};
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
  all.add(mnist_files({"fashion_mnist",
                       "60,000 and 10,000 grey images, 28 × 28, of ten kinds of clothes",
                       "Xiao, Rasul and Vollgraf 2017",
                       {}},
                      MnistFormat::fashion(), "/usr/share/datasets/fashion-mnist"));
  all.add(mnist_files(
      {"mnist", "60,000 and 10,000 grey images, 28 × 28, of handwritten digits", "LeCun, Cortes and Burges 1998", {}},
      MnistFormat::digits(), "/usr/share/datasets/mnist"));
  all.add(cifar_files({"cifar10",
                       "50,000 and 10,000 colour images, 32 × 32, of ten kinds of animals and vehicles",
                       "Krizhevsky 2009",
                       {}},
                      CifarFormat::ten()));
  all.add(cifar_files({"cifar100",
                       "50,000 and 10,000 colour images, 32 × 32, in a hundred classes (the fine labels)",
                       "Krizhevsky 2009",
                       {}},
                      CifarFormat::hundred()));
  all.add({{"blobs", "Gaussian clusters, made from the seed: small, quick, always there", "", blobs_parameters()},
           "",
           "it is made, not loaded",
           [](const DataOptions& options, uint64_t seed) { return make_blobs(options.parameters, seed); }});
  all.add({{"arrays", "your own samples, in NumPy's or safetensors' files", "", own_arrays_parameters()},
           "",
           "save inputs and labels from Python: data.file (safetensors) or data.inputs, data.labels, … (.npy)",
           [](const DataOptions& options, uint64_t) { return load_own_arrays(options); }});
  all.add({{"text", "a text file, character by character: each sample's labels are the characters that follow", "",
            text_parameters()},
           "",
           "name any text file in data.file",
           [](const DataOptions& options, uint64_t) { return load_text(options); }});
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
  all.add({{scripted_model, "a network of your own, from the TorchScript file that `file` names", "", {}},
           std::nullopt,
           nullptr});
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

const ModelEntry* Models::find(std::string_view name) const { return find_by_name(entries_, name); }

}  // namespace zenops
