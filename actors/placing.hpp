#pragma once
#include "actors/options.hpp"
#include "runtime/placer.hpp"

namespace zenops {

/// Where the actors of a run would go: shards, then the scheduler, the evaluator and the adversary, if there is one, beside the first of them,
/// validators, workers; or in another order of the roles when that is the only one in which they find room. Nothing is
/// reserved. Workers that share a process are together, and what it is given stands with the first of them. All of them or none, and a
/// sentence about who lacks what.
Expected<std::vector<Assigned>> place(const TrainingOptions& options, const std::vector<Room>& nodes);

/// The GPUs of this machine that a run in one process has (isolation: thread): everybody shares them, so that they are as many as whoever
/// needs most does. None when nobody asks for any; an error says what is missing, or which pins such a run cannot follow.
Expected<std::vector<int>> gpus_of_one_process(const TrainingOptions& options, const NodeSpec& here);

/// Whether anybody's local steps are to run on a GPU.
bool asks_for_gpus(const PlacementOptions& placement);
/// Whether any process is to be given a GPU, for those or for a shard's rows.
bool gives_gpus(const PlacementOptions& placement);
/// What the user can do when GPUs are what was missing, to be added to the sentence; else empty.
std::string advice(const Error& refusal, const PlacementOptions& placement);

/// Workers that share a process, by the process: the first of them and how many they are.
struct Sharing {
  uint32_t first, count;
};
Sharing sharing(uint32_t worker, const ClusterOptions& cluster);

/// Where that actor is to be: what is said of it and of those who share its process, the first of them before the others.
Pin pin_of(const TrainingOptions& options, const std::string& name);

/// What that actor is given: what those of its role are, and the GPU to which it is pinned.
Resources needs(const TrainingOptions& options, const std::string& name);

}  // namespace zenops
