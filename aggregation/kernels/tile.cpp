#include "aggregation/kernels/tile.hpp"

#include <algorithm>

namespace zenops {

/// Shares the rows out among the places to ask.
class Tile::Asking {
 public:
  Asking(const Selection& selection, std::vector<std::optional<uint32_t>>& places)
      : rows_(selection.rows), places_(places) {
    for (const SortingLeaf& l : selection.leaves) all_ += leaf_operations(Leaf::sort, l.count);
    for (const SortingStep& step : selection.steps)
      if (step.merge) all_ += leaf_operations(step.merge->kind, step.merge->from.size());
  }

  /// Adds a kernel's places and says where they begin.
  size_t share(Leaf kind, size_t wires) {
    const size_t first = places_.size(), places = places_to_ask(kind, wires);
    done_ += leaf_operations(kind, wires);
    const size_t until = all_ > 0 ? (rows_ * done_ + all_ - 1) / all_ : rows_;
    const size_t wanted = std::min(places, until - asked_);
    for (size_t k = 0; k < places; ++k) {
      const bool asks = (k + 1) * wanted / places > k * wanted / places;
      places_.push_back(asks ? std::optional(static_cast<uint32_t>(asked_++)) : std::nullopt);
    }
    return first;
  }

 private:
  size_t rows_, all_ = 0, done_ = 0, asked_ = 0;
  std::vector<std::optional<uint32_t>>& places_;
};

Tile::Tile(const Selection& selection)
    : rows_(selection.rows),
      trim_(selection.trim),
      drop_(selection.drop),
      width_(tile_width(selection.rows)),
      floats_(hwy::AllocateAligned<float>(selection.wires * (width_ + kSkew))) {
  Asking asking(selection, ahead_);
  for (const auto& [first, count] : selection.leaves)
    leaves_.push_back({first, count, asking.share(Leaf::sort, count)});
  for (const auto& [merge, layer] : selection.steps) {
    Step& step = steps_.emplace_back();
    if (merge) step = {merge->kind, at(merge->from), at(merge->to), {}, asking.share(merge->kind, merge->from.size())};
    for (const auto& [low, high] : layer) step.layer.emplace_back(at(low), at(high));
  }
  kept_ = picks(selection.kept);
  surely_kept_ = picks(selection.surely_kept);
  lowest_ = at(selection.lowest);
  highest_ = at(selection.highest);
  order_ = at(selection.order);
}

std::vector<float*> Tile::at(const Order& wires) const {
  std::vector<float*> out;
  for (const uint32_t wire : wires) out.push_back(at(wire));
  return out;
}

std::vector<Tile::Pick> Tile::picks(const std::vector<Kept>& values) const {
  std::vector<Pick> out;
  for (const Kept& candidates : values) {
    for (const Candidate& c : candidates) out.push_back({at(c.wire), c.other ? at(*c.other) : nullptr, false});
    out.back().last = true;
  }
  return out;
}

}  // namespace zenops
