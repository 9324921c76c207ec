#pragma once
#include <memory>
#include <span>
#include <string_view>

#include "models/replica.hpp"

namespace zenops {

std::unique_ptr<Replica> make_torch_replica(std::string_view model, const Layout& layout,
                                            std::span<const float> weights);

}  // namespace zenops
