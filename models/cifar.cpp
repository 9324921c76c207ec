#include "models/cifar.hpp"

#include "base/expected.hpp"
#include "base/input_file.hpp"

namespace zenops {
namespace {

constexpr uint32_t side = 32, channels = 3;
constexpr size_t pixels = size_t{side} * side;

// The files hold a plane for each colour, batches want the colours of a pixel side by side.
void interleave(const uint8_t* planes, uint8_t* out) {
  for (size_t p = 0; p < pixels; ++p)
    for (size_t c = 0; c < channels; ++c) out[p * channels + c] = planes[c * pixels + p];
}

void append(const std::filesystem::path& path, const CifarFormat& format, size_t expected, bool verify, Samples& out) {
  InputFile file(path);
  const size_t record = format.labels + channels * pixels, count = file.size() / record;
  if (file.size() % record != 0 || count == 0) {
    file.refuse("cut off, or no file of this data set: its " + std::to_string(file.size()) +
                " bytes are not a whole number of images of " + std::to_string(record) + " bytes");
  }
  if (verify && count != expected) {
    file.refuse("has " + std::to_string(count) + " images, the data set's has " + std::to_string(expected) +
                "; data.verify: false takes it as it is");
  }
  auto& bytes = std::get<std::vector<uint8_t>>(out.values);
  const size_t before = bytes.size();
  bytes.resize(before + count * channels * pixels);
  std::vector<uint8_t> one(record);
  for (size_t i = 0; i < count; ++i) {
    file.read(one.data(), record);
    const uint8_t label = one[format.labels - 1];
    if (label >= format.classes) {
      file.refuse("the label of image " + std::to_string(i) + " is " + std::to_string(label) +
                  ", the classes are 0 to " + std::to_string(format.classes - 1));
    }
    out.labels.push_back(label);
    interleave(one.data() + format.labels, bytes.data() + before + i * channels * pixels);
  }
}

}  // namespace

CifarFormat CifarFormat::ten() {
  return {.train = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
          .test = "test_batch.bin",
          .labels = 1,
          .classes = 10,
          .train_images = 10'000,
          .test_images = 10'000,
          .mean = {.4914f, .4822f, .4465f},
          .deviation = {.2023f, .1994f, .2010f},
          .folder = "cifar-10-batches-bin",
          .how_to_get =
              "unpack cifar-10-binary.tar.gz of www.cs.toronto.edu/~kriz/cifar.html and name the folder that has "
              "data_batch_1.bin in data.path"};
}

CifarFormat CifarFormat::hundred() {
  return {.train = {"train.bin"},
          .test = "test.bin",
          .labels = 2,
          .classes = 100,
          .train_images = 50'000,
          .test_images = 10'000,
          .mean = {.5071f, .4865f, .4409f},
          .deviation = {.2673f, .2564f, .2762f},
          .folder = "cifar-100-binary",
          .how_to_get =
              "unpack cifar-100-binary.tar.gz of www.cs.toronto.edu/~kriz/cifar.html and name the folder that has "
              "train.bin in data.path"};
}

Dataset load_cifar(const CifarFormat& format, const std::filesystem::path& folder, bool verify) {
  std::error_code error;
  const auto place = std::filesystem::is_directory(folder / format.folder, error) ? folder / format.folder : folder;
  if (!std::filesystem::is_directory(place, error))
    throw UserError(UserError::bad_data, place.string() + " is not a folder; " + format.how_to_get);
  auto read = [&](const std::vector<std::string>& names, size_t expected) {
    Samples out;
    out.height = out.width = side;
    out.channels = channels;
    out.classes = format.classes;
    out.mean.assign(format.mean.begin(), format.mean.end());
    out.deviation.assign(format.deviation.begin(), format.deviation.end());
    for (const auto& name : names) {
      if (!std::filesystem::exists(place / name, error))
        throw UserError(UserError::bad_data, place.string() + " has no " + name + "; " + format.how_to_get);
      append(place / name, format, expected, verify, out);
    }
    return out;
  };
  return {read(format.train, format.train_images), read({format.test}, format.test_images)};
}

}  // namespace zenops
