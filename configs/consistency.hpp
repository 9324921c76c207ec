#pragma once
#include "configs/reading.hpp"

namespace zenops {

/// What must hold between keys, of a config in which each value is right for itself; mistakes are added to `problems`.
void check_consistency(const Reading& reading, const Node& root, const Catalogue& catalogue, Problems& problems);

}  // namespace zenops
