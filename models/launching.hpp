#pragma once
#include <memory>

#include "models/replica.hpp"

namespace zenops {

/// A replica whose every launch on a GPU is asked for each time anew, where ReplicaFactory's are recorded and replayed:
/// what recording is measured against. Its results are the same. `factory` is that of the model, which is one of the
/// catalogue and no TorchScript file; throws as ReplicaFactory::make().
std::unique_ptr<Replica> make_launching_replica(const ModelOptions& model, const ReplicaFactory& factory,
                                                const Device& device);

}  // namespace zenops
