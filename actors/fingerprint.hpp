#pragma once
#include <cstdint>
#include <span>

namespace zenops {

/// 64 bits that tell float vectors apart which were meant to be equal; at the speed of memory. It finds mistakes, and
/// is no proof against somebody who looks for another vector with the same bits.
uint64_t fingerprint(std::span<const float> x, uint64_t seed);

}  // namespace zenops
