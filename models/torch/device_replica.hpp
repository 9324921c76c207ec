#pragma once
#include <memory>
#include <span>

#include "models/device.hpp"
#include "models/replica.hpp"

namespace zenops {

/// A replica whose network lives on another device than the processor: each gradient takes the weights and the batch there and
/// brings the gradient back (2 d floats; what is done with them stays the processor's and has its bits).
std::unique_ptr<Replica> make_device_replica(const ModelOptions& model, const Layout& layout, std::span<const float> weights,
                                             const Device& device);

/// The same, and nothing is recorded there.
std::unique_ptr<Replica> make_launching_replica(const ModelOptions& model, const Layout& layout,
                                                std::span<const float> weights, const Device& device);

}  // namespace zenops
