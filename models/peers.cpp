#include "models/peers.hpp"

#include "models/torch_library.hpp"

namespace zenops {

std::unique_ptr<TorchPeer> make_torch_peer(TorchWork work, std::span<const float* const> rows, size_t d,
                                           const Device& device) {
  return torch_library().make_peer(work, rows, d, device);
}

}  // namespace zenops
