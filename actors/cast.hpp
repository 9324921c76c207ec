#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "attacks/adversary.hpp"
#include "actors/catalogue.hpp"
#include "actors/delays.hpp"
#include "actors/learner.hpp"
#include "actors/options.hpp"
#include "actors/pace.hpp"
#include "runtime/actor.hpp"
#include "runtime/supervisor.hpp"

namespace zenops {

/// The GPUs of a process that are used in it, as CUDA counts those that it sees.
struct GpusHere {
  std::vector<int> training = {};  // none: on cores
  int shards = 0;                  // where there are shards that use one
};

/// Who takes part in a run but its scheduler, its evaluator and its adversary: shards, validators and workers, each made by its name in whatever
/// process it lives. What they share in one process (the samples, the first parameters, the models of the threads) is here.
class Cast {
 public:
  /// Loads the data and makes the first parameters, without a thread. `options` were checked. Throws UserError.
  Cast(TrainingOptions options, const Catalogue& catalogue);
  ~Cast();
  /// Before anybody is made: how many threads will train here, where rows lie, and on which GPUs. Throws UserError where it cannot be done on those.
  void train_with(int threads, std::shared_ptr<Rows> rows, const GpusHere& gpus = {});
  /// Takes a first step as all will, to throw UserError where that cannot be done. After train_with().
  void try_first_step() const;

  std::vector<std::string> names() const;
  /// How often that one may fall.
  RestartSpec restarts(const std::string& name) const;
  std::unique_ptr<Actor> make(Context& context, const std::string& name) const;
  /// Where there is one.
  std::unique_ptr<Actor> make_adversary(Context& context) const;

  /// With epochs said in rounds.
  const TrainingOptions& options() const { return options_; }
  const Pace& pace() const { return pace_; }
  const TrainingGround& ground() const { return ground_; }
  /// (d); after train_with().
  Row first_parameters() const;
  const Rule& rule() const { return *rule_; }
  const Adversary& adversary() const { return *adversary_; }
  /// Whether there is an actor of that name, which is shown what honest workers send.
  bool has_adversary() const;
  const Catalogue& catalogue() const { return catalogue_; }
  /// What measures and combines in this process, made when it is first asked for; null: the processor. One that is lost costs a shard's
  /// process, which ends here with a line; where everybody is in one, it throws.
  std::shared_ptr<Accelerator> accelerator() const;

 private:
  std::unique_ptr<Actor> make_shard(Context& context, uint32_t s) const;
  std::unique_ptr<Actor> make_validator(Context& context, uint32_t v) const;
  std::unique_ptr<Actor> make_worker(Context& context, uint32_t w) const;
  /// Null when time is simulated.
  std::shared_ptr<const Delays> real_delays() const;
  bool on_gpus() const { return devices_.front().kind == Device::Kind::gpu; }
  /// Where a GPU is lost: nobody can begin again in this process.
  void end_if_lost(const std::string& why) const;
  bool async() const { return options_.train.mode == Mode::async; }

  TrainingOptions options_;
  const Catalogue catalogue_;
  Pace pace_{1, 1};
  const std::shared_ptr<const Rule> rule_;
  std::unique_ptr<const Adversary> adversary_;
  TrainingGround ground_;
  std::shared_ptr<const ReplicaFactory> factory_;
  std::vector<Device> devices_ = {Device{}};
  mutable std::mutex mutex_;
  int shards_gpu_ = 0;
  mutable std::optional<std::shared_ptr<Accelerator>> accelerator_;
};

}  // namespace zenops
