#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/actor_state.hpp"
#include "actors/reputation.hpp"
#include "actors/training.hpp"
#include "base/layout.hpp"

namespace zenops {

/// Everything that decides the bits of the rounds after one: with it a run goes on as if it had never been interrupted.
/// It speaks of the whole vector, so that there may be another number of shards.
struct Snapshot {
  uint32_t round = 0;                             // that made the parameters
  std::map<std::string, std::vector<Row>> model;  // of the shards: name → parts one after the other
  std::map<std::string, ActorState> trainees;     // "worker/3", "validator/0"; who is not in it begins afresh
  float lr = 0;                                   // and what else the operator has said
  std::map<uint32_t, AttackOptions> attacks;
  std::optional<RuleChoice> rule = {};  // null: the configuration's
  std::set<uint32_t> idle;  // workers for whom nobody waited
  Tally tally;              // until then
  double wall_seconds = 0, compute_seconds = 0;
  Reputation::Memory reputation = {};
};

/// What the shard of that range has in it.
ActorState state_of_shard(const Snapshot& snapshot, const ShardRange& range);
/// Why it is not one of a model with so many parameters, if it is not.
std::optional<std::string> objection(const Snapshot& snapshot, size_t dimension);

}  // namespace zenops
