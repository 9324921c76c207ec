#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/catalogue.hpp"
#include "actors/options.hpp"
#include "base/layout.hpp"
#include "runtime/traffic.hpp"

namespace zenops {

class Partition;
struct Snapshot;
class Speaker;

/// One worker in one round.
struct WorkerReport {
  uint32_t worker = 0;  // its index
  uint32_t incarnation = 1;  // its life
  /// "answered", "inactive" (not chosen this round), "absent" (nothing came in time), "lost" (it crashed), or why its row was
  /// refused ("not finite", "wrong shape", …).
  std::string state;
  uint32_t accepted = 0;                    // of its block messages
  std::map<std::string, uint32_t> refused;  // reason → block messages: "opposes", "too long", "not finite", …
  uint32_t poisoned = 0;                    // block messages that were poisoned (known here because we simulate the liar)
  std::optional<double> loss;               // mean over its local steps, by its own account
  std::optional<uint32_t> staleness;        // of an update in asynchronous training: versions made since its worker got its parameters
  bool quarantined = false;                 // its row was judged, but did not enter
  uint32_t would_accept = 0;                // then: of its block messages, if its row had entered
  uint32_t would_refuse = 0;                // likewise
};

/// Why somebody was refused or evicted: a line of evidence.jsonl.
struct Evidence {
  uint32_t round = 0;        // of the refusal
  uint32_t worker = 0;       // whose
  uint32_t incarnation = 1;  // in which life
  std::string rule;  // that refused it, or of the reputation: "warned", "quarantined", …
  std::string what;  // a sentence
  std::map<std::string, double> numbers;  // that the sentence rests on
  std::vector<std::string> rows_sha256;  // of what it sent to each shard, its floats in their order; empty: nobody has hashed it
};

/// Block messages by what they were and what became of them.
struct Tally {
  uint64_t honest = 0;             // sent
  uint64_t honest_accepted = 0;    // and counted
  uint64_t poisoned = 0;           // sent
  uint64_t poisoned_accepted = 0;  // and counted
  Tally& operator+=(const Tally& other);  // added up
};

/// Means over the test set.
struct Evaluation {
  double loss = 0;              // cross entropy
  double accuracy = 0;          // top-1
  double top5 = 0;              // share of labels among the five largest outputs
  std::vector<double> classes;  // top-1 of each class; NaN for one without samples
  /// Of a configured backdoor: the share of the test images of other labels that get its target when its trigger is on them.
  std::optional<double> attack_success = {};
};

/// One round, as the scheduler saw it. Told when the round has ended or, where it is evaluated, when that has: later rounds
/// may have begun by then.
struct RoundReport {
  uint32_t round = 0;   // 1, 2, …
  uint32_t rounds = 0;  // of the run
  uint32_t epoch = 0;   // complete after it
  float lr = 0;  // the rate
  double wall_seconds = 0;         // from Open to Committed
  double compute_seconds = 0;      // spent in workers' and validators' local steps, added over threads
  double transfer_seconds = 0;     // of the wall time: the longest that anybody waited for its parameters
  double aggregation_seconds = 0;  // of the wall time: from the end of the last local steps to Committed
  std::optional<double> loss;      // mean of the answering workers' local losses
  std::optional<Evaluation> evaluation;  // where it was evaluated
  Tally tally;  // of the round
  std::vector<WorkerReport> workers;  // in asynchronous training one for each result, in the order in which they were judged
  std::map<std::string, Bytes> traffic;  // by kind of actor: worker, validator, shard, …; as it would travel between processes
  std::optional<double> alpha;              // of asynchronous training: of its updates
  std::optional<double> simulated_seconds;  // likewise: since the beginning
  std::vector<std::string> notes;  // "group 0: no rows: no update", "worker/3#1 lost: …"
  std::vector<Evidence> evidence;  // of its refusals
};

/// What a run has come to.
struct TrainingResult {
  Layout layout;  // of the weights
  std::vector<float> weights;  // the last
  uint32_t rounds = 0;       // done; fewer than planned when it was stopped
  uint32_t planned_rounds = 0;  // as configured
  bool stopped = false;      // by stop()
  Evaluation evaluation;     // of the final weights
  Tally tally;  // of all rounds
  std::vector<std::string> notes;  // of what happened after the report of the last round
  std::vector<Evidence> evidence;  // likewise
  double wall_seconds = 0;     // of the rounds, added up; an evaluation may have run beside them
  double compute_seconds = 0;  // in local steps, added over threads
  int threads = 0;  // of the pool
  /// Share of wall time × threads that was not spent in local steps.
  double outside_compute() const;
};

/// The samples that these options ask for, shown as their model wants them. Throws UserError.
Dataset load_data(const TrainingOptions& options, const Catalogue& catalogue);

/// Who has which of the samples that they train on. Throws UserError.
Partition share_out(const TrainingOptions& options, const Samples& train);

struct ProcessPlan;

/// One training run: brings up its actors, trains, takes them down. `options` were checked. Usage:
///   Training training(options, catalogue);       // loads the data, makes the model: throws UserError
///   auto result = training.run([](const RoundReport& r) { … });
class Training {
 public:
  /// `log` gets a line, without a line's end, when somebody falls or is restarted; on any thread.
  Training(TrainingOptions options, const Catalogue& catalogue, std::function<void(const std::string&)> log = {});
  ~Training();
  /// From now on a run whose cluster.isolation is process has the processes of this plan. Before run().
  /// Throws UserError when they could not be started now.
  void plan_processes(ProcessPlan plan);
  /// The observer is called once a round, in order, never at the same time. Throws UserError (run_failed) when the run
  /// cannot go on, with the cause.
  TrainingResult run(std::function<void(const RoundReport&)> observer = {});
  /// From now on run() begins no round before the operator says so (wire::Resume, wire::Step). Before run().
  void start_paused();
  /// `tell` is called from run(), once, when everybody is there and the first round may begin: with the operator, who tells the run's
  /// actors and asks them by their names (actors/wire/operator.capnp). It may wait for answers. When run() has returned nobody is there
  /// any more. Before run().
  void on_up(std::function<void(std::shared_ptr<Speaker>)> tell);
  /// Ends the run after the round that is under way; from any thread or a signal handler's self-pipe, any number of times.
  void stop();
  /// Takes effect before the next round: that worker lies like this from then on. What cannot be is refused, and logged.
  void attack(uint32_t worker, AttackOptions attack);
  /// Takes effect before the next round: the rate of which the schedule gives each round its share.
  void set_lr(float lr);
  /// From now on a run leaves checkpoints in `folder`, as options.checkpoints says; `metadata` goes into each. Before run().
  void keep_checkpoints(std::filesystem::path folder, std::map<std::string, std::string> metadata);
  /// From now on a run leaves snapshots in `folder`, as options.snapshots says. Before run(). Asynchronous training has none.
  void keep_snapshots(std::filesystem::path folder);
  /// The run goes on after that snapshot, and reports the rounds after it. Before run(). Throws UserError when it is of something else.
  void go_on_from(std::shared_ptr<const Snapshot> snapshot);
  size_t dimension() const;  // how many numbers are trained

 private:
  struct State;
  struct Gone;
  std::unique_ptr<State> state_;
};

}  // namespace zenops
