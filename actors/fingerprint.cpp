#include "actors/fingerprint.hpp"

#include <bit>
#include <cstring>

namespace zenops {
namespace {

constexpr uint64_t kOdd = 0x9E3779B97F4A7C15u;

uint64_t mixed(uint64_t z) {
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;  // splitmix64's
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

}  // namespace

uint64_t fingerprint(std::span<const float> x, uint64_t seed) {
  constexpr size_t lanes = 8, step = 2 * lanes;  // so many products are under way at once
  uint64_t sums[lanes];
  for (size_t k = 0; k < lanes; ++k) sums[k] = mixed(seed + (k + 1) * kOdd);
  size_t at = 0;
  for (; at + step <= x.size(); at += step) {
    uint64_t words[lanes];
    std::memcpy(words, x.data() + at, sizeof words);
    for (size_t k = 0; k < lanes; ++k) sums[k] = std::rotl((sums[k] ^ words[k]) * kOdd, 29);
  }
  uint64_t out = mixed(seed ^ x.size());
  for (const uint64_t sum : sums) out = mixed(out ^ sum);
  for (; at < x.size(); ++at) out = mixed(out ^ std::bit_cast<uint32_t>(x[at]));
  return out;
}

}  // namespace zenops
