#pragma once
#include <memory>
#include <span>
#include <vector>

#include "models/device.hpp"

namespace zenops {

/// What torch has for the work of rules.
enum class TorchWork {
  sort,    // torch.sort over the rows: (n, d) values and as many indices, 12 bytes for each number
  median,  // torch.median over the rows: (d), of an even number the lower of the two in the middle, and its indices
  differences,  // torch.cdist by differences, as exact as ours: (n, n), roots and all
  products,  // torch.cdist by one product of matrices, of up to 25 rows too: the same, less exact where rows are near
             // each other
};

/// Does it again and again over the same n rows of d floats, to be measured beside ours. On cores by one thread. It
/// belongs to one thread at a time; what fails, as a GPU without memory for it, throws std::runtime_error of one line.
class TorchPeer {
 public:
  virtual ~TorchPeer() = default;
  /// So many times; all is done when this returns.
  virtual void run(int times) = 0;
  /// What the last run made, without indices, row by row.
  virtual std::vector<float> result() const = 0;
};

/// With its own copy of the rows there: 4 n d bytes besides what the work takes. All of it is given back with the peer.
/// On a GPU after load_gpus(). Throws as run() does, and UserError (run_failed) where there is no library with torch.
std::unique_ptr<TorchPeer> make_torch_peer(TorchWork work, std::span<const float* const> rows, size_t d,
                                           const Device& device = {});

}  // namespace zenops
