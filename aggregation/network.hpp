#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace zenops {

/// A compare-exchange: afterwards wire `low` holds the smaller of the two values and wire `high` the larger.
struct Comparator {
  uint32_t low, high;
  bool operator==(const Comparator&) const = default;
};

/// Calls visit(low, high) for the compare-exchanges that sort `wires` values, so that wire r ends with rank r, given
/// that the wires that are congruent modulo `stride` are in order already. stride is a power of two: 1 visits nothing,
/// bit_ceil(wires) sorts from scratch. Batcher's odd-even merge for any number of wires, O(wires log² wires) (Batcher
/// 1968; Knuth, The Art of Computer Programming 3, 5.2.2, Algorithm M).
template <class Visit>
constexpr void merge_exchange(size_t wires, size_t stride, Visit visit) {
  for (size_t p = stride / 2; p > 0; p /= 2) {
    size_t q = std::bit_ceil(wires) / 2, r = 0, distance = p;
    while (true) {
      for (size_t i = 0; i + distance < wires; ++i)
        if ((i & p) == r) visit(static_cast<uint32_t>(i), static_cast<uint32_t>(i + distance));
      if (q == p) break;
      distance = q - p;
      q /= 2;
      r = p;
    }
  }
}

/// How many compare-exchanges sort `wires` values.
constexpr size_t sorting_size(size_t wires) {
  size_t size = 0;
  merge_exchange(wires, std::bit_ceil(wires), [&](uint32_t, uint32_t) { ++size; });
  return size;
}

/// The network that sorts `wires` values, for kernels that keep the wires in registers.
template <size_t wires>
inline constexpr auto sorting_network = [] {
  std::array<Comparator, sorting_size(wires)> network{};
  size_t next = 0;
  merge_exchange(wires, std::bit_ceil(wires), [&](uint32_t low, uint32_t high) { network[next++] = {low, high}; });
  return network;
}();

/// What becomes of the value that ends on a wire.
enum class Use : uint8_t {
  dropped,  // nobody reads it
  summed,   // it is added to the others that are summed: any order among them will do
  exact,    // its own value matters
};

/// The exchanges of `network` that `uses` (one per wire) needs: walking back from the last, one whose two wires are
/// both dropped or both summed decides nothing.
constexpr std::vector<Comparator> pruned(std::span<const Comparator> network, std::vector<Use> uses) {
  std::vector<Comparator> kept;
  for (size_t i = network.size(); i-- > 0;) {
    const auto [low, high] = network[i];
    if (uses[low] == uses[high] && uses[low] != Use::exact) continue;
    uses[low] = uses[high] = Use::exact;
    kept.push_back(network[i]);
  }
  return {kept.rbegin(), kept.rend()};
}

}  // namespace zenops
