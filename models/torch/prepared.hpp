#pragma once
#include <ATen/core/Tensor.h>

#include <array>
#include <map>
#include <span>

#include "models/dataset.hpp"
#include "models/torch/device_stream.hpp"

namespace zenops {

/// Where batches of one shape lie on the device, always at the same addresses, and what is done with them.
class Prepared {
 public:
  /// `one`: of that shape.
  Prepared(const Batch& one, int64_t batches, const Device& device, bool may_be_recorded);
  /// Copies them there, one after the other.
  void load(std::span<const Batch* const> batches);
  /// (samples, channels, height, width), the channels last in memory.
  at::Tensor inputs() const { return images_.permute({0, 3, 1, 2}); }
  const at::Tensor& labels() const { return labels_; }
  int64_t batches() const { return batches_; }
  /// (batches) on the device.
  at::Tensor& losses() { return losses_; }
  Repeated& repeated() { return repeated_; }

 private:
  const int64_t batches_;
  at::Tensor images_here_, labels_here_, images_, labels_, losses_;
  Repeated repeated_;
};

/// By shape: most runs have one, and another at evaluation.
class Shapes {
 public:
  /// Unless it records, no shape's work is.
  Shapes(const Device& device, bool records) : device_(device), records_(records) {}
  Prepared& of(const Batch& one, size_t batches);

 private:
  static constexpr size_t most_recorded = 4;  // each keeps what it computes with
  using Key = std::array<size_t, 6>;
  const Device device_;
  const bool records_;
  std::map<Key, Prepared> shapes_;
};

}  // namespace zenops
