#include "models/dataset.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/expected.hpp"
#include "base/loops.hpp"

namespace zenops {
namespace {

constexpr uint32_t padding = 4;  // of the augmentation, on every side

ZENOPS_LOOP void normalise(float* __restrict out, const uint8_t* __restrict in, size_t n, float scale, float shift) {
  for (size_t i = 0; i < n; ++i) out[i] = static_cast<float>(in[i]) * scale + shift;
}

/// The same with a scale and a shift for each place.
ZENOPS_LOOP void normalise_each(float* __restrict out, const uint8_t* __restrict in, size_t n,
                                const float* __restrict scale, const float* __restrict shift) {
  for (size_t i = 0; i < n; ++i) out[i] = static_cast<float>(in[i]) * scale[i] + shift[i];
}

/// From stored images to shown ones: moved, mirrored, their one channel repeated, zeros where nothing was stored.
template <class Value>
class Frame {
 public:
  Frame(const ImageSize& stored, const ImageSize& shown, const Value* image)
      : stored_(stored),
        shown_(shown),
        image_(image),
        top_((static_cast<int>(shown.height) - static_cast<int>(stored.height)) / 2),
        left_((static_cast<int>(shown.width) - static_cast<int>(stored.width)) / 2) {}

  void move(int down, int right) {
    top_ += down;
    left_ += right;
  }
  void mirror() { mirrored_ = true; }

  /// Row y of the shown image, width × channels values.
  void row(uint32_t y, Value* out) const {
    const int width = static_cast<int>(shown_.width), from = static_cast<int>(y) - top_;
    std::fill_n(out, shown_.width * shown_.channels, Value{});
    if (from < 0 || from >= static_cast<int>(stored_.height)) return;
    const Value* in = image_ + static_cast<size_t>(from) * stored_.width * stored_.channels;
    const int first = std::max(0, left_), last = std::min(width, left_ + static_cast<int>(stored_.width));
    if (first >= last) return;
    in += static_cast<size_t>(first - left_) * stored_.channels;
    if (!mirrored_ && stored_.channels == shown_.channels) {
      std::copy_n(in, static_cast<size_t>(last - first) * stored_.channels,
                  out + static_cast<size_t>(first) * shown_.channels);
      return;
    }
    for (int x = first; x < last; ++x, in += stored_.channels) {
      Value* pixel = out + static_cast<size_t>(mirrored_ ? width - 1 - x : x) * shown_.channels;
      for (uint32_t c = 0; c < shown_.channels; ++c) pixel[c] = in[stored_.channels == 1 ? 0 : c];
    }
  }

 private:
  ImageSize stored_, shown_;
  const Value* image_;
  int top_, left_;  // where the stored image's corner is in the shown one
  bool mirrored_ = false;
};

/// Makes one batch; `Value` is what the samples are stored as.
template <class Value>
class Gatherer {
 public:
  Gatherer(const Samples& samples, const std::vector<Value>& values, Stream* crop_flip)
      : samples_(samples),
        values_(values),
        shown_(samples.size()),
        crop_flip_(crop_flip),
        row_(shown_.width * shown_.channels) {
    const bool normalised = !samples.mean.empty();
    for (size_t i = 0; i < row_.size(); ++i) {
      // A grey image shown in colour has one mean for all channels.
      const size_t c = samples.mean.size() == 1 ? 0 : i % shown_.channels;
      scale_.push_back(normalised ? 1 / (255 * samples.deviation[c]) : 1);
      shift_.push_back(normalised ? -samples.mean[c] / samples.deviation[c] : 0);
    }
  }

  void gather(uint32_t index, float* out) {
    const Value* image = values_.data() + index * samples_.features();
    if (!crop_flip_ && !samples_.shown) return as_stored(image, out);
    Frame<Value> frame(samples_.stored(), shown_, image);
    if (crop_flip_) {
      const auto down = static_cast<int>(crop_flip_->below(2 * padding + 1)),
                 right = static_cast<int>(crop_flip_->below(2 * padding + 1));
      frame.move(static_cast<int>(padding) - down, static_cast<int>(padding) - right);
      if (crop_flip_->below(2) == 1) frame.mirror();
    }
    for (uint32_t y = 0; y < shown_.height; ++y, out += row_.size()) {
      frame.row(y, row_.data());
      write(row_.data(), out);
    }
  }

 private:
  void as_stored(const Value* image, float* out) const {
    if constexpr (std::is_same_v<Value, float>) {
      std::copy_n(image, samples_.features(), out);
    } else if (samples_.mean.size() <= 1) {
      normalise(out, image, samples_.features(), scale_[0], shift_[0]);
    } else {
      for (uint32_t y = 0; y < shown_.height; ++y) write(image + y * row_.size(), out + y * row_.size());
    }
  }
  void write(const Value* row, float* out) const {
    if constexpr (std::is_same_v<Value, float>) {
      std::copy_n(row, row_.size(), out);
    } else {
      normalise_each(out, row, row_.size(), scale_.data(), shift_.data());
    }
  }

  const Samples& samples_;
  const std::vector<Value>& values_;
  ImageSize shown_;
  Stream* crop_flip_;
  std::vector<Value> row_;
  std::vector<float> scale_, shift_;  // for each value of a row
};

}  // namespace

std::string to_string(const ImageSize& size) {
  return std::to_string(size.height) + " × " + std::to_string(size.width) + " × " + std::to_string(size.channels);
}

bool can_show(const ImageSize& stored, const ImageSize& as) {
  const bool image = stored.height > 1 && stored.width > 1;
  return image && stored.height <= as.height && stored.width <= as.width &&
         (stored.channels == as.channels || (stored.channels == 1 && as.channels == 3));
}

void gather(const Samples& samples, std::span<const uint32_t> indices, Batch& batch, Stream* crop_flip) {
  const ImageSize size = samples.size();
  batch.size = static_cast<uint32_t>(indices.size());
  batch.height = size.height;
  batch.width = size.width;
  batch.channels = size.channels;
  batch.inputs.resize(indices.size() * size.features());
  batch.labels.resize(indices.size() * samples.labels_each);
  std::visit(
      [&]<class Value>(const std::vector<Value>& values) {
        Gatherer<Value> gatherer(samples, values, crop_flip);
        for (size_t i = 0; i < indices.size(); ++i) {
          assert(indices[i] < samples.count());
          gatherer.gather(indices[i], batch.inputs.data() + i * size.features());
          std::copy_n(samples.labels.data() + size_t{indices[i]} * samples.labels_each, samples.labels_each,
                      batch.labels.data() + i * samples.labels_each);
        }
      },
      samples.values);
}

Dataset Datasets::load(const DataOptions& options, const std::optional<ImageSize>& wanted, uint64_t seed) const {
  const DatasetEntry* entry = find(options.name);
  if (!entry) throw UserError(UserError::bad_config, "data: there is no " + options.name);
  Dataset out = entry->load(options, seed);
  if (options.augment != Augment::none && (out.train.height < 2 || out.train.width < 2)) {
    throw UserError(UserError::bad_config, "data.augment: found crop_flip, expected none: the samples of " +
                                               options.name + " are " + to_string(out.train.stored()) + ", no images");
  }
  if (options.image == ImageChoice::automatic && wanted && out.train.stored() != *wanted &&
      can_show(out.train.stored(), *wanted))
    out.train.shown = out.test.shown = *wanted;
  return out;
}

}  // namespace zenops
