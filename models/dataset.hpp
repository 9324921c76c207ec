#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/parameter.hpp"
#include "base/philox.hpp"
#include "models/options.hpp"

namespace zenops {

/// Samples and their labels. Images stay the bytes they were in the file, height × width × channels; they are
/// normalised when a batch is made. Immutable after loading.
struct Samples {
  uint32_t height = 0, width = 0, channels = 0;
  uint32_t classes = 0;
  float mean = 0, deviation = 1;  // of the values after division by 255, for bytes; unused for floats
  std::variant<std::vector<uint8_t>, std::vector<float>> values;  // count × features()
  std::vector<uint8_t> labels;                                    // in [0, classes)
  size_t count() const { return labels.size(); }
  size_t features() const { return size_t{height} * width * channels; }
};

struct Dataset {
  Samples train, test;
};

/// What a model is given: `size` samples as normalised floats, height × width × channels each, and their labels.
struct Batch {
  uint32_t size = 0, height = 0, width = 0, channels = 0;
  std::vector<float> inputs;    // size × height × width × channels
  std::vector<int64_t> labels;  // size, or as many for each sample as the model has outputs for one
  StreamName noise;             // of what a model draws while it trains on this batch; `part` counts what is drawn
};

/// Fills `batch` with the samples of these indices, reusing its memory. Requires indices below samples.count().
void gather(const Samples& samples, std::span<const uint32_t> indices, Batch& batch);

struct DatasetEntry : Description {
  std::string usual_path;  // empty: made, not loaded
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

 private:
  std::vector<DatasetEntry> entries_;
};

}  // namespace zenops
