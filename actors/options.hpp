#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "aggregation/pipeline.hpp"
#include "base/parameter.hpp"
#include "models/options.hpp"

namespace zenops {

enum class Granularity { block, model };

struct RuleOptions {
  std::string name = "average";
  Parameters parameters;
  Granularity granularity = Granularity::block;
  std::vector<Choice> pre = {};         // pre-aggregators, in their order
  std::string below_minimum = "wait";  // when too few rows came for the rule: wait, stop, or the name of another that takes over
  RuleChoice choice() const { return {{name, parameters}, pre}; }
};

/// One kind of lie and who tells it. With several entries the first that names a worker is its own.
struct AttackOptions {
  std::string name = "none";
  Parameters parameters;          // those of the catalogue's line, scale among them
  double rate = 0;                // chance of each block message to be poisoned; fixed liars: 1
  std::vector<uint32_t> workers;  // empty: every worker
};

struct ClusterOptions {
  uint32_t workers = 15, validators = 1, shards = 1;
  int threads = 0;                                // of the compute pool; 0: one per core
  std::chrono::duration<double> deadline{30};     // of a round, for whoever is waited for
  uint32_t restarts = 5;                          // of one actor within restart_period, then it is given up
  std::chrono::duration<double> restart_period{60};
  bool serialize = false;  // debug: every message is written to bytes and read back on its way
};

struct TrainOptions {
  uint32_t rounds = 100, local_steps = 1;
  OptimizerOptions optimizer;
  double subsample = 1;    // chance of a worker to take part in a round
  double sparsity = 0;     // chance of a block to be left out of a push ("layer sparsity")
  uint32_t eval_every = 10;  // rounds; the last round is always evaluated
};

/// Versions of the model that a run leaves beside the last one, and the best of those that were evaluated.
struct CheckpointOptions {
  uint32_t every = 0;  // rounds; 0: none, and no best
  uint32_t keep = 3;   // so many, the newest
};

/// Everything that decides a run's bits, and how it is run.
struct TrainingOptions {
  std::string name = "run";
  uint64_t seed = 1;
  DataOptions data;
  ModelOptions model;
  TrainOptions train;
  ClusterOptions cluster;
  RuleOptions rule;
  std::vector<AttackOptions> attacks;
  CheckpointOptions checkpoints;
};

}  // namespace zenops
