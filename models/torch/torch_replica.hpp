#pragma once
#include <memory>
#include <span>

#include "models/device.hpp"
#include "models/replica.hpp"

namespace zenops {

std::unique_ptr<Replica> make_torch_replica(const ModelOptions& model, const Layout& layout, std::span<const float> weights,
                                            const Device& device);

}  // namespace zenops
