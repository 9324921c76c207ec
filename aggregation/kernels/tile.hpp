#pragma once
#include <hwy/aligned_allocator.h>

#include <utility>

#include "aggregation/kernels/selection.hpp"

namespace zenops {

/// The most coordinates of a tile.
inline constexpr size_t kWidest = 512;

/// The coordinates of a tile of so many rows. Up to 64 its wires nearly fit into the nearest cache; of more they do
/// not, and the memory likes long stretches better; of very many those would leave the second cache. As measured on
/// Zen 4.
constexpr size_t tile_width(size_t rows) { return rows > 64 && rows <= 128 ? kWidest : kWidest / 4; }

/// Wires lie an odd number of cache lines apart, or else a few sets of the cache would have to hold them all.
inline constexpr size_t kSkew = 16;

/// Coordinates of a tile that are merged and added up together, once all are sorted: their values come into the nearest
/// cache once.
inline constexpr size_t kPart = 64;

/// At how many places between its exchanges a kernel asks the memory for what comes next.
constexpr size_t places_to_ask(Leaf kind, size_t wires) { return kind == Leaf::sort ? wires : wires / 2; }

/// A selection with room for its wires, width() coordinates at a time.
class Tile {
 public:
  struct Sorting {
    uint32_t first, count;
    size_t ahead;  // where its places to ask begin
  };
  struct Step {
    Leaf kind = {};
    std::vector<float*> from = {}, to = {};
    std::vector<std::pair<float*, float*>> layer = {};  // unless empty, instead of the above
    size_t ahead = 0;                                   // as a sorting's
  };
  struct Pick {
    const float* wire;
    const float* other;  // or null
    bool last;           // of the candidates for one value
  };

  explicit Tile(const Selection& selection);
  size_t rows() const { return rows_; }
  size_t trim() const { return trim_; }
  size_t drop() const { return drop_; }
  size_t width() const { return width_; }
  /// Where a wire begins.
  float* at(size_t wire) const { return floats_.get() + wire * (width_ + kSkew); }
  const std::vector<Sorting>& leaves() const { return leaves_; }
  const std::vector<Step>& steps() const { return steps_; }
  const std::vector<Pick>& kept() const { return kept_; }
  const std::vector<Pick>& surely_kept() const { return surely_kept_; }
  const std::vector<float*>& lowest() const { return lowest_; }
  const std::vector<float*>& highest() const { return highest_; }
  const std::vector<float*>& order() const { return order_; }
  /// For each place at which a kernel may ask the memory, the row that it asks for, if any. Each row is asked for once.
  /// A kernel asks for its share of the rows by how long it takes: so the memory works all the time, and never has more
  /// to do than it can.
  const std::vector<std::optional<uint32_t>>& ahead() const { return ahead_; }

 private:
  class Asking;
  std::vector<float*> at(const Order& wires) const;
  std::vector<Pick> picks(const std::vector<Kept>& values) const;

  size_t rows_, trim_, drop_, width_;
  hwy::AlignedFreeUniquePtr<float[]> floats_;
  std::vector<Sorting> leaves_;
  std::vector<Step> steps_;
  std::vector<std::optional<uint32_t>> ahead_;
  std::vector<Pick> kept_, surely_kept_;
  std::vector<float*> lowest_, highest_, order_;
};

}  // namespace zenops
