#include "aggregation/draws.hpp"

#include <algorithm>

#include "base/philox.hpp"

namespace zenops {

uint64_t draw_of(uint64_t seed, uint32_t group, uint32_t step) {
  Stream stream({.seed = seed, .role = Role::validator, .index = group, .purpose = Purpose::partition, .step = step});
  const uint64_t high = stream.word();
  return high << 32 | stream.word();
}

std::vector<size_t> drawn(const Place& place, size_t size, uint32_t set, size_t count) {
  std::vector<size_t> out;
  count = std::min(count, place.whole);
  if (count == 0 || size == 0) return out;
  // The first `longer` stretches have one number more than the others.
  const size_t length = place.whole / count, longer = place.whole % count;
  const auto begin = [&](size_t k) { return k * length + std::min(k, longer); };
  const size_t end_of_longer = longer * (length + 1);
  size_t k = place.at < end_of_longer ? place.at / (length + 1) : longer + (place.at - end_of_longer) / length;
  for (; k < count && begin(k) < place.at + size; ++k) {
    const uint64_t stretch = begin(k + 1) - begin(k);
    constexpr uint32_t tag = uint32_t{static_cast<uint8_t>(Role::validator)} << 24 | uint32_t{static_cast<uint8_t>(Purpose::subsample)} << 16;
    const Quad words = philox(place.draw, {static_cast<uint32_t>(k), set, place.part, tag});
    const size_t coordinate = begin(k) + static_cast<size_t>((words[0] * stretch) >> 32);
    if (coordinate >= place.at && coordinate < place.at + size) out.push_back(coordinate - place.at);
  }
  return out;
}

}  // namespace zenops
