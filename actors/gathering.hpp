#pragma once
#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "base/rows.hpp"

namespace zenops {

/// One version of the parameters, as its parts come from the shards.
class Gathering {
 public:
  explicit Gathering(uint32_t shards) : parts_(shards), came_(shards) {}
  /// Forgets what came and waits for this version.
  void begin(uint32_t version) {
    version_ = version;
    came_.assign(came_.size(), false);
    left_ = came_.size();
  }
  /// Waits for nothing: no part that still comes completes a version.
  void end() { came_.assign(came_.size(), true); }
  /// Whether this part completes the version. Other versions and second answers change nothing.
  bool offer(uint32_t version, uint32_t shard, Row part) {
    if (version != version_ || shard >= came_.size() || came_[shard]) return false;
    came_[shard] = true;
    parts_[shard] = std::move(part);
    return --left_ == 0;
  }
  /// In the shards' order; given away.
  std::vector<Row> take() { return std::exchange(parts_, std::vector<Row>(came_.size())); }

 private:
  uint32_t version_ = 0;
  size_t left_ = 0;
  std::vector<Row> parts_;
  std::vector<bool> came_;
};

/// The parts one after the other.
inline void copy_parts(std::span<const Row> parts, std::span<float> out) {
  for (const Row& part : parts) {
    std::ranges::copy(part.view(), out.begin());
    out = out.subspan(part.size());
  }
}

}  // namespace zenops
