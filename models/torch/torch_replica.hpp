#pragma once
#include <memory>
#include <span>

#include "models/replica.hpp"

namespace zenops {

std::unique_ptr<Replica> make_torch_replica(const ModelOptions& model, const Layout& layout,
                                            std::span<const float> weights);

}  // namespace zenops
