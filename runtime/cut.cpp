#include "runtime/cut.hpp"

#include <algorithm>

#include "runtime/traffic.hpp"

namespace zenops {

bool parted(const std::vector<Cut>& cuts, std::string_view from, std::string_view to) {
  if (of_the_runtime(from) || of_the_runtime(to)) return false;
  return std::ranges::any_of(cuts, [&](const Cut& cut) {
    return (cut.one.allows(from) && cut.other.allows(to)) || (cut.one.allows(to) && cut.other.allows(from));
  });
}

}  // namespace zenops
