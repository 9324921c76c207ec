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
  constexpr uint32_t tag = uint32_t{static_cast<uint8_t>(Role::validator)} << 24 | uint32_t{static_cast<uint8_t>(Purpose::subsample)} << 16;
  // The first `longer` stretches have one number more than the others: without the turn the same coordinates would always have the smaller
  // chance. No stretch has the turn's number.
  const Quad turns = philox(place.draw, {UINT32_MAX, set, place.part, tag});
  const size_t turn = (uint64_t{turns[0]} << 32 | turns[1]) % place.whole;
  const size_t length = place.whole / count, longer = place.whole % count;
  const auto begin = [&](size_t k) { return k * length + std::min(k, longer); };
  const size_t end_of_longer = longer * (length + 1);
  // Of the turned circle's numbers first … last − 1, the first of which is the segment's `before`-th.
  const auto collect = [&](size_t first, size_t last, size_t before) {
    size_t k = first < end_of_longer ? first / (length + 1) : longer + (first - end_of_longer) / length;
    for (; k < count && begin(k) < last; ++k) {
      const uint64_t stretch = begin(k + 1) - begin(k);
      const Quad words = philox(place.draw, {static_cast<uint32_t>(k), set, place.part, tag});
      const size_t at = begin(k) + static_cast<size_t>((words[0] * stretch) >> 32);
      if (at >= first && at < last) out.push_back(before + at - first);
    }
  };
  const size_t first = (place.at + turn) % place.whole, until_end = std::min(size, place.whole - first);
  collect(first, first + until_end, 0);
  if (until_end < size) collect(0, size - until_end, until_end);
  return out;
}

}  // namespace zenops
