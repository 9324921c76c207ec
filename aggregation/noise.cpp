#include <cmath>
#include <numbers>

#include "aggregation/plan.hpp"
#include "base/philox.hpp"

namespace zenops {

// Box and Muller 1958, as Stream::normal(): each four words are four numbers.
float noise_at(uint64_t draw, size_t at) {
  constexpr uint32_t tag = uint32_t{static_cast<uint8_t>(Role::validator)} << 24 | uint32_t{static_cast<uint8_t>(Purpose::noise)} << 16;
  const uint64_t quad = at / 4;
  const Quad words = philox(draw, {static_cast<uint32_t>(quad), static_cast<uint32_t>(quad >> 32), 0, tag});
  const size_t pair = at % 4 / 2 * 2;
  const double radius = std::sqrt(-2 * std::log((words[pair] + 1.0) * 0x1p-32));
  const double angle = 2 * std::numbers::pi * words[pair + 1] * 0x1p-32;
  return static_cast<float>(radius * (at % 2 == 0 ? std::cos(angle) : std::sin(angle)));
}

}  // namespace zenops
