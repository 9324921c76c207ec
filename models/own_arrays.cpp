#include "models/own_arrays.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/expected.hpp"
#include "base/npy.hpp"
#include "base/safetensors.hpp"

namespace zenops {
namespace {

constexpr int64_t most_classes = 65'536;

/// An array and what to call it in a complaint.
struct Named {
  std::string name;
  Array array;
  [[noreturn]] void refuse(const std::string& what) const { throw UserError(UserError::bad_data, name + ": " + what); }
};

struct Parts {
  Named inputs, labels, test_inputs, test_labels;
};

Parts read_file(const std::filesystem::path& path) {
  Arrays read = read_safetensors_arrays(path);
  auto part = [&](const std::string& name) {
    for (auto& [found, array] : read.arrays)
      if (found == name) return Named{path.string() + ", tensor " + name, std::move(array)};
    throw UserError(UserError::bad_data, path.string() + ": has no tensor " + name +
                                             ", expected inputs, labels, test_inputs and test_labels");
  };
  Parts out;
  out.inputs = part("inputs");
  out.labels = part("labels");
  out.test_inputs = part("test_inputs");
  out.test_labels = part("test_labels");
  return out;
}

Parts read_parts(const DataOptions& options) {
  const std::pair<const char*, const std::filesystem::path*> files[] = {{"data.inputs", &options.inputs},
                                                                        {"data.labels", &options.labels},
                                                                        {"data.test_inputs", &options.test_inputs},
                                                                        {"data.test_labels", &options.test_labels}};
  for (const auto& [key, path] : files) {
    if (!options.file.empty() && !path->empty())
      throw UserError(UserError::bad_config,
                      std::string(key) + ": data.file is given as well; expected one of the two");
    if (options.file.empty() && path->empty()) {
      throw UserError(UserError::bad_config, std::string(key) +
                                                 ": found nothing, expected a .npy file; or all arrays in data.file, a "
                                                 "safetensors file with inputs, labels, test_inputs and test_labels");
    }
  }
  if (!options.file.empty()) return read_file(options.file);
  auto part = [](const std::filesystem::path& path) { return Named{path.string(), read_npy(path)}; };
  return {part(options.inputs), part(options.labels), part(options.test_inputs), part(options.test_labels)};
}

/// Height, width and channels of a sample, from the shape of all.
ImageSize size_of(const Named& inputs, ImageOrder order) {
  const auto& shape = inputs.array.shape;
  const bool first = order == ImageOrder::channels_first;
  for (const int64_t length : shape)
    if (length > UINT32_MAX) inputs.refuse("its shape " + to_string(shape) + " is too large");
  auto at = [&](size_t dimension) { return static_cast<uint32_t>(shape[dimension]); };
  ImageSize size{};
  if (shape.size() == 2) size = {1, at(1), 1};
  if (shape.size() == 3) size = {at(1), at(2), 1};
  if (shape.size() == 4) size = first ? ImageSize{at(2), at(3), at(1)} : ImageSize{at(1), at(2), at(3)};
  if (size.height == 0 || size.width == 0 || size.channels == 0 || shape[0] == 0) {
    inputs.refuse(
        "its shape is " + to_string(shape) + ", expected samples × features, samples × height × width or samples × " +
        (first ? "channels × height × width" : "height × width × channels") + " (data.order), none of them 0");
  }
  return size;
}

/// (samples, channels, height, width) → (samples, height, width, channels).
template <class Value>
std::vector<Value> channels_last(const std::vector<Value>& planes, size_t samples, const ImageSize& size) {
  std::vector<Value> out(planes.size());
  const size_t pixels = size_t{size.height} * size.width, features = pixels * size.channels;
  for (size_t i = 0; i < samples; ++i)
    for (size_t c = 0; c < size.channels; ++c)
      for (size_t p = 0; p < pixels; ++p)
        out[i * features + p * size.channels + c] = planes[i * features + c * pixels + p];
  return out;
}

Samples read_inputs(const Named& inputs, ImageOrder order) {
  const ImageSize size = size_of(inputs, order);
  const auto count = static_cast<size_t>(inputs.array.shape[0]);
  const bool planes = inputs.array.shape.size() == 4 && order == ImageOrder::channels_first;
  Samples out;
  out.height = size.height;
  out.width = size.width;
  out.channels = size.channels;
  if (inputs.array.dtype == Dtype::U8) {
    std::vector<uint8_t> bytes(inputs.array.bytes.size());
    std::memcpy(bytes.data(), inputs.array.bytes.data(), bytes.size());
    out.values = planes ? channels_last(bytes, count, size) : std::move(bytes);
  } else {
    std::vector<float> floats = to_floats(inputs.array);
    const auto wrong = std::ranges::find_if(floats, [](float x) { return !std::isfinite(x); });
    if (wrong != floats.end()) {
      inputs.refuse("sample " + std::to_string(static_cast<size_t>(wrong - floats.begin()) / (floats.size() / count)) +
                    " holds " + (std::isnan(*wrong) ? "NaN" : "an infinity"));
    }
    out.values = planes ? channels_last(floats, count, size) : std::move(floats);
  }
  return out;
}

std::vector<uint16_t> read_labels(const Named& labels, const Named& inputs, int64_t classes, const std::string& why) {
  const auto& [dtype, shape, bytes] = labels.array;
  if (is_float(dtype)) {
    labels.refuse("its dtype is " + std::string(to_string(dtype)) +
                  ", labels must be whole numbers: save labels.astype('int64')");
  }
  if (shape.size() != 1 || shape[0] != inputs.array.shape[0]) {
    labels.refuse("its shape is " + to_string(shape) + ", expected one label for each of the " +
                  std::to_string(inputs.array.shape[0]) + " samples of " + inputs.name);
  }
  const std::vector<int64_t> values = to_integers(labels.array);
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] < 0 || values[i] >= classes) {
      labels.refuse("label " + std::to_string(i) + " is " + std::to_string(values[i]) + ", the classes are 0 to " +
                    std::to_string(classes - 1) + why);
    }
  }
  return {values.begin(), values.end()};
}

