#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "actors/options.hpp"
#include "actors/wire/door.hpp"
#include "aggregation/accelerator.hpp"
#include "aggregation/plan.hpp"
#include "aggregation/server_optimizer.hpp"
#include "base/layout.hpp"
#include "base/rows.hpp"

namespace zenops {

/// A group's rows and what shall become of them.
struct GroupPlan {
  std::vector<ShardRow> rows;  // those that enter, in the plan's order
  std::vector<BlockPlan> blocks;
  float share = 1;     // of what they become, in the new parameters
  ShardRow trusted;    // empty: it did not come
  Row previous, next;  // empty where the rule does not need them
  std::vector<Row> sums = {}, next_sums = {};  // of each row's sender, without and with its row, the first empty where there was none;
                                               // none where the rule does not need them
  Row base;            // where the sender of a single row began; for plans that go toward it
  std::shared_ptr<const Workspaces> workspaces = {};  // of the rows, by the shard's segments; null: the processor combines them
};

/// Where a segment stays at an accelerator from round to round, and which of its versions is made of which.
struct Dwelling {
  Residence* at = nullptr;  // null: nowhere
  uint64_t before = 0, after = 0;
  bool away = false;  // what the optimizer remembers of the version before is there only
};

/// One segment of the new parameters, in the making.
struct Making {
  Segment segment;
  Exchange exchange;
  uint32_t index;  // among the shard's segments
  size_t offset;   // of the segment, in the shard's floats
  std::span<const float> before;
  std::span<float> out;
  float scale = 1;                             // of rows
  const ServerOptimizer* optimizer = nullptr;  // null: what the rules made is added
  std::array<std::span<const float>, ServerOptimizer::most_moments> moments_before = {};
  ServerOptimizer::Moments moments = {};
  Dwelling dwelling = {};
};

/// What has become of a segment.
enum class Made {
  here,
  away,    // `moments` is at its Residence, as the version after, and here nothing has been written there
  nowhere  // it was to begin from a version that has gone: whoever wanted it has begun something else since
};

/// Writes the segment: into `out`, into `moments` and into what the groups remember (next, next_sums). Segments may be made at the same
/// time, of the same groups; nothing of a row's length is made but by an accelerator. O(rows × size).
Made make_segment(std::vector<GroupPlan>& groups, Across across, const Making& making);

}  // namespace zenops
