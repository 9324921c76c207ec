#pragma once
#include <optional>
#include <vector>

#include "actors/options.hpp"
#include "actors/wire/survival.capnp.h"
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

/// The answer to a Recall; empty: it is not here.
Envelope recalled(uint32_t ticket, const Row& part);

/// The attack that a SetAttack carries; and a SetAttack of it.
AttackOptions attack_of(wire::SetAttack::Reader change);
void write(uint32_t worker, const AttackOptions& attack, wire::SetAttack::Builder out);

/// The same of a rule.
RuleChoice rule_of(wire::SetRule::Reader change);
void write(const RuleChoice& choice, wire::SetRule::Builder out);
/// The rule that a message may carry (Open, Measured, Restore).
template <class Reader>
std::optional<RuleChoice> rule_in(Reader message) {
  return message.hasRule() ? std::optional(rule_of(message.getRule())) : std::nullopt;
}

}  // namespace zenops
