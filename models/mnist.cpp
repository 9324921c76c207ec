#include "models/mnist.hpp"

#include <algorithm>

#include "base/expected.hpp"
#include "base/sha256.hpp"
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

/// Reads a file and, when `known` is not empty, checks that it is the one with that SHA-256.
Idx read(const std::filesystem::path& path, unsigned dimensions, const std::string& known) {
  Idx out = read_idx(path, dimensions);
  if (known.empty()) return out;
  const std::string found = sha256({std::as_bytes(std::span(out.header)), std::as_bytes(std::span(out.bytes))});
  if (found != known) {
    throw UserError(UserError::bad_data, path.string() + ": unpacked, its SHA-256 is " + found +
                                             ", the data set's is " + known + "; data.verify: false takes it as it is");
  }
  return out;
}

Samples load(const std::filesystem::path& images, const std::string& known_images, const std::filesystem::path& labels,
             const std::string& known_labels) {
  Idx pixels = read(images, 3, known_images);
  const Idx answers = read(labels, 1, known_labels);
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
  out.labels.assign(answers.bytes.begin(), answers.bytes.end());
  return out;
}

}  // namespace

MnistFormat MnistFormat::digits() {
  return {.mean = .1307f,
          .deviation = .3081f,
          .how_to_get = "put MNIST's four files into a folder and name it in data.path",
          .sha256 = {"ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                     "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                     "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                     "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"}};
}

MnistFormat MnistFormat::fashion() {
  return {.mean = .286f,
          .deviation = .353f,
          .how_to_get = "Debian and Ubuntu have the data set: apt-get install dataset-fashion-mnist",
          .sha256 = {"c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                     "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
                     "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
                     "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"}};
}

Dataset load_mnist(const MnistFormat& format, const std::filesystem::path& folder, bool verify) {
  if (!std::filesystem::is_directory(folder))
    throw UserError(UserError::bad_data, folder.string() + " is not a folder; " + format.how_to_get);
  auto samples = [&](const std::string& images, const std::string& labels, size_t known) {
    Samples out = load(find(folder, images, format.how_to_get), verify ? format.sha256[known] : "",
                       find(folder, labels, format.how_to_get), verify ? format.sha256[known + 1] : "");
    out.mean = {format.mean};
    out.deviation = {format.deviation};
    return out;
  };
  Dataset out{samples("train-images-idx3-ubyte", "train-labels-idx1-ubyte", 0),
              samples("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", 2)};
  if (out.test.stored() != out.train.stored()) {
    auto size = [](const Samples& s) { return std::to_string(s.height) + " × " + std::to_string(s.width); };
    throw UserError(UserError::bad_data, find(folder, "t10k-images-idx3-ubyte", format.how_to_get).string() +
                                             ": its images are " + size(out.test) + ", those to train on are " +
                                             size(out.train));
  }
  return out;
}

}  // namespace zenops
