#pragma once
#include <vector>

#include "actors/options.hpp"
#include "actors/wire/training.capnp.h"
#include "base/layout.hpp"
#include "runtime/envelope.hpp"

namespace zenops {

/// The name of the k-th of a kind: "worker/3"; and back: 3 (undefined for other names).
std::string nth(std::string_view kind, uint32_t k);
uint32_t index_of(std::string_view name);

/// A push of `update` (d) to the shard that owns `range`: the blocks for which `sent` holds, in runs as long as possible, of which
/// the rows are slices of `update`; those that were compressed each by itself and encoded.
Envelope push_to(const ShardRange& range, uint32_t round, const Layout& layout, const Row& update,
                 const std::vector<bool>& sent, const CompressionOptions& compression = {});

/// The attack that a SetAttack carries.
AttackOptions attack_of(wire::SetAttack::Reader change);

}  // namespace zenops