/// Mean and deviation of each channel's bytes / 255. The sums are whole numbers, so no order of adding shows.
void measure(Samples& samples) {
  const auto* bytes = std::get_if<std::vector<uint8_t>>(&samples.values);
  if (!bytes) return;
  for (size_t c = 0; c < samples.channels; ++c) {
    uint64_t sum = 0, squares = 0;
    for (size_t i = c; i < bytes->size(); i += samples.channels) {
      sum += (*bytes)[i];
      squares += uint64_t{(*bytes)[i]} * (*bytes)[i];
    }
    const double n = static_cast<double>(bytes->size() / samples.channels), mean = static_cast<double>(sum) / n;
    const double deviation = std::sqrt(std::max(0.0, static_cast<double>(squares) / n - mean * mean));
    samples.mean.push_back(static_cast<float>(mean / 255));
    samples.deviation.push_back(deviation > 0 ? static_cast<float>(deviation / 255) : 1);
  }
}

}  // namespace

std::vector<Parameter> own_arrays_parameters() {
  return {{.name = "classes",
           .default_value = 0,
           .min = 0,
           .max = most_classes,
           .integer = true,
           .sentence = "how many classes there are; 0: the largest label of the training set + 1"}};
}

Dataset load_own_arrays(const DataOptions& options) {
  const Parameters values = with_defaults({"arrays", "", "", own_arrays_parameters()}, options.parameters);
  const Parts parts = read_parts(options);
  Dataset out{read_inputs(parts.inputs, options.order), read_inputs(parts.test_inputs, options.order)};
  const ImageSize size = out.train.stored(), test_size = out.test.stored();
  if (test_size != size)
    parts.test_inputs.refuse("its samples are " + to_string(test_size) + ", those to train on are " + to_string(size));
  if (out.test.values.index() != out.train.values.index()) {
    parts.test_inputs.refuse("its dtype is " + std::string(to_string(parts.test_inputs.array.dtype)) +
                             ", that of the inputs to train on is " + std::string(to_string(parts.inputs.array.dtype)));
  }
  const auto said = static_cast<int64_t>(values.at("classes"));
  out.train.labels =
      read_labels(parts.labels, parts.inputs, said > 0 ? said : most_classes, said > 0 ? " (data.classes)" : "");
  const int64_t classes = said > 0 ? said : 1 + *std::ranges::max_element(out.train.labels);
  out.test.labels = read_labels(parts.test_labels, parts.test_inputs, classes,
                                said > 0 ? " (data.classes)" : " in " + parts.labels.name + " (data.classes: 0)");
  measure(out.train);
  out.test.mean = out.train.mean;
  out.test.deviation = out.train.deviation;
  out.train.classes = out.test.classes = static_cast<uint32_t>(classes);
  return out;
}

}  // namespace zenops
