#include "actors/training.hpp"

#include <algorithm>
#include <cstdlib>
#include <future>

#include "actors/async_scheduler.hpp"
#include "actors/company.hpp"
#include "actors/evaluator.hpp"
#include "actors/placing.hpp"
#include "actors/scheduler.hpp"
#include "actors/wire/compose.hpp"
#include "aggregation/cuda/device.hpp"
#include "aggregation/server_optimizer.hpp"
#include "base/background_pool.hpp"
#include "models/device.hpp"
#include "models/partition.hpp"
#include "runtime/gpus.hpp"
#include "runtime/shared_memory.hpp"
#include "runtime/this_machine.hpp"

namespace zenops {

Dataset load_data(const TrainingOptions& options, const Catalogue& catalogue) {
  const ModelEntry* model = catalogue.models.find(options.model.name);
  return catalogue.datasets.load(options.data, model ? model->wants : std::nullopt, options.seed);
}

Partition share_out(const TrainingOptions& options, const Samples& train) {
  const uint32_t workers = options.cluster.workers;
  std::vector<bool> named(workers), lies(workers);
  for (const AttackOptions& attack : options.attacks) {
    const bool always = attack.times.start <= 1 && attack.times.stop == 0;  // no entry after it counts for whom it is about
    if (attack.workers.empty() && always) break;
    for (const uint32_t w : attack.workers) {
      if (!named[w] && attack.name != "none") lies[w] = true;
      named[w] = named[w] || always;
    }
  }
  std::vector<uint32_t> liars;
  for (uint32_t w = 0; w < workers; ++w)
    if (lies[w]) liars.push_back(w);
  return {options.data, train, workers, options.seed, liars};
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

namespace {

std::unique_ptr<Pool> make_pool(const ClusterOptions& cluster) {
  if (cluster.isolation == Isolation::process) return background_pool(cluster.threads);
  return std::make_unique<Pool>(cluster.threads);
}

/// A GPU that is given and not used would be one that others lack.
void refuse_unused_gpus(const TrainingOptions& options) {
  if (!trains_on_gpus() && asks_for_gpus(options.placement))
    throw UserError(UserError::run_failed,
                    "there is the gpu that the run " + options.name + " asks for, but this build trains on cores only: expected resources.gpu 0");
}

void refuse_unused_gpus_of_shards(const TrainingOptions& options, const std::string& why) {
  if (options.placement.shards.gpus > 0 && !why.empty())
    throw UserError(UserError::run_failed, "there is the gpu that the run " + options.name + " asks for, but its shards cannot use it (" +
                                               why + "): expected cluster.placement.shard_gpus 0");
}

/// What everybody in this process uses; none where they live elsewhere. Found before anything is loaded: that there is no GPU, or none that
/// could be used.
GpusHere gpus_here(const TrainingOptions& options) {
  const PlacementOptions& placement = options.placement;
  if (options.cluster.isolation == Isolation::process || (!gives_gpus(placement) && placement.pins.empty())) return {};
  const NodeSpec here = this_machine();
  const auto gpus = gpus_of_one_process(options, here);
  if (!gpus) {
    const std::string none = gpus.error().lack == Lack::gpus ? find_gpus().why : "";
    throw UserError(UserError::run_failed, gpus.error().what + (none.empty() ? "" : " (" + none + ")") + advice(gpus.error(), placement));
  }
  if (gpus->empty()) return {};
  refuse_unused_gpus(options);
  // Before CUDA reads it: its numbers are then places in here.gpus.
  setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID", 1);
  setenv("CUDA_VISIBLE_DEVICES", visible_devices(here.gpus).c_str(), 1);
  std::vector<int> chosen;
  for (const int index : *gpus) chosen.push_back(static_cast<int>(std::ranges::find(here.gpus, index, &Gpu::index) - here.gpus.begin()));
  refuse_unused_gpus_of_shards(options, cuda::why_no_cards());
  if (!asks_for_gpus(placement)) return {.training = {}, .shards = chosen[0]};
  if (const auto why = load_gpus()) throw UserError(UserError::run_failed, "there is the gpu that the run " + options.name + " asks for, but " + *why);
  return {.training = chosen, .shards = chosen[0]};
}

}  // namespace

struct Training::State {
  State(TrainingOptions o, const Catalogue& c)
      : gpus(gpus_here(o)), cast(std::make_shared<Cast>(std::move(o), c)), pool(make_pool(cast->options().cluster)) {
    if (cast->options().placement.shards.gpu_memory > 0) gpus = gpus_here(cast->options());  // now that it is known what shards fill
    if (in_processes()) memory = std::make_shared<SharedMemory>();
    cast->train_with(pool->threads(), memory ? std::make_shared<Rows>(memory) : std::make_shared<Rows>(), gpus);
    cast->try_first_step();
  }

  bool in_processes() const { return cast->options().cluster.isolation == Isolation::process; }
  std::unique_ptr<Company> bring_up(Conductor::Audience audience, Company::Listeners listeners);
  std::vector<Company::Own> own(Conductor::Audience audience) const;
  Conductor::Options conducting() const;
  Scheduler::Survival survival() const;

  GpusHere gpus;
  const std::shared_ptr<Cast> cast;
  std::shared_ptr<SharedMemory> memory;      // null: everybody is here
  std::shared_ptr<Checkpoints> checkpoints;  // null: none are kept
  std::shared_ptr<Snapshots> snapshots;      // likewise
  std::shared_ptr<const Snapshot> start;     // null: at the beginning
  ProcessPlan plan;
  std::mutex mutex;
  Company* company = nullptr;  // while it runs
  std::vector<Envelope> said;  // by the operator before the run began
  std::function<void(std::shared_ptr<Speaker>)> on_up = [](const std::shared_ptr<Speaker>&) {};
  const std::shared_ptr<const OrderCheck> check = std::make_shared<OrderCheck>(cast->catalogue().rules, cast->catalogue().attacks, cast->options());
  std::function<void(const std::string&)> log = [](const std::string&) {};
  SystemClock clock;
  const std::unique_ptr<Pool> pool;

  void say(Envelope envelope) {
    std::lock_guard lock(mutex);
    if (company) {
      company->tell("scheduler", std::move(envelope));
    } else {
      said.push_back(std::move(envelope));
    }
  }
};

/// When it ends nothing more is said to the company.
struct Training::Gone {
  explicit Gone(State& s) : state(s) {}
  ~Gone() {
    std::lock_guard lock(state.mutex);
    state.company = nullptr;
  }
  Gone(const Gone&) = delete;
  State& state;
};

std::unique_ptr<Company> Training::State::bring_up(Conductor::Audience audience, Company::Listeners listeners) {
  if (!in_processes()) return company_in_one_process(cast, own(std::move(audience)), std::move(listeners), clock, *pool);
  plan.memory = memory;
  return company_in_processes(cast, own(std::move(audience)), plan, std::move(listeners), clock, *pool);
}

std::vector<Company::Own> Training::State::own(Conductor::Audience audience) const {
  std::vector<Company::Own> out;
  const uint32_t shards = cast->options().cluster.shards;
  out.push_back({"evaluator",
                 [cast = cast, shards, checkpoints = checkpoints](Context& context) {
                   return std::make_unique<Evaluator>(context, cast->ground(), shards, checkpoints);
                 },
                 cast->restarts("evaluator")});
  if (cast->has_adversary())
    out.push_back({"adversary", [cast = cast](Context& context) { return cast->make_adversary(context); }, cast->restarts("adversary")});
  out.push_back({"scheduler",
                 [cast = cast, conducting = conducting(), survival = survival(), audience = std::move(audience)](Context& context) -> std::unique_ptr<Actor> {
                   const TrainingOptions& options = cast->options();
                   const Layout& layout = cast->ground().layout;
                   Scorekeeper score(cast->adversary(), Participation(options.train, layout, options.seed));
                   if (options.train.mode == Mode::sync)
                     return std::make_unique<Scheduler>(context, conducting, survival, std::move(score), audience);
                   const AsyncScheduler::Habits habits{options.async, cast->rule().needs(), options.train.local_steps,
                                                       layout.has(Exchange::trusted)};
                   return std::make_unique<AsyncScheduler>(context, conducting, habits, std::move(score),
                                                           Delays(options.delays, options.seed), audience);
                 },
                 RestartSpec::never()});
  return out;
}

Conductor::Options Training::State::conducting() const {
  const TrainingOptions& options = cast->options();
  const ClusterOptions& cluster = options.cluster;
  return {.rounds = options.train.rounds,
          .workers = cluster.workers,
          .validators = cluster.validators,
          .shards = cluster.shards,
          .eval_every = options.train.eval_every,
          .pace = cast->pace(),
          .keep_every = checkpoints ? options.checkpoints.every : 0,
          .lr = options.train.optimizer.lr,
          .schedule = Schedule(options.train.optimizer.schedule, options.train.rounds),
          .deadline = std::chrono::duration_cast<Clock::Duration>(cluster.deadline),
          .rule = options.rule.name,
          .reputation = options.reputation,
          .check = check,
          .adversary = cast->has_adversary()};
}

Scheduler::Survival Training::State::survival() const {
  const TrainingOptions& options = cast->options();
  Scheduler::Survival out{options.faults, options.snapshots.every, snapshots, start, {}};
  if (!start) {
    auto beginning = std::make_shared<Snapshot>();
    beginning->model["parameters"] = {cast->first_parameters()};
    beginning->lr = options.train.optimizer.lr;
    out.start = beginning;
  }
  for (uint32_t s = 0; s < options.cluster.shards; ++s)
    out.ranges.push_back(cast->ground().layout.shard(s, options.cluster.shards));
  out.moments = ServerOptimizer(options.train.server).moments() > 0;
  return out;
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
    const auto company = state_->bring_up(
        {.round =
             [&](const RoundReport& report) {
               try {
                 if (observer && !observer_failed) observer(report);
               } catch (...) {
                 observer_failed = std::current_exception();
                 end(fail(Ec::failed, "the observer failed"));
               }
             },
         .end = end},
        {.log = state_->log,
         .given_up = [&](const std::string& name, const std::string& cause) {
           if (name.empty()) return end(fail(Ec::failed, cause));
           if (!name.starts_with("worker/")) end(fail(Ec::failed, name + " fell and was given up: " + cause));
         }});
    {
      std::lock_guard lock(state_->mutex);
      state_->company = company.get();
      for (auto& envelope : state_->said) company->tell("scheduler", std::move(envelope));
      state_->said.clear();
    }
    const Gone gone(*state_);
    company->tell("scheduler", Envelope::of<wire::Start>());
    state_->on_up(company->outside());
    ended.wait();
  }
  if (observer_failed) std::rethrow_exception(observer_failed);
  Expected<TrainingResult> result = ended.get();
  if (!result) throw UserError(UserError::run_failed, result.error().what);
  result->layout = state_->cast->ground().layout;
  result->planned_rounds = state_->cast->options().train.rounds;
  result->threads = state_->pool->threads();
  return std::move(*result);
}

void Training::start_paused() { state_->say(Envelope::of<wire::Pause>()); }

void Training::on_up(std::function<void(std::shared_ptr<Speaker>)> tell) { state_->on_up = std::move(tell); }

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
  const CheckpointOptions& options = state_->cast->options().checkpoints;
  if (options.every == 0) return;
  state_->checkpoints = std::make_shared<Checkpoints>(std::move(folder), options.keep, std::move(metadata));
  if (state_->start) state_->checkpoints->go_on_from(state_->start->round);
}

