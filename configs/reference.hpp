#pragma once
#include <string>

#include "actors/catalogue.hpp"

namespace zenops {

/// The page that explains every key, in Markdown: docs/configuration.md is this.
std::string configuration_reference(const Catalogue& catalogue);
/// The keys as one line of JSON.
std::string configuration_json(const Catalogue& catalogue);

}  // namespace zenops
