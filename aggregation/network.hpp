#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace zenops {

/// A compare-exchange: afterwards wire `low` holds the smaller of the two values and wire `high` the larger.
struct Comparator {
  uint32_t low, high;
  bool operator==(const Comparator&) const = default;
};

/// Which wire each rank ends on.
using Order = std::vector<uint32_t>;

/// A network and where it leaves the ranks.
struct Merged {
  std::vector<Comparator> exchanges = {};  // in their order
  Order order = {};  // of all wires
};

namespace detail {

/// Every second wire, from `first` on.
constexpr Order every_second(std::span<const uint32_t> wires, size_t first) {
  Order out;
  for (size_t i = first; i < wires.size(); i += 2) out.push_back(wires[i]);
  return out;
}

}  // namespace detail

/// Merges the two lists of wires x and y, each in order, with the help of merge_parts(x', y'), which merges smaller ones and gives
/// their order: every second of both, the others, and one layer of exchanges between the two (Batcher 1968).
template <class MergeParts>
constexpr Merged odd_even_layer(std::span<const uint32_t> x, std::span<const uint32_t> y, MergeParts merge_parts) {
  using detail::every_second;
  const Order d = merge_parts(every_second(x, 0), every_second(y, 0)), e = merge_parts(every_second(x, 1), every_second(y, 1));
  Merged out;
  out.order.push_back(d[0]);
  for (size_t i = 0; i < e.size() || i + 1 < d.size(); ++i) {
    if (i < e.size() && i + 1 < d.size()) out.exchanges.push_back({e[i], d[i + 1]});
    if (i < e.size()) out.order.push_back(e[i]);
    if (i + 1 < d.size()) out.order.push_back(d[i + 1]);
  }
  return out;
}

/// Calls visit(comparator) for what merges two lists of wires that are each in order, and gives the order of all. O(n log n)
/// exchanges: Batcher's odd-even merge for any two numbers of wires.
template <class Visit>
constexpr Order odd_even_merge(std::span<const uint32_t> x, std::span<const uint32_t> y, Visit visit) {
  if (x.empty()) return Order(y.begin(), y.end());
  if (y.empty()) return Order(x.begin(), x.end());
  if (x.size() == 1 && y.size() == 1) {
    visit(Comparator{x[0], y[0]});
    return {x[0], y[0]};
  }
  const Merged layer = odd_even_layer(x, y, [&](const Order& a, const Order& b) { return odd_even_merge(a, b, visit); });
  for (const Comparator& c : layer.exchanges) visit(c);
  return layer.order;
}

/// The same for what sorts wires that are in no order. O(n log² n) exchanges.
template <class Visit>
constexpr Order odd_even_sort(std::span<const uint32_t> wires, Visit visit) {
  if (wires.size() == 1) return {wires[0]};
  const size_t half = (wires.size() + 1) / 2;
  const Order x = odd_even_sort(wires.first(half), visit), y = odd_even_sort(wires.subspan(half), visit);
  return odd_even_merge(x, y, visit);
}

/// 0, 1, … size − 1.
constexpr Order in_sequence(size_t size) {
  Order out;
  for (uint32_t k = 0; k < size; ++k) out.push_back(k);
  return out;
}

/// What is done to wires that a kernel keeps in registers.
enum class Leaf {
  sort,     // brings them in order
  merge,    // the first half of them, rounded up, is in order and so is the rest: brings all in order
  lowest,   // the same for the lower half of the ranks alone
  highest,  // and for the upper half
};

/// How many ranks are wanted, and the first of them; wires in pairs where only half are.
constexpr size_t wanted(Leaf kind, size_t wires) { return kind == Leaf::sort || kind == Leaf::merge ? wires : wires / 2; }
constexpr size_t first_wanted(Leaf kind, size_t wires) { return kind == Leaf::highest ? wires / 2 : 0; }

template <class Visit>
constexpr Order leaf(Leaf kind, size_t wires, Visit visit) {
  const Order all = in_sequence(wires);
  if (kind == Leaf::sort) return odd_even_sort(all, visit);
  const size_t half = (wires + 1) / 2;
  return odd_even_merge(std::span(all).first(half), std::span(all).subspan(half), visit);
}

/// How many compare-exchanges that takes, if all ranks are wanted.
constexpr size_t leaf_size(Leaf kind, size_t wires) {
  size_t size = 0;
  const Order order = leaf(kind, wires, [&](Comparator) { ++size; });
  return size;
}

/// The network for it, and the wire of each rank, at compile time.
template <Leaf kind, size_t wires>
inline constexpr auto leaf_network = [] {
  std::pair<std::array<Comparator, leaf_size(kind, wires)>, std::array<uint32_t, wires>> out{};
  size_t next = 0;
  const Order order = leaf(kind, wires, [&](Comparator c) { out.first[next++] = c; });
  for (size_t r = 0; r < wires; ++r) out.second[r] = order[r];
  return out;
}();

/// Minima and maxima that it takes: those whose result reaches a rank that is wanted.
constexpr size_t leaf_operations(Leaf kind, size_t wires) {
  std::vector<Comparator> network;
  const Order order = leaf(kind, wires, [&](Comparator c) { network.push_back(c); });
  std::vector<bool> read(wires);
  for (size_t r = 0; r < wanted(kind, wires); ++r) read[order[first_wanted(kind, wires) + r]] = true;
  size_t operations = 0;
  for (size_t k = network.size(); k-- > 0;) {
    const auto [low, high] = network[k];
    operations += read[low] + read[high];
    read[low] = read[high] = read[low] || read[high];
  }
  return operations;
}

}  // namespace zenops