void Training::keep_snapshots(std::filesystem::path folder) {
  const SnapshotOptions& options = state_->cast->options().snapshots;
  if (options.every > 0 && state_->cast->options().train.mode == Mode::sync)
    state_->snapshots = std::make_shared<Snapshots>(std::move(folder), options.keep);
}

void Training::go_on_from(std::shared_ptr<const Snapshot> snapshot) {
  if (state_->cast->options().train.mode == Mode::async)
    throw UserError(UserError::bad_config, "train.mode: found async, expected sync: asynchronous runs cannot be taken up again yet");
  if (const auto why = objection(*snapshot, dimension()))
    throw UserError(UserError::bad_data, "the snapshot of round " + std::to_string(snapshot->round) + ": " + *why);
  if (const uint32_t rounds = state_->cast->options().train.rounds; snapshot->round > rounds)
    throw UserError(UserError::bad_config, "train.rounds: found " + std::to_string(rounds) + ", expected at least the " +
                                               std::to_string(snapshot->round) + " that are done");
  if (snapshot->rule)
    if (const auto why = state_->check->rule(*snapshot->rule))
      throw UserError(UserError::bad_data, "the snapshot of round " + std::to_string(snapshot->round) + ": its rule: " + *why);
  for (const auto& [worker, attack] : snapshot->attacks)
    if (const auto why = state_->check->attack(worker, attack))
      throw UserError(UserError::bad_data, "the snapshot of round " + std::to_string(snapshot->round) + ": its attacks: " + *why);
  state_->start = std::move(snapshot);
}

void Training::plan_processes(ProcessPlan plan) {
  state_->plan = std::move(plan);
  if (state_->in_processes()) try_processes(*state_->cast, state_->plan, state_->clock, *state_->pool);
  refuse_unused_gpus(state_->cast->options());
  // Cards are the nodes' own; what is compiled is the same everywhere.
  refuse_unused_gpus_of_shards(state_->cast->options(), cuda::compiled() ? "" : cuda::why_no_cards());
}

size_t Training::dimension() const { return state_->cast->ground().layout.dimension(); }

}  // namespace zenops
