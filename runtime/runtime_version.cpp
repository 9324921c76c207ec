#include "runtime/runtime_version.hpp"

namespace zenops {

std::string runtime_version() { return std::string("zenops runtime ") + ZENOPS_RUNTIME_VERSION; }

}  // namespace zenops
