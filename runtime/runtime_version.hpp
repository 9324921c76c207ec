#pragma once
#include <string>

namespace zenops {

/// "zenops runtime 0.1.0 1f00ab34": the release, and a hash of the schemas by which processes understand each other.
std::string runtime_version();

}  // namespace zenops
