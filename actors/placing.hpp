#pragma once
#include "actors/options.hpp"
#include "runtime/placer.hpp"

namespace zenops {

/// Where the actors of a run would go: shards, then the scheduler, the evaluator and the adversary, if there is one, beside the first of them,
/// validators, workers; or in another order of the roles when that is the only one in which they find room. Nothing is
/// reserved. All of them or none, and a sentence about who lacks what.
Expected<std::vector<Assigned>> place(const TrainingOptions& options, const std::vector<Room>& nodes);

/// What each actor of that role is given.
Resources needs(const RoleOptions& role);

}  // namespace zenops
