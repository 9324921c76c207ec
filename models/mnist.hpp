#pragma once
#include <filesystem>
#include <string>

#include "models/dataset.hpp"

namespace zenops {

/// MNIST, or what comes in its four files: ten classes of one-channel images. Throws UserError (bad_data) naming the
/// file and what is wrong with it, and repeating `how_to_get` when it is not there.
Dataset load_mnist(const std::filesystem::path& folder, const std::string& how_to_get, float mean, float deviation);

}  // namespace zenops
