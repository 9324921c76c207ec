#include "runtime/gather.hpp"

#include <set>

namespace zenops {

std::vector<Ref> distinct(std::span<const Ref> refs) {
  std::set<std::string_view> seen;
  std::vector<Ref> out;
  for (const Ref& ref : refs)
    if (seen.insert(ref.name()).second) out.push_back(ref);
  return out;
}

}  // namespace zenops
