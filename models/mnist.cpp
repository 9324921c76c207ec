#include "models/mnist.hpp"

#include <algorithm>

#include "base/expected.hpp"
#include "models/idx.hpp"

namespace zenops {
namespace {

constexpr uint32_t classes = 10;

std::filesystem::path find(const std::filesystem::path& folder, const std::string& name,
                           const std::string& how_to_get) {
  for (const char* ending : {".gz", ""})
    if (auto path = folder / (name + ending); std::filesystem::exists(path)) return path;
  throw UserError(UserError::bad_data,
                  folder.string() + " has neither " + name + ".gz nor " + name + "; " + how_to_get);
}

Samples load(const std::filesystem::path& images, const std::filesystem::path& labels) {
  Idx pixels = read_idx(images, 3);
  Idx answers = read_idx(labels, 1);
  if (pixels.shape[0] != answers.shape[0]) {
    throw UserError(UserError::bad_data, images.string() + " has " + std::to_string(pixels.shape[0]) + " images, but " +
                                             labels.string() + " has " + std::to_string(answers.shape[0]) + " labels");
  }
  const auto wrong = std::find_if(answers.bytes.begin(), answers.bytes.end(), [](uint8_t y) { return y >= classes; });
  if (wrong != answers.bytes.end()) {
    throw UserError(UserError::bad_data, labels.string() + ": label " + std::to_string(wrong - answers.bytes.begin()) +
                                             " is " + std::to_string(*wrong) + ", the classes are 0 to 9");
  }
  Samples out;
  out.height = pixels.shape[1];
  out.width = pixels.shape[2];
  out.channels = 1;
  out.classes = classes;
  out.values = std::move(pixels.bytes);
  out.labels = std::move(answers.bytes);
  return out;
}

}  // namespace

Dataset load_mnist(const std::filesystem::path& folder, const std::string& how_to_get, float mean, float deviation) {
  if (!std::filesystem::is_directory(folder))
    throw UserError(UserError::bad_data, folder.string() + " is not a folder; " + how_to_get);
  auto file = [&](const char* name) { return find(folder, name, how_to_get); };
  const auto test_images = file("t10k-images-idx3-ubyte");
  Dataset out{load(file("train-images-idx3-ubyte"), file("train-labels-idx1-ubyte")),
              load(test_images, file("t10k-labels-idx1-ubyte"))};
  if (out.test.height != out.train.height || out.test.width != out.train.width) {
    auto size = [](const Samples& s) { return std::to_string(s.height) + " × " + std::to_string(s.width); };
    throw UserError(UserError::bad_data, test_images.string() + ": its images are " + size(out.test) +
                                             ", those to train on are " + size(out.train));
  }
  for (Samples* samples : {&out.train, &out.test}) {
    samples->mean = mean;
    samples->deviation = deviation;
  }
  return out;
}

}  // namespace zenops
