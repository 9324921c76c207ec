#pragma once
#include <span>
#include <string>

#include "base/philox.hpp"

namespace zenops {

/// `whole` with one to four wounds drawn from the seed: another byte, a cut, a gap, or one of the splices put in.
inline std::string damaged(std::string whole, std::span<const std::string> splices, uint32_t seed) {
  Stream random({seed, Role::data, 0, Purpose::noise});
  for (uint32_t i = 0, count = 1 + random.below(4); i < count && !whole.empty(); ++i) {
    const uint32_t at = random.below(static_cast<uint32_t>(whole.size()));
    switch (random.below(4)) {
      case 0:
        whole[at] = static_cast<char>(random.word());
        break;
      case 1:
        whole.resize(at);
        break;
      case 2:
        whole.erase(at, 1 + random.below(3));
        break;
      default:
        whole.insert(at, splices[random.below(static_cast<uint32_t>(splices.size()))]);
    }
  }
  return whole;
}

}  // namespace zenops
