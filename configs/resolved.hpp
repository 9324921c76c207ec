#pragma once
#include <string>

#include "configs/config.hpp"

namespace zenops {

/// Every key with its value, as YAML that resolves to the same config.
std::string to_yaml(const Config& config, const Catalogue& catalogue);
/// The same as one line of JSON.
std::string to_json(const Config& config, const Catalogue& catalogue);

}  // namespace zenops
