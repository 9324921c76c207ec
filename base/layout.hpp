#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace zenops {

/// What of a block travels in a round.
enum class Exchange : uint8_t {
  judged,   // everybody's change of it, combined by the rule
  trusted,  // the validators' change alone
  none,     // whoever trains keeps its own
};

/// One tensor of the model: the unit in which Zeno-PS attacks, skips and judges (its "layer").
struct Block {
  std::string name;
  std::vector<int64_t> shape;
  bool buffer = false;  // a statistic that a forward pass moves, such as a batch norm's running mean: it has no gradient
  Exchange exchange = Exchange::judged;
  size_t offset = 0, size = 0;  // in floats, in the flat vector
  bool operator==(const Block&) const = default;
};

/// A piece of a block: the unit in which partial results are kept, added and moved.
struct Segment {
  uint32_t block;
  size_t offset, size;  // in floats, in the flat vector
};

/// Consecutive segments, and the floats they cover: what one shard owns.
struct ShardRange {
  uint32_t first, last;  // segments [first, last)
  size_t offset, size;   // floats [offset, offset + size)
};

/// How the flat vector of d parameters is made of blocks and segments. Segments depend on the layout alone, so that every sum
/// kept per segment and added in their order has the same bits for any number of shards, threads and processes.
class Layout {
 public:
  Layout() = default;
  /// Blocks in their order; offsets and sizes are computed from the shapes.
  explicit Layout(std::vector<Block> blocks);

  size_t dimension() const { return dimension_; }
  const std::vector<Block>& blocks() const { return blocks_; }
  const std::vector<Segment>& segments() const { return segments_; }
  /// Whether a block's exchange is this one.
  bool has(Exchange exchange) const;
  size_t longest_segment() const { return longest_; }
  /// The segments of shard `shard` of `count`, cut where the floats are most evenly shared. With more shards than segments
  /// some own none.
  ShardRange shard(uint32_t shard, uint32_t count) const;

 private:
  std::vector<Block> blocks_;
  std::vector<Segment> segments_;
  size_t dimension_ = 0, longest_ = 0;
};

}  // namespace zenops
