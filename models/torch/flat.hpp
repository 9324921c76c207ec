#pragma once
#include <ATen/core/Tensor.h>

#include <span>
#include <vector>

#include "base/layout.hpp"
#include "models/device.hpp"

namespace zenops {

/// What torch calls it.
at::Device torchs(const Device& device);

/// Floats in the processor's memory and their twin where a network computes with them. On cores both are the same.
class Flat {
 public:
  /// Zeros.
  Flat(at::IntArrayRef sizes, const Device& device);
  std::span<float> here() const { return {here_.data_ptr<float>(), static_cast<size_t>(here_.numel())}; }
  const at::Tensor& there() const { return there_; }
  /// Copies there what is here, before what the stream is asked for next.
  void send() const { send(there_.size(0)); }
  /// The same of the first in the first dimension.
  void send(int64_t count) const;
  /// Copies here what is there, in `dimension` only from `first` on; it is here when this returns.
  void fetch(int64_t dimension, int64_t first, int64_t count) const;
  void fetch() const { fetch(0, 0, there_.size(0)); }

 private:
  at::Tensor here_, there_;
};

/// A block of a flat vector, with no base of its own: what has one is no leaf to be trusted with set gradients.
at::Tensor view(const at::Tensor& flat, const Block& block);
/// The same of each of the first rows of a matrix: (rows, shape of the block).
at::Tensor rows_of(const at::Tensor& flat, int64_t rows, const Block& block);

/// A network's tensors over a flat vector, one for each block. Those that are trained are leaves; into `gradient`, another such vector,
/// backward() adds theirs, unless it is undefined.
std::vector<at::Tensor> tensors_over(const at::Tensor& weights, const at::Tensor& gradient, const Layout& layout);

/// Where a layout's buffers are: they stand at its end.
struct Tail {
  int64_t first = 0, count = 0;
};
Tail buffers_of(const Layout& layout);

}  // namespace zenops
