#pragma once
#include <ATen/core/Tensor.h>

#include <span>
#include <string_view>

namespace zenops {

/// The output of a network, (samples, classes), given its parameters in the order of the catalogue's layout and its
/// input, (samples, channels, height, width) in any memory format.
using Forward = at::Tensor (*)(std::span<const at::Tensor> parameters, const at::Tensor& input);

/// Requires a model of the catalogue.
Forward forward_of(std::string_view model);

}  // namespace zenops
