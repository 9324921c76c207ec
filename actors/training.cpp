#include "actors/training.hpp"

#include <future>

#include "actors/async_scheduler.hpp"
#include "actors/async_shard.hpp"
#include "actors/async_validator.hpp"
#include "actors/async_worker.hpp"
#include "actors/evaluator.hpp"
#include "actors/groups.hpp"
#include "actors/pace.hpp"
#include "actors/scheduler.hpp"
#include "actors/shard.hpp"
#include "actors/validator.hpp"
#include "actors/wire/compose.hpp"
#include "actors/worker.hpp"
#include "runtime/system.hpp"

namespace zenops {
namespace {

Clock::Duration duration(std::chrono::duration<double> d) { return std::chrono::duration_cast<Clock::Duration>(d); }

/// How validator `group` judges.
Judge::Options judging(const TrainingOptions& options, const Catalogue& catalogue, const Partition& partition, uint32_t group) {
  Judge::Options out{.granularity = options.rule.granularity, .group = group, .seed = options.seed};
  out.members = members_of(group, options.cluster.workers, options.cluster.validators);
  for (uint32_t w = 0; w < options.cluster.workers; ++w) out.counts.push_back(static_cast<double>(partition.part(w).size()));
  out.objection = [rules = catalogue.rules, choice = options.rule.choice()](size_t rows, size_t caught) {
    return objection(rules, choice, rows, caught);
  };
  const std::string& otherwise = options.rule.below_minimum;
  out.stop = otherwise == "stop";
  if (otherwise != "stop" && otherwise != "wait") {
    out.fallback = make_rule(catalogue.rules, {.rule = {.name = otherwise}});
    out.fallback_name = otherwise;
  }
  return out;
}

/// The options with their epochs said in rounds.
TrainingOptions in_rounds(TrainingOptions options, const Pace& pace) {
  TrainOptions& train = options.train;
  if (train.epochs > 0) train.rounds = pace.rounds(train.epochs);
  if (train.worker_epochs > 0) train.rounds = std::min(train.rounds, pace.rounds(train.worker_epochs));
  ScheduleOptions& schedule = train.optimizer.schedule;
  schedule.rounds = pace.moments(std::move(schedule.rounds), schedule.epochs);
  AsyncOptions& async = options.async;
  async.alpha_decay_rounds = pace.moments(std::move(async.alpha_decay_rounds), async.alpha_decay_epochs);
  return options;
}

}  // namespace

Dataset load_data(const TrainingOptions& options, const Catalogue& catalogue) {
  const ModelEntry* model = catalogue.models.find(options.model.name);
  return catalogue.datasets.load(options.data, model ? model->wants : std::nullopt, options.seed);
}

Tally& Tally::operator+=(const Tally& other) {
  honest += other.honest;
  honest_accepted += other.honest_accepted;
  poisoned += other.poisoned;
  poisoned_accepted += other.poisoned_accepted;
  return *this;
}

double TrainingResult::outside_compute() const {
  // In asynchronous training local steps of results that were not counted any more are among them.
  return wall_seconds > 0 ? std::max(0.0, 1 - compute_seconds / (wall_seconds * threads)) : 0;
}

struct Training::State {
  State(TrainingOptions o, const Catalogue& c)
      : options(std::move(o)),
        catalogue(c),
        rule(make_rule(catalogue.rules, options.rule.choice())),
        adversary(catalogue.attacks, options.attacks, options.seed),
        pool(options.cluster.threads) {
    ground.data = std::make_shared<const Dataset>(load_data(options, catalogue));
    ground.augment = options.data.augment;
    ground.partition = std::make_shared<const Partition>(options.data.partition, ground.data->train.count(),
                                                         options.cluster.workers, options.data.batch, options.seed);
    pace = Pace(ground.partition->part(options.cluster.workers - 1).size() / options.data.batch, options.train.local_steps);
    options = in_rounds(std::move(options), pace);
    const ReplicaFactory factory(options.model, input_shape(ground.data->train), options.seed);
    const auto first = factory.make();
    ground.layout = first->layout();
    ground.optimizer = std::make_shared<const Optimizer>(options.train.optimizer, ground.layout);
    ground.proximal = static_cast<float>(options.train.proximal);
    ground.rows = std::make_shared<Rows>();
    ground.replicas = std::make_shared<Replicas>(factory, pool.threads());
    initial = ground.rows->make(ground.layout.dimension());
    std::ranges::copy(first->weights(), initial.mutable_view().begin());
    try_first_step(*first);
  }

