#include "base/expected.hpp"

namespace zenops {

std::string_view to_string(Ec code) {
  switch (code) {
    case Ec::malformed: return "malformed";
    case Ec::wrong_shape: return "wrong shape";
    case Ec::not_finite: return "not finite";
    case Ec::stranger: return "stranger";
    case Ec::stale: return "stale";
    case Ec::duplicate: return "duplicate";
    case Ec::late: return "late";
    case Ec::timeout: return "timeout";
    case Ec::unreachable: return "unreachable";
    case Ec::unexpected: return "unexpected";
    case Ec::failed: return "failed";
  }
  return "unknown";
}

}  // namespace zenops
