#include "aggregation/kernels/selection.hpp"

#include <algorithm>

namespace zenops {
namespace {

Order joined(const Order& x, const Order& y) {
  Order out = x;
  out.insert(out.end(), y.begin(), y.end());
  return out;
}

/// Writes the steps that sort wires.
class Builder {
 public:
  explicit Builder(Selection& out) : out_(out) {}

  /// The order of `count` wires from `first` on, once they are sorted.
  Order sorted(uint32_t first, uint32_t count) {
    if (count <= kSorted) {
      if (count > 0) out_.leaves.push_back({first, count});
      Order order = in_sequence(count);
      for (uint32_t& wire : order) wire += first;
      return order;
    }
    const uint32_t half = (count + 1) / 2;
    const Order x = sorted(first, half), y = sorted(first + half, count - half);
    return merged(x, y);
  }

  /// The `count` lowest or highest of two lists in order, on wires of their own.
  Order outermost(Leaf kind, const Order& x, const Order& y, size_t count) {
    const auto part = [&](const Order& all) {
      return kind == Leaf::lowest ? Order(all.begin(), all.begin() + count) : Order(all.end() - count, all.end());
    };
    Order to;
    for (size_t k = 0; k < count; ++k) to.push_back(static_cast<uint32_t>(out_.wires++));
    out_.steps.push_back({.merge = InRegisters{kind, joined(part(x), part(y)), to}});
    return to;
  }

 private:
  Order merged(const Order& x, const Order& y) {
    if (x.size() + y.size() <= kMerged) {
      const Order wires = joined(x, y);
      out_.steps.push_back({.merge = InRegisters{Leaf::merge, wires, wires}});
      return wires;
    }
    Merged layer = odd_even_layer(x, y, [this](const Order& a, const Order& b) { return merged(a, b); });
    out_.steps.push_back({.layer = std::move(layer.exchanges)});
    return std::move(layer.order);
  }

  Selection& out_;
};

std::vector<Kept> kept(const Order& a, const Order& b, size_t trim) {
  const size_t n = a.size() + b.size(), width = n - 2 * trim, alone = b.size() - trim;
  std::vector<Kept> out(width);
  if (width == 0) return out;
  for (size_t i = 0; i < n - trim; ++i) {
    Candidate candidate;
    if (i < alone)
      candidate.wire = b[b.size() - 1 - i];
    else if (i - alone < trim)
      candidate = {a[i - alone], b[trim - 1 - (i - alone)]};
    else
      candidate.wire = a[i - alone];
    out[i % width].push_back(candidate);
  }
  return out;
}

size_t operations_of(const std::vector<Kept>& values) {
  size_t out = 0;
  for (const Kept& value : values)
    out += value.size() - 1 + static_cast<size_t>(std::ranges::count_if(value, [](const Candidate& c) { return c.other.has_value(); }));
  return out;
}

}  // namespace

Selection selection(size_t rows, size_t trim, size_t drop) {
  Selection out{.rows = rows, .trim = trim, .drop = drop};
  Builder builder(out);
  const auto n = static_cast<uint32_t>(rows), half = (n + 1) / 2;
  if (2 * drop > rows || 2 * drop > kMerged) {
    out.order = builder.sorted(0, n);
    return out;
  }
  const Order a = builder.sorted(0, half), b = builder.sorted(half, n - half);
  out.kept = kept(a, b, trim);
  if (drop == 0) return out;
  if (drop != trim) out.surely_kept = kept(a, b, drop);
  out.lowest = builder.outermost(Leaf::lowest, a, b, drop);
  out.highest = builder.outermost(Leaf::highest, a, b, drop);
  return out;
}

size_t Selection::operations() const {
  size_t out = operations_of(kept) + operations_of(surely_kept);
  for (const SortingLeaf& l : leaves) out += leaf_operations(Leaf::sort, l.count);
  for (const SortingStep& step : steps)
    out += step.merge ? leaf_operations(step.merge->kind, step.merge->from.size()) : 2 * step.layer.size();
  return out;
}

}  // namespace zenops