  void try_first_step(Replica& replica) const {
    const Sampler sampler(ground.partition->part(0), options.data.batch, options.seed, Role::worker, 0);
    std::vector<uint32_t> indices;
    Batch batch;
    sampler.batch(0, indices);
    gather(ground.data->train, indices, batch);
    prepare_training_thread();
    try_step(replica, batch);
  }

  void spawn(System& system, Conductor::Audience audience) const;
  Conductor::Options conducting() const;
  Scheduler::Survival survival() const;
  std::shared_ptr<Learner> trusted_learner(uint32_t v) const;
  std::shared_ptr<LocalWorker> local_worker(uint32_t w) const;
  /// Null when time is simulated.
  std::shared_ptr<const Delays> real_delays() const;
  std::unique_ptr<Actor> make_validator(Context& context, uint32_t v) const;
  std::unique_ptr<Actor> make_async_validator(Context& context, uint32_t v) const;
  std::unique_ptr<Actor> make_worker(Context& context, uint32_t w) const;
  std::unique_ptr<Actor> make_async_worker(Context& context, uint32_t w) const;

  TrainingOptions options;
  const Catalogue catalogue;
  Pace pace{1, 1};
  const std::shared_ptr<const Rule> rule;
  const Adversary adversary;
  TrainingGround ground;
  Row initial;
  std::shared_ptr<Checkpoints> checkpoints;  // null: none are kept
  std::shared_ptr<Snapshots> snapshots;      // likewise
  std::shared_ptr<const Snapshot> start;     // null: at the beginning
  std::mutex mutex;
  System* system = nullptr;  // while it runs
  bool stop = false;
  std::vector<Envelope> said;  // by the operator before the run began
  std::function<void(const std::string&)> log = [](const std::string&) {};
  SystemClock clock;
  Pool pool;

