#pragma once
#include <string>
#include <vector>

#include "base/layout.hpp"

namespace zenops {

/// Lists the tensors of a network, in the order in which its forward pass uses them, named and shaped as torch does it.
/// In the layout all that is trained comes first, then the buffers.
class Architecture {
 public:
  enum class Bias { no, yes };
  enum class Affine { no, yes };
  void linear(const std::string& name, int64_t from, int64_t to);
  /// With a square kernel of this size.
  void convolution(const std::string& name, int64_t from, int64_t to, int64_t size, Bias bias = Bias::no);
  /// Without Affine it has statistics, but neither scale nor shift.
  void batch_norm(const std::string& name, int64_t channels, Affine affine = Affine::yes);
  void layer_norm(const std::string& name, int64_t width);
  void embedding(const std::string& name, int64_t count, int64_t width);
  Layout layout() const;

 private:
  std::vector<Block> trained_, buffers_;
};

}  // namespace zenops
