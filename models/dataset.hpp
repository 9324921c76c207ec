#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/parameter.hpp"
#include "base/philox.hpp"
#include "models/options.hpp"

namespace zenops {

/// Height, width and channels of an image.
struct ImageSize {
  uint32_t height = 0, width = 0, channels = 0;
  size_t features() const { return size_t{height} * width * channels; }
  bool operator==(const ImageSize&) const = default;
};

/// "28 × 28 × 1"
std::string to_string(const ImageSize& size);

/// Samples and their labels. Images stay the bytes they were in the file, height × width × channels; they are given
/// another size, augmented and normalised when a batch is made. Immutable after loading.
struct Samples {
  uint32_t height = 0, width = 0, channels = 0;  // as stored
  std::optional<ImageSize> shown;                // what a batch has, when it is another size: see can_show()
  uint32_t classes = 0;
  uint32_t labels_each = 1;            // labels of one sample: one, or one for each character of a text
  std::vector<float> mean, deviation;  // by channel, of bytes / 255; none: bytes are taken as the numbers they are
  std::variant<std::vector<uint8_t>, std::vector<float>> values;  // count × features()
  std::vector<uint16_t> labels;                                   // count × labels_each, in [0, classes)
  size_t count() const { return labels.size() / labels_each; }
  size_t features() const { return stored().features(); }
  ImageSize stored() const { return {height, width, channels}; }
  ImageSize size() const { return shown.value_or(stored()); }
};

struct Dataset {
  Samples train, test;
};

/// Whether images of one size can be shown as another: in the middle of a larger one, zeros around; grey as three equal
/// channels.
bool can_show(const ImageSize& stored, const ImageSize& as);

/// What a model is given: `size` samples as normalised floats, height × width × channels each, and their labels.
struct Batch {
  uint32_t size = 0, height = 0, width = 0, channels = 0;
  std::vector<float> inputs;    // size × height × width × channels
  std::vector<int64_t> labels;  // size × the labels of a sample
  StreamName noise;             // of what a model draws while it trains on this batch; `part` counts what is drawn
};

/// Fills `batch` with the samples of these indices, reusing its memory. Requires indices below samples.count(). With
/// `crop_flip` each image gets four zeros on every side, is cut back to its size at a random place and mirrored or not,
/// before it is normalised (He et al. 2016, Zeno-PS): three words of the stream for each.
void gather(const Samples& samples, std::span<const uint32_t> indices, Batch& batch, Stream* crop_flip = nullptr);

struct DatasetEntry : Description {
  std::string usual_path;  // empty: made, or given file by file
  std::string how_to_get;  // a sentence for whoever does not have it
  /// Throws UserError (bad_data) naming the file and what is wrong with it.
  std::function<Dataset(const DataOptions&, uint64_t seed)> load;
};

class Datasets {
 public:
  static Datasets standard();
  void add(DatasetEntry entry) { entries_.push_back(std::move(entry)); }
  const std::vector<DatasetEntry>& entries() const { return entries_; }
  const DatasetEntry* find(std::string_view name) const;
  /// The samples that `options` ask for, shown as the model wants them (nothing: as they are). Throws UserError:
  /// bad_config for a name that is not there and for augmentation of what is no image; bad_data as the entry's load().
  Dataset load(const DataOptions& options, const std::optional<ImageSize>& wanted, uint64_t seed) const;

 private:
  std::vector<DatasetEntry> entries_;
};

}  // namespace zenops