  void say(Envelope envelope) {
    std::lock_guard lock(mutex);
    if (system) {
      system->tell("scheduler", std::move(envelope));
    } else {
      said.push_back(std::move(envelope));
    }
  }
};

void Training::State::spawn(System& system, Conductor::Audience audience) const {
  const ClusterOptions& cluster = options.cluster;
  const bool async = options.train.mode == Mode::async;
  const RestartSpec restarts{.intensity = cluster.restarts, .period = duration(cluster.restart_period)};
  const Clock::Duration deadline = duration(cluster.deadline);
  for (uint32_t s = 0; s < cluster.shards; ++s) {
    const ShardRange range = ground.layout.shard(s, cluster.shards);
    const Holder::Options shard{s, cluster.shards, cluster.validators, rule->needs(), deadline, options.rule.across,
                                cluster.shard_threads, options.train.compression};
    system.spawn(
        nth("shard", s),
        [this, async, shard, part = initial.slice(range.offset, range.size)](Context& context) -> std::unique_ptr<Actor> {
          if (async) return std::make_unique<AsyncShard>(context, shard, ground.layout, ground.rows, part);
          return std::make_unique<Shard>(context, shard, ground.layout, ground.rows, part);
        },
        async ? RestartSpec::never() : restarts);
  }
  system.spawn(
      "evaluator",
      [this](Context& context) { return std::make_unique<Evaluator>(context, ground, options.cluster.shards, checkpoints); }, restarts);
  for (uint32_t v = 0; v < cluster.validators; ++v)
    system.spawn(
        nth("validator", v),
        [this, async, v](Context& context) { return async ? make_async_validator(context, v) : make_validator(context, v); }, restarts);
  for (uint32_t w = 0; w < cluster.workers; ++w)
    system.spawn(
        nth("worker", w), [this, async, w](Context& context) { return async ? make_async_worker(context, w) : make_worker(context, w); },
        restarts);
  system.spawn(
      "scheduler",
      [this, async, audience = std::move(audience)](Context& context) -> std::unique_ptr<Actor> {
        Scorekeeper score(adversary, Participation(options.train, ground.layout, options.seed));
        if (!async) return std::make_unique<Scheduler>(context, conducting(), survival(), std::move(score), audience);
        const AsyncScheduler::Habits habits{options.async, rule->needs(), options.train.local_steps, ground.layout.has(Exchange::trusted)};
        return std::make_unique<AsyncScheduler>(context, conducting(), habits, std::move(score), Delays(options.delays, options.seed),
                                                audience);
      },
      RestartSpec::never());
}

Conductor::Options Training::State::conducting() const {
  const ClusterOptions& cluster = options.cluster;
  return {.rounds = options.train.rounds,
          .workers = cluster.workers,
          .validators = cluster.validators,
          .shards = cluster.shards,
          .eval_every = options.train.eval_every,
          .pace = pace,
          .keep_every = checkpoints ? options.checkpoints.every : 0,
          .lr = options.train.optimizer.lr,
          .schedule = Schedule(options.train.optimizer.schedule, options.train.rounds),
          .deadline = duration(cluster.deadline),
          .rule = options.rule.name,
          .reputation = options.reputation};
}

Scheduler::Survival Training::State::survival() const {
  Scheduler::Survival out{options.faults, options.snapshots.every, snapshots, start, {}};
  if (!start) {
    auto beginning = std::make_shared<Snapshot>();
    beginning->model["parameters"] = {initial};
    beginning->lr = options.train.optimizer.lr;
    out.start = beginning;
  }
  for (uint32_t s = 0; s < options.cluster.shards; ++s) out.ranges.push_back(ground.layout.shard(s, options.cluster.shards));
  return out;
}

std::shared_ptr<Learner> Training::State::trusted_learner(uint32_t v) const {
  return std::make_shared<Learner>(ground, Role::validator, v, options.seed, options.data.batch, options.train.local_steps);
}

std::shared_ptr<LocalWorker> Training::State::local_worker(uint32_t w) const {
  return std::make_shared<LocalWorker>(w, ground, options.train, options.data.batch, options.seed);
}

std::shared_ptr<const Delays> Training::State::real_delays() const {
  return options.async.simulated ? nullptr : std::make_shared<const Delays>(options.delays, options.seed);
}

std::unique_ptr<Actor> Training::State::make_validator(Context& context, uint32_t v) const {
  return std::make_unique<Validator>(context, trusted_learner(v), ground.layout, options.cluster.shards, rule,
                                     judging(options, catalogue, *ground.partition, v));
}

std::unique_ptr<Actor> Training::State::make_async_validator(Context& context, uint32_t v) const {
  return std::make_unique<AsyncValidator>(context, v, trusted_learner(v), ground.layout, options.cluster.shards, rule,
                                          judging(options, catalogue, *ground.partition, v), real_delays());
}

std::unique_ptr<Actor> Training::State::make_worker(Context& context, uint32_t w) const {
  return std::make_unique<Worker>(context, w, local_worker(w), ground.layout, options.cluster.shards, adversary);
}

std::unique_ptr<Actor> Training::State::make_async_worker(Context& context, uint32_t w) const {
  return std::make_unique<AsyncWorker>(context, w, local_worker(w), ground.layout, options.cluster.shards, adversary, real_delays());
}

Training::Training(TrainingOptions options, const Catalogue& catalogue, std::function<void(const std::string&)> log)
    : state_(std::make_unique<State>(std::move(options), catalogue)) {
  if (log) state_->log = std::move(log);
}

Training::~Training() = default;

TrainingResult Training::run(std::function<void(const RoundReport&)> observer) {
  std::promise<Expected<TrainingResult>> promise;
  std::once_flag once;
  auto end = [&](Expected<TrainingResult> result) { std::call_once(once, [&] { promise.set_value(std::move(result)); }); };
  std::exception_ptr observer_failed;
  auto ended = promise.get_future();
  {
    System::Options options;
    options.serialize = state_->options.cluster.serialize;
    options.log = state_->log;
    options.given_up = [&](const std::string& name, const std::string& cause) {
      if (!name.starts_with("worker/")) end(fail(Ec::failed, name + " fell and was given up: " + cause));
    };
    System system(std::move(options), state_->clock, state_->pool);
    state_->spawn(system, {.round =
                               [&](const RoundReport& report) {
                                 try {
                                   if (observer && !observer_failed) observer(report);
                                 } catch (...) {
                                   observer_failed = std::current_exception();
                                   end(fail(Ec::failed, "the observer failed"));
                                 }
                               },
                           .end = end});
    {
      std::lock_guard lock(state_->mutex);
      state_->system = &system;
      for (auto& envelope : state_->said) system.tell("scheduler", std::move(envelope));
      state_->said.clear();
    }
    system.tell("scheduler", Envelope::of<wire::Start>());
    ended.wait();
    std::lock_guard lock(state_->mutex);
    state_->system = nullptr;
  }
  if (observer_failed) std::rethrow_exception(observer_failed);
  Expected<TrainingResult> result = ended.get();
  if (!result) throw UserError(UserError::run_failed, result.error().what);
  result->layout = state_->ground.layout;
  result->planned_rounds = state_->options.train.rounds;
  result->threads = state_->pool.threads();
  return std::move(*result);
}

void Training::stop() { state_->say(Envelope::of<wire::Stop>()); }

void Training::attack(uint32_t worker, AttackOptions attack) {
  state_->say(Envelope::of<wire::SetAttack>([&](wire::SetAttack::Builder out) {
    write(worker, attack, out);
  }));
}

void Training::set_lr(float lr) {
  state_->say(Envelope::of<wire::SetLr>([lr](wire::SetLr::Builder out) { out.setLr(lr); }));
}

void Training::keep_checkpoints(std::filesystem::path folder, std::map<std::string, std::string> metadata) {
  const CheckpointOptions& options = state_->options.checkpoints;
  if (options.every == 0) return;
  state_->checkpoints = std::make_shared<Checkpoints>(std::move(folder), options.keep, std::move(metadata));
  if (state_->start) state_->checkpoints->go_on_from(state_->start->round);
}

void Training::keep_snapshots(std::filesystem::path folder) {
  const SnapshotOptions& options = state_->options.snapshots;
  if (options.every > 0 && state_->options.train.mode == Mode::sync)
    state_->snapshots = std::make_shared<Snapshots>(std::move(folder), options.keep);
}

void Training::go_on_from(std::shared_ptr<const Snapshot> snapshot) {
  if (state_->options.train.mode == Mode::async)
    throw UserError(UserError::bad_config, "train.mode: found async, expected sync: asynchronous runs cannot be taken up again yet");
  if (const auto why = objection(*snapshot, dimension()))
    throw UserError(UserError::bad_data, "the snapshot of round " + std::to_string(snapshot->round) + ": " + *why);
  if (const uint32_t rounds = state_->options.train.rounds; snapshot->round > rounds)
    throw UserError(UserError::bad_config, "train.rounds: found " + std::to_string(rounds) + ", expected at least the " +
                                               std::to_string(snapshot->round) + " that are done");
  state_->start = std::move(snapshot);
}

size_t Training::dimension() const { return state_->ground.layout.dimension(); }

}  // namespace zenops
