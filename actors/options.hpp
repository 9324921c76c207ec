#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aggregation/pipeline.hpp"
#include "aggregation/server_options.hpp"
#include "attacks/options.hpp"
#include "base/parameter.hpp"
#include "models/options.hpp"
#include "runtime/strategy.hpp"

namespace zenops {

enum class Granularity { block, model };
/// How what the validators made of their groups becomes one.
enum class Across {
  average,
  median_of_validators,  // per coordinate: fewer than half of them may lie
};

struct RuleOptions {
  std::string name = "average";
  Parameters parameters;
  Granularity granularity = Granularity::block;
  Across across = Across::average;
  std::vector<Choice> pre = {};         // pre-aggregators, in their order
  std::string below_minimum = "wait";  // when too few rows came for the rule: wait, stop, or the name of another that takes over
  RuleChoice choice() const { return {{name, parameters}, pre}; }
};

/// Where a run's shards, validators and workers live.
enum class Isolation {
  thread,   // all in the process that runs it
  process,  // each in one of its own
};

struct ClusterOptions {
  uint32_t workers = 15, validators = 1, shards = 1;
  int threads = 0;                                // of the compute pool; 0: one per core
  uint32_t shard_threads = 0;                     // of them for one shard at a time; 0: all
  std::chrono::duration<double> deadline{30};     // of a round, for whoever is waited for
  uint32_t restarts = 5;                          // of one actor within restart_period, then it is given up
  std::chrono::duration<double> restart_period{60};
  bool serialize = false;  // debug: every message is written to bytes and read back on its way
  Isolation isolation = Isolation::thread;
  uint32_t workers_per_process = 1;
};

enum class Mode {
  sync,   // every round waits for its workers
  async,  // updates are judged as they come; a round is as many of them as there are workers
};

/// What a worker sends of each block's numbers (actors/compression.hpp).
struct CompressionOptions {
  enum class Kind { none, top_k, sign, bf16 };
  Kind kind = Kind::none;
  double share = 0.01;  // of a block's numbers, that top_k sends
};

/// What becomes of what a worker did not send.
enum class Unsent {
  reset,     // it stays in the worker's own model for the next round and is then forgotten; of a gradient, at once
  feedback,  // it is added to what the worker sends next
};

/// What a worker sends of a round, and a validator of its own, of each block that is trained.
enum class Send {
  delta,     // the weights after the local steps minus those before
  gradient,  // −g, g being the batch's gradient at the round's parameters: the way down
  momentum,  // −m, m ← β m + (1 − β) g being the sender's running mean of that
};

struct TrainOptions {
  Mode mode = Mode::sync;
  uint32_t rounds = 100, local_steps = 1;
  uint32_t joint = 0;     // workers of a process that compute their local steps in one pass each; 0: as fits where they train
  double epochs = 0;    // passes of a worker over its part, which decide the rounds; 0: `rounds` does
  double worker_epochs = 0;  // after which the workers have nothing more to do, and the run ends; 0: as long as it goes
  double proximal = 0;  // after each local step the weights go so far back to where the update began (Zeno-PS: rho)
  Send send = Send::delta;  // gradient and momentum want local_steps = 1 and proximal = 0
  OptimizerOptions optimizer;
  ServerOptions server;
  double subsample = 1;    // chance of a worker to take part in a round
  double sparsity = 0;     // chance of a block to be left out of a push ("layer sparsity")
  CompressionOptions compression;
  Unsent error = Unsent::reset;
  uint32_t eval_every = 10;  // rounds; the last round is always evaluated
};

/// How much an update counts that began τ versions ago (Xie, Koyejo, Gupta 2019, FedAsync, section 5.2).
struct DampingOptions {
  enum class Kind {
    none,   // 1
    hinge,  // 1 for τ ≤ b, then 1 / (a (τ − b) + 1)
    poly,   // (τ + 1)^−a
  };
  Kind kind = Kind::none;
  double a = 0.5, b = 4;
};

/// Seconds that somebody's local steps take longer, each time.
struct DelayOptions {
  enum class Kind { constant, uniform, exponential };
  std::string who;  // worker/3, worker/*, validator/0, …; the first that fits counts
  Kind kind = Kind::constant;
  double a = 0, b = 0;  // constant: a; uniform: from a to b; exponential: mean a
};

struct AsyncOptions {
  double alpha = 0.8;  // what an accepted update is multiplied by
  double alpha_decay = 0.5;
  std::vector<uint32_t> alpha_decay_rounds, alpha_decay_epochs;  // from each of these on, alpha_decay times the alpha before
  uint32_t buffer = 1;         // updates that are judged together
  uint32_t max_staleness = 0;  // versions; older updates are refused; 0: none is
  DampingOptions damping;
  bool scale_lr = false;      // lr √(1 / (workers + 1))
  bool simulated = true;      // time is what step_seconds and delays say, and every order follows from it
  double step_seconds = 0.1;  // of simulated time, for one local step
};

/// Versions of the model that a run leaves beside the last one, and the best of those that were evaluated.
struct CheckpointOptions {
  uint32_t every = 0;  // rounds; 0: none, and no best
  uint32_t keep = 3;   // so many, the newest
};

/// When a worker's record costs it its place (actors/reputation.hpp).
struct ReputationOptions {
  enum class Mode {
    off,
    watch,  // what would be done is noted in the rounds' reports, and nothing is
    evict,
  };
  Mode mode = Mode::off;
  uint32_t window = 50;  // of its answers, that are remembered
  uint32_t least = 20;   // of them before it is judged by how often it was refused
  double warn = 0.3, quarantine = 0.45, evict = 0.6;  // how much more of what it sends is refused than of the others'
  uint32_t proofs = 3;        // lies that were proven, within the window; the last of them evicts
  double absent = 0.5;        // share of the last `window` rounds in which nothing came; from that on it is warned
  uint32_t readmit = 20;      // rounds in quarantine whose rows would have been accepted, then it is trusted again
  uint32_t node_evictions = 3;  // on one node, and it is drained; 0: it never is
  enum class Replacement {
    honest,
    same,  // lies as the configuration says of its index
  };
  Replacement replacement = Replacement::honest;
};

/// Where a cluster puts the actors of one role, and what each of them is given there. What is 0 is not counted. GPUs are the process's:
/// actors that share it share them.
struct RoleOptions {
  Strategy strategy = Strategy::spread;
  double cores = 0, gpus = 0, memory = 0;  // memory in GiB
  double gpu_memory = 0;                   // GiB on each of the GPUs
};
/// Where one actor is to be, with its process.
struct Pin {
  std::string node = {};         // empty: any
  std::optional<int> gpu = {};   // of its node, by its index: all of it, or the part that its role is given; none: any
  bool operator==(const Pin&) const = default;
};
/// A shard's GPU is for what it measures and combines, and resources.gpu says nothing of it.
struct PlacementOptions {
  double gpus = 0;  // what those of workers and validators are where they are not said: the configuration's resources.gpu
  double gpu_memory = 0;                 // what those of workers and validators is: the configuration's resources.gpu_memory
  std::map<std::string, Pin> pins = {};  // by the actor's name
  RoleOptions workers, shards{.strategy = Strategy::pack}, validators{.strategy = Strategy::pack};
};

/// What a run leaves to be taken up from.
struct SnapshotOptions {
  uint32_t every = 10;  // rounds between two; 0: none
  uint32_t keep = 2;    // so many, the newest
};

/// Somebody who is made to fall.
struct Fault {
  enum class At {
    before,  // the round opens
    open,    // while the round's rows are awaited
    apply,   // while the shards make its version
  };
  std::string kill;  // "worker/3", "shard/0", "validator/1", "evaluator", "adversary"
  uint32_t round = 1;
  At at = At::open;
};

/// What becomes of a run when somebody falls.
struct FaultOptions {
  enum class Mode {
    elastic,  // it goes on with what there is
    exact,    // everybody goes back to the last snapshot, and the bits are those of a run in which nobody fell
  };
  Mode mode = Mode::elastic;
  std::vector<Fault> inject;
};

/// Everything that decides a run's bits, and how it is run.
struct TrainingOptions {
  std::string name = "run";
  uint64_t seed = 1;
  DataOptions data;
  ModelOptions model;
  TrainOptions train;
  AsyncOptions async;
  std::vector<DelayOptions> delays;
  ClusterOptions cluster;
  RuleOptions rule;
  std::vector<AttackOptions> attacks;
  AdversaryOptions adversary;
  CheckpointOptions checkpoints;
  ReputationOptions reputation;
  PlacementOptions placement;
  SnapshotOptions snapshots;
  FaultOptions faults;
};

}  // namespace zenops
