#pragma once
#include <memory>

#include "base/layout.hpp"
#include "models/device.hpp"
#include "models/joint_replica.hpp"
#include "models/options.hpp"

namespace zenops {

/// For groups of up to `most` batches. Requires a model of the catalogue that is no TorchScript file.
std::unique_ptr<JointReplica> make_torch_joint_replica(const ModelOptions& model, const Layout& layout, size_t most, const Device& device);

}  // namespace zenops
