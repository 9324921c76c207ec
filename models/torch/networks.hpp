#pragma once
#include <functional>

#include "models/options.hpp"
#include "models/torch/pass.hpp"

namespace zenops {

/// The output of a network, (samples, classes), for its input (samples, channels, height, width).
using Forward = std::function<at::Tensor(Pass& net, const at::Tensor& input)>;

/// Requires a model of the catalogue whose parameters have their defaults. What it is made of:
/// models/architectures.hpp.
Forward forward_of(const ModelOptions& model);

}  // namespace zenops
