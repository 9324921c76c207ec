#pragma once
#include <string>
#include <vector>

#include "aggregation/conformance/conformance.hpp"

namespace zenops {

/// The table of rules × inputs: for people, as a JSON object, and as the page docs/conformance.md.
std::string conformance_text(const std::vector<ConformanceCell>& cells);
std::string conformance_json(const std::vector<ConformanceCell>& cells);
std::string conformance_page(const std::vector<ConformanceCell>& cells);

/// Whether every cell is as it must be.
bool conforms(const std::vector<ConformanceCell>& cells);

}  // namespace zenops
