#include "actors/cast.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "actors/async_shard.hpp"
#include "actors/async_validator.hpp"
#include "actors/async_worker.hpp"
#include "actors/backdoor.hpp"
#include "actors/contradictions.hpp"
#include "actors/gpu_of_shards.hpp"
#include "actors/groups.hpp"
#include "actors/order_check.hpp"
#include "actors/placing.hpp"
#include "actors/ringleader.hpp"
#include "actors/shard.hpp"
#include "actors/training.hpp"
#include "actors/validator.hpp"
#include "actors/wire/compose.hpp"
#include "actors/worker.hpp"

namespace zenops {
namespace {

Clock::Duration duration(std::chrono::duration<double> d) { return std::chrono::duration_cast<Clock::Duration>(d); }

/// That rule, and when too few rows came for it.
Judge::Ruling ruling(const Rules& rules, const RuleChoice& choice) {
  return {make_rule(rules, choice), [rules, choice](size_t rows, size_t caught) { return objection(rules, choice, rows, caught); }};
}

/// How validator `group` judges.
Judge::Options judging(const TrainingOptions& options, const Catalogue& catalogue, const Partition& partition, uint32_t group) {
  Judge::Options out{.granularity = options.rule.granularity, .group = group, .seed = options.seed};
  out.members = members_of(group, options.cluster.workers, options.cluster.validators);
  for (uint32_t w = 0; w < options.cluster.workers; ++w) out.counts.push_back(static_cast<double>(partition.part(w).size()));
  out.objection = ruling(catalogue.rules, options.rule.choice()).objection;
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

constexpr uint32_t most_joint_on_a_gpu = 16;  // fifteen workers of 32 images fill one; the gradients of all of them lie there at once
constexpr std::chrono::seconds most_patience{1};

std::vector<Device> devices_of(const std::vector<int>& gpus) {
  if (gpus.empty()) return {Device{}};
  if (const auto why = load_gpus()) throw UserError(UserError::run_failed, "there is a gpu for this process, but " + *why);
  const int count = count_gpus();
  std::vector<Device> out;
  for (const int gpu : gpus) {
    if (gpu >= count)
      throw UserError(UserError::run_failed, "gpu " + std::to_string(gpu) + ", on which this process is to train, is none that torch sees: found " +
                                                 std::to_string(count) + " of them");
    out.push_back({.kind = Device::Kind::gpu, .gpu = gpu});
  }
  return out;
}

/// The workers of each process in groups of two to `most`, in their order; who would be alone is in none.
std::vector<std::vector<uint32_t>> together_in_processes(const ClusterOptions& cluster, uint32_t most) {
  std::vector<std::vector<uint32_t>> out;
  for (uint32_t w = 0; w < cluster.workers; ++w) {
    const uint32_t first = cluster.isolation == Isolation::process ? sharing(w, cluster).first : 0;
    if ((w - first) % most == 0) out.emplace_back();
    out.back().push_back(w);
  }
  std::erase_if(out, [](const auto& workers) { return workers.size() < 2; });
  return out;
}

}  // namespace

Cast::Cast(TrainingOptions options, const Catalogue& catalogue)
    : options_(std::move(options)),
      catalogue_(catalogue),
      rule_(make_rule(catalogue_.rules, options_.rule.choice())) {
  for (const auto& [key, sentence] : contradictions(options_, catalogue_.rules))
    throw UserError(UserError::bad_config, key + ": " + sentence);
  const ClusterOptions& cluster = options_.cluster;
  ground_.data = std::make_shared<const Dataset>(load_data(options_, catalogue_));
  ground_.augment = options_.data.augment;
  ground_.partition = std::make_shared<const Partition>(share_out(options_, ground_.data->train));
  ground_.trigger = trigger_of(options_, catalogue_.attacks, ground_.data);
  pace_ = Pace(ground_.partition->mean_part() / options_.data.batch, options_.train.local_steps);
  options_ = in_rounds(std::move(options_), pace_);
  for (const AttackOptions& attack : options_.attacks)
    if (const auto why = objection(*catalogue_.attacks.find(attack.name), attack, attack_setting(options_)))
      throw UserError(UserError::bad_config, "attack" + (why->key.empty() ? "" : "." + why->key) + ": " + why->sentence);
  factory_ = std::make_shared<const ReplicaFactory>(options_.model, input_shape(ground_.data->train), options_.seed, catalogue_.models);
  if (options_.train.joint > 1 && !factory_->joins())
    throw UserError(UserError::bad_config, "train.joint: found " + std::to_string(options_.train.joint) + ", expected 0 or 1: " + options_.model.name +
                                               " adds up what it finds of a weight over all samples");
  ground_.layout = factory_->layout();
  // Where nobody counts, shards take what they find, and leave the rest to the processor.
  if (options_.placement.workers.gpu_memory > 0 || options_.placement.validators.gpu_memory > 0)
    options_.placement.shards.gpu_memory = gpu_memory_of_shards(options_, ground_.layout, rule_->needs());
  adversary_ = std::make_unique<const Adversary>(catalogue_.attacks, options_.attacks, options_.seed,
                                                 AttackTarget{ground_.layout, cluster.shards});
  ground_.optimizer = std::make_shared<const Optimizer>(options_.train.optimizer, ground_.layout);
  ground_.proximal = static_cast<float>(options_.train.proximal);
  ground_.send = options_.train.send;
  static_cast<void>(factory_->make());  // loads torch
}

Cast::~Cast() = default;

void Cast::train_with(int threads, std::shared_ptr<Rows> rows, const GpusHere& here) {
  ground_.rows = std::move(rows);
  shards_gpu_ = here.shards;
  const std::vector<int>& gpus = here.training;
  devices_ = devices_of(gpus);
  ground_.replicas = std::make_shared<Replicas>(*factory_, threads, devices_);
  const uint32_t together = options_.train.joint > 0 ? options_.train.joint : gpus.empty() || !factory_->joins() ? 1 : most_joint_on_a_gpu;
  if (together == 1 || async() || options_.faults.mode == FaultOptions::Mode::exact) return;
  std::vector<Cohort::Options> cohorts;
  const auto clock = std::make_shared<SystemClock>();
  for (std::vector<uint32_t>& workers : together_in_processes(options_.cluster, together)) {
    const Device device = devices_[cohorts.size() % devices_.size()];
    cohorts.push_back({.workers = workers,
                       .make = [factory = factory_, most = workers.size(), device] { return factory->make_joint(most, device); },
                       .prepare_thread = [factory = factory_] { factory->prepare_thread(); },
                       .patience = std::min<Clock::Duration>(most_patience, duration(options_.cluster.deadline) / 10),
                       .clock = clock});
  }
  ground_.cohorts = std::make_shared<Cohorts>(std::move(cohorts));
}

void Cast::try_first_step() const {
  const Sampler sampler(ground_.partition->part(0), options_.data.batch, options_.seed, Role::worker, 0);
  std::vector<uint32_t> indices;
  Batch batch;
  sampler.batch(0, indices);
  gather(ground_.data->train, indices, batch);
  factory_->prepare_thread();
  try_step(*factory_->make(devices_.front()), batch);
}

Row Cast::first_parameters() const {
  Row out = ground_.rows->make(ground_.layout.dimension());
  std::ranges::copy(factory_->initial_weights(), out.mutable_view().begin());
  return out;
}

std::vector<std::string> Cast::names() const {
  const ClusterOptions& cluster = options_.cluster;
  std::vector<std::string> out;
  for (const auto& [kind, count] : {std::pair("shard", cluster.shards), {"validator", cluster.validators}, {"worker", cluster.workers}})
    for (uint32_t k = 0; k < count; ++k) out.push_back(nth(kind, k));
  return out;
}

RestartSpec Cast::restarts(const std::string& name) const {
  if (name.starts_with("shard/") && async()) return RestartSpec::never();
  return {.intensity = options_.cluster.restarts, .period = duration(options_.cluster.restart_period)};
}

std::unique_ptr<Actor> Cast::make(Context& context, const std::string& name) const {
  const uint32_t k = index_of(name);
  if (name.starts_with("shard/")) return make_shard(context, k);
  if (on_gpus()) end_if_lost(lost_gpu());
  if (name.starts_with("validator/")) return make_validator(context, k);
  return make_worker(context, k);
}

std::unique_ptr<Actor> Cast::make_shard(Context& context, uint32_t s) const {
  const ClusterOptions& cluster = options_.cluster;
  const ShardRange range = ground_.layout.shard(s, cluster.shards);
  Row part = ground_.rows->make(range.size);
  std::ranges::copy(factory_->initial_weights().subspan(range.offset, range.size), part.mutable_view().begin());
  const Holder::Options options{s, cluster.shards, cluster.validators, rule_->needs(), duration(cluster.deadline),
                                options_.rule.across, cluster.shard_threads, options_.train.compression,
                                [rules = catalogue_.rules](const RuleChoice& choice) { return make_rule(rules, choice)->needs(); },
                                options_.seed, cluster.workers, options_.rule.granularity,
                                options_.train.send, options_.train.server, cluster.isolation == Isolation::process, accelerator()};
  if (async()) return std::make_unique<AsyncShard>(context, options, ground_.layout, ground_.rows, part);
  return std::make_unique<Shard>(context, options, ground_.layout, ground_.rows, part);
}

std::shared_ptr<Accelerator> Cast::accelerator() const {
  std::lock_guard lock(mutex_);
  if (!accelerator_) accelerator_ = catalogue_.accelerator({options_.placement.shards.gpus, shards_gpu_});
  if (*accelerator_) end_if_lost((*accelerator_)->lost());
  return *accelerator_;
}

void Cast::end_if_lost(const std::string& why) const {
  if (why.empty()) return;
  if (options_.cluster.isolation == Isolation::thread) throw std::runtime_error(why);
  std::cerr << "this process ends: " + why + '\n';  // another finds the card as it should be
  std::_Exit(1);
}

std::unique_ptr<Actor> Cast::make_validator(Context& context, uint32_t v) const {
  auto learner = std::make_shared<Learner>(ground_, Role::validator, v, options_.seed, options_.data.batch, options_.train.local_steps);
  Judge::Options judges = judging(options_, catalogue_, *ground_.partition, v);
  const uint32_t shards = options_.cluster.shards;
  if (!async())
    return std::make_unique<Validator>(context, std::move(learner), ground_.layout, shards, rule_, std::move(judges),
                                       [rules = catalogue_.rules](const RuleChoice& choice) { return ruling(rules, choice); });
  return std::make_unique<AsyncValidator>(context, v, std::move(learner), ground_.layout, shards, rule_, std::move(judges), real_delays());
}

std::unique_ptr<Actor> Cast::make_worker(Context& context, uint32_t w) const {
  auto local = std::make_shared<LocalWorker>(w, ground_, options_.train, options_.data.batch, options_.seed);
  const uint32_t shards = options_.cluster.shards;
  if (!async()) return std::make_unique<Worker>(context, w, std::move(local), ground_.layout, shards, *adversary_, has_adversary());
  return std::make_unique<AsyncWorker>(context, w, std::move(local), ground_.layout, shards, *adversary_, real_delays());
}

bool Cast::has_adversary() const { return options_.adversary.threat_model != Sight::nothing && !async(); }

std::unique_ptr<Actor> Cast::make_adversary(Context& context) const {
  auto ground = std::make_shared<Conspiracy::Ground>(
      Conspiracy::Ground{.layout = ground_.layout,
                         .participation = Participation(options_.train, ground_.layout, options_.seed),
                         .threat_model = options_.adversary.threat_model,
                         .granularity = options_.rule.granularity,
                         .seed = options_.seed,
                         .rules = catalogue_.rules,
                         .counts = {},
                         .rows = ground_.rows});
  for (uint32_t w = 0; w < options_.cluster.workers; ++w)
    ground->counts.push_back(static_cast<double>(ground_.partition->part(w).size()));
  const Ringleader::Options options{duration(options_.cluster.deadline), options_.train.compression, options_.rule.choice()};
  return std::make_unique<Ringleader>(context, options, std::move(ground), *adversary_);
}

std::shared_ptr<const Delays> Cast::real_delays() const {
  return options_.async.simulated ? nullptr : std::make_shared<const Delays>(options_.delays, options_.seed);
}

}  // namespace zenops
