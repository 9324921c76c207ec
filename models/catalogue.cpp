#include <algorithm>
#include <string>

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

size_t features(const InputShape& input) { return size_t{input.height} * input.width * input.channels; }

/// A linear layer as torch keeps it.
void add_linear(std::vector<Block>& blocks, const std::string& name, size_t from, size_t to) {
  blocks.push_back({name + ".weight", {static_cast<int64_t>(to), static_cast<int64_t>(from)}});
  blocks.push_back({name + ".bias", {static_cast<int64_t>(to)}});
}

void add_convolution(std::vector<Block>& blocks, const std::string& name, int64_t from, int64_t to, int64_t size) {
  blocks.push_back({name + ".weight", {to, from, size, size}});
  blocks.push_back({name + ".bias", {to}});
}

Expected<Layout> softmax(const InputShape& input, const Parameters&) {
  std::vector<Block> blocks;
  add_linear(blocks, "fc", features(input), input.classes);
  return Layout(std::move(blocks));
}

Expected<Layout> mlp(const InputShape& input, const Parameters&) {
  std::vector<Block> blocks;
  add_linear(blocks, "fc1", features(input), 100);
  add_linear(blocks, "fc2", 100, input.classes);
  return Layout(std::move(blocks));
}

Expected<Layout> cnn_mnist(const InputShape& input, const Parameters&) {
  std::vector<Block> blocks;
  add_convolution(blocks, "conv1", 1, 20, 5);
  add_convolution(blocks, "conv2", 20, 50, 5);
  add_linear(blocks, "fc1", 4 * 4 * 50, 500);
  add_linear(blocks, "fc2", 500, input.classes);
  return Layout(std::move(blocks));
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
  all.add({{"softmax", "softmax regression: one linear layer, a convex problem", "", {}}, std::nullopt, softmax});
  all.add({{"mlp", "one hidden layer of 100 rectified units", "", {}}, std::nullopt, mlp});
  all.add({{"cnn_mnist",
            "two convolutions (20 and 50 of 5 × 5, each pooled by 2) and two linear layers (500)",
            "LeCun et al. 1998, in Caffe's sizes",
            {}},
           ImageSize{28, 28, 1},
           cnn_mnist});
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
