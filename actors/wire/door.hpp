#pragma once
#include <vector>

#include "actors/wire/training.capnp.h"
#include "base/layout.hpp"
#include "runtime/message.hpp"

namespace zenops {

/// One row, as one shard holds it.
struct ShardRow {
  std::vector<const float*> segments;  // by the shard's segments; null: a row of zeros
  std::vector<bool> blocks;            // by the model's blocks: which were sent to this shard
  std::vector<Row> rows;               // keep what `segments` points to
};

/// Who pushes: workers send what is judged and no other block.
enum class Sender { worker, validator };

/// Where foreign bytes become input: every check of a push or of pulled parameters stands here, and code behind the door
/// trusts what came through it.
namespace door {

/// A push to the shard that owns `range`. Refuses: another round's (stale); parts that are out of order, overlap, leave the
/// shard, cut a block or are none of the sender's business (malformed); tensors that do not fit them (wrong_shape); NaN and
/// Inf (not_finite).
Expected<ShardRow> admit(const Msg<wire::Push>& push, uint32_t round, const Layout& layout, const ShardRange& range,
                         Sender sender);

/// The parameters of the shard that owns `range`.
Expected<Row> admit(const Msg<wire::Parameters>& parameters, const ShardRange& range);

}  // namespace door
}  // namespace zenops
