#pragma once
#include "models/peers.hpp"

namespace zenops {

std::unique_ptr<TorchPeer> make_torchs_peer(TorchWork work, std::span<const float* const> rows, size_t d,
                                            const Device& device);

}  // namespace zenops
