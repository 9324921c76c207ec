#pragma once
#include <filesystem>
#include <vector>

#include "base/layout.hpp"

namespace zenops {

/// The weights of a model from a safetensors file, or from weights.safetensors in a run's folder: flat, in the layout's
/// order. Tensors are found by their names, whatever their order; floats of every width are taken. Throws UserError
/// (bad_data) naming the file and every tensor that is missing, is one too many, has another shape or dtype, or is not
/// finite.
std::vector<float> load_weights(const std::filesystem::path& path, const Layout& layout);

}  // namespace zenops
