#pragma once
#include <vector>

#include "actors/options.hpp"
#include "actors/wire/collusion.capnp.h"
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

/// What a shard was told of how the run's workers compress their blocks, and where the numbers go.
struct Unpacking {
  CompressionOptions compression;
  Rows* rows = nullptr;  // not needed where nothing is compressed
};

/// Where foreign bytes become input: every check of a push or of pulled parameters stands here, and code behind the door
/// trusts what came through it.
namespace door {

/// A push to the shard that owns `range`, its compressed parts as the numbers that they stand for. Refuses: another round's
/// (stale); parts that are out of order, overlap, leave the shard, cut a block, are none of the sender's business or are encoded
/// otherwise than the run says, and encodings that contradict themselves (malformed); tensors that do not fit them (wrong_shape);
/// NaN and Inf (not_finite).
Expected<ShardRow> admit(const Msg<wire::Push>& push, uint32_t round, const Layout& layout, const ShardRange& range,
                         Sender sender, const Unpacking& unpacking = {});

/// The parameters of the shard that owns `range`.
Expected<Row> admit(const Msg<wire::Parameters>& parameters, const ShardRange& range);

/// What a liar is to send: (d). Whether its numbers are finite the shards find out.
Expected<Row> admit(const Msg<wire::Lie>& lie, const Layout& layout);

}  // namespace door
}  // namespace zenops
