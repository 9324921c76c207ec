#include "base/layout.hpp"

#include <algorithm>

namespace zenops {
namespace {

// Some 64 segments for a small model, so that shards and threads share it evenly; 2^16 floats each for a large one; and for
// a huge one longer again, so that tables per segment stay small.
size_t segment_length(size_t dimension) {
  static constexpr size_t grain = 1024, usual = size_t{1} << 16;
  auto rounded = [](size_t n) { return std::max(grain, (n + grain - 1) / grain * grain); };
  return std::max(std::min(rounded(dimension / 64), usual), rounded(dimension / 1000));
}

}  // namespace

Layout::Layout(std::vector<Block> blocks) : blocks_(std::move(blocks)) {
  for (auto& block : blocks_) {
    block.offset = dimension_;
    block.size = 1;
    for (int64_t n : block.shape) block.size *= static_cast<size_t>(n);
    dimension_ += block.size;
  }
  const size_t length = segment_length(dimension_);
  for (uint32_t b = 0; b < blocks_.size(); ++b) {
    for (size_t done = 0; done < blocks_[b].size; done += length) {
      segments_.push_back({b, blocks_[b].offset + done, std::min(length, blocks_[b].size - done)});
      longest_ = std::max(longest_, segments_.back().size);
    }
  }
}

bool Layout::has(Exchange exchange) const {
  return std::any_of(blocks_.begin(), blocks_.end(), [&](const Block& b) { return b.exchange == exchange; });
}

ShardRange Layout::shard(uint32_t shard, uint32_t count) const {
  // Cut k is after the segment whose middle is the last before k/count of the floats.
  auto cut = [&](uint32_t k) {
    const auto at = std::partition_point(segments_.begin(), segments_.end(), [&](const Segment& s) {
      return static_cast<double>(s.offset) + static_cast<double>(s.size) / 2 <
             static_cast<double>(dimension_) * k / count;
    });
    return static_cast<uint32_t>(at - segments_.begin());
  };
  const uint32_t first = shard == 0 ? 0 : cut(shard);
  const uint32_t last = shard + 1 == count ? static_cast<uint32_t>(segments_.size()) : cut(shard + 1);
  auto offset = [&](uint32_t s) { return s < segments_.size() ? segments_[s].offset : dimension_; };
  return {first, last, offset(first), offset(last) - offset(first)};
}

}  // namespace zenops
