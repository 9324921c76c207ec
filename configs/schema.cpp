#include "configs/schema.hpp"

#include <algorithm>
#include <array>

#include "runtime/ledger.hpp"

namespace zenops {
namespace {

constexpr double most = UINT32_MAX, most_gpus = NodeSpec::most_gpus;

/// How a field's type is said in a Value and back.
template <class Field>
Value to_value(const Field& field) {
  if constexpr (std::is_same_v<Field, std::string> || std::is_same_v<Field, bool>)
    return field;
  else if constexpr (std::is_same_v<Field, std::filesystem::path>)
    return field.string();
  else if constexpr (std::is_same_v<Field, float>)
    return widened(field);
  else if constexpr (std::is_integral_v<Field>)
    return static_cast<uint64_t>(field);
  else if constexpr (std::is_same_v<Field, double>)
    return field;
  else
    return field.count();
}

template <class Field>
void from_value(Field& field, const Value& value) {
  if constexpr (std::is_same_v<Field, std::string> || std::is_same_v<Field, bool>)
    field = std::get<Field>(value);
  else if constexpr (std::is_same_v<Field, std::filesystem::path>)
    field = std::get<std::string>(value);
  else if constexpr (std::is_integral_v<Field>)
    field = static_cast<Field>(std::get<uint64_t>(value));
  else if constexpr (std::is_floating_point_v<Field>)
    field = static_cast<Field>(std::get<double>(value));
  else
    field = Field(std::get<double>(value));
}

/// A key bound to a field: `field` is a lambda that takes the target, const or not, and returns a reference into it.
template <class Target = Config, class FieldOf>
Key<Target> key(std::string path, Shape shape, FieldOf field, std::string sentence) {
  return {.path = std::move(path),
          .shape = std::move(shape),
          .sentence = std::move(sentence),
          .get = [field](const Target& target) { return to_value(field(target)); },
          .set = [field](Target& target, const Value& value) { from_value(field(target), value); }};
}

/// A key bound to an enum whose values are, in their order, the choices.
template <class FieldOf>
Key<Config> key(std::string path, std::vector<std::string> choices, FieldOf field, std::string sentence) {
  return {.path = std::move(path),
          .shape = {.kind = Shape::Kind::choice, .choices = choices},
          .sentence = std::move(sentence),
          .get = [=](const Config& c) { return choices[static_cast<size_t>(field(c))]; },
          .set =
              [=](Config& c, const Value& value) {
                const auto it = std::find(choices.begin(), choices.end(), std::get<std::string>(value));
                auto& target = field(c);
                target = static_cast<std::remove_reference_t<decltype(target)>>(it - choices.begin());
              }};
}

Shape integer(double min, double max = most) { return {.kind = Shape::Kind::integer, .min = min, .max = max}; }
Shape number(double min, double max) { return {.kind = Shape::Kind::number, .min = min, .max = max}; }
Shape positive(double max) { return {.kind = Shape::Kind::number, .max = max, .open_min = true}; }
Shape below(double max) { return {.kind = Shape::Kind::number, .max = max, .open_max = true}; }
Shape choice(std::vector<std::string> choices) { return {.kind = Shape::Kind::choice, .choices = std::move(choices)}; }

template <class Entries>
std::vector<const Description*> descriptions(const Entries& entries) {
  std::vector<const Description*> result;
  for (const auto& entry : entries) result.push_back(&entry);
  return result;
}

std::vector<std::string> names(const std::vector<const Description*>& entries) {
  std::vector<std::string> result;
  for (const auto* entry : entries) result.push_back(entry->name);
  return result;
}

/// What may happen when a rule has too few rows: a rule that has enough with any number of them takes over.
std::vector<std::string> stand_ins(const Rules& rules) {
  std::vector<std::string> result = {"wait", "stop"};
  for (const RuleEntry& rule : rules.entries())
    if (!rule.alone && rule.needs == Needs{} && !objection(rule, with_defaults(rule, {}), 1)) result.push_back(rule.name);
  return result;
}

/// A section bound to a struct of options that has a name and parameters.
template <class OptionsOf>
Chosen chosen_by_name(std::string section, std::vector<const Description*> entries, OptionsOf options) {
  return {.section = std::move(section),
          .entries = std::move(entries),
          .name = [options](const Config& c) -> const std::string& { return options(c).name; },
          .parameters = [options](Config& c) -> Parameters& { return options(c).parameters; }};
}

Key<Config> loss() {
  return {.path = "model.loss",
          .shape = {.kind = Shape::Kind::choice, .choices = {"cross_entropy"}},
          .sentence = "what is minimised: cross_entropy of the output, a number for each class",
          .get = [](const Config&) { return "cross_entropy"; },
          .set = [](Config&, const Value&) {}};
}

/// A key bound to a list of rounds, or of epochs.
template <class FieldOf>
Key<Config> moments(std::string path, FieldOf field, std::string sentence) {
  return {.path = std::move(path),
          .shape = {.kind = Shape::Kind::rounds},
          .sentence = std::move(sentence),
          .get = [field](const Config& c) { return field(c); },
          .set = [field](Config& c, const Value& value) { field(c) = std::get<std::vector<uint32_t>>(value); }};
}

Key<AttackOptions> liars() {
  return {.path = "attack.workers",
          .shape = {.kind = Shape::Kind::workers},
          .sentence =
              "who lies: a count N (the first N workers) or a list of indices; without it everybody, or in a list of "
              "attacks everybody whom no entry before names in that round",
          .get = [](const AttackOptions& a) { return a.workers; },
          .set = [](AttackOptions& a, const Value& value) { a.workers = std::get<std::vector<uint32_t>>(value); }};
}

}  // namespace

const Description* find(const std::vector<const Description*>& entries, std::string_view name) {
  const auto it = std::find_if(entries.begin(), entries.end(), [&](const auto* e) { return e->name == name; });
  return it == entries.end() ? nullptr : *it;
}

std::string section_of(const std::string& path) {
  const size_t dot = path.rfind('.');
  return dot == std::string::npos ? "" : path.substr(0, dot);
}

std::string leaf_of(const std::string& path) { return path.substr(path.rfind('.') + 1); }

Schema::Schema(const Catalogue& catalogue) {
  using Kind = Shape::Kind;
  const auto datasets = descriptions(catalogue.datasets.entries());
  const auto models = descriptions(catalogue.models.entries());
  const auto rules = descriptions(catalogue.rules.entries());
  attacks = descriptions(catalogue.attacks.entries());
  pre_aggregators = descriptions(catalogue.rules.pre_aggregators());

  keys = {
      key(
          "name", {.kind = Kind::folder}, [](auto& c) -> auto& { return c.training.name; },
          "what the run and its folder are called"),
      key(
          "seed", integer(0, 0x1p64), [](auto& c) -> auto& { return c.training.seed; },
          "of every random number in the run: the same config and seed give the same weights"),

      key(
          "plumbing", {.kind = Kind::boolean}, [](auto& c) -> auto& { return c.plumbing; },
          "instead of training: push known numbers through the shards and compare what comes out, as Zeno-PS's test_zenops_*.py"),

      key(
          "data.name", choice(names(datasets)), [](auto& c) -> auto& { return c.training.data.name; },
          "the data set; `zenops-cli datasets` lists them"),
      key(
          "data.path", {.kind = Kind::text}, [](auto& c) -> auto& { return c.training.data.path; },
          "the folder that holds its files; empty: where the data set usually lies"),
      key(
          "data.file", {.kind = Kind::text}, [](auto& c) -> auto& { return c.training.data.file; },
          "of a data set in one file: the text, or a safetensors file with inputs, labels, test_inputs and test_labels"),
      key(
          "data.inputs", {.kind = Kind::text}, [](auto& c) -> auto& { return c.training.data.inputs; },
          "of arrays: the .npy file with the samples to train on"),
      key(
          "data.labels", {.kind = Kind::text}, [](auto& c) -> auto& { return c.training.data.labels; },
          "of arrays: the .npy file with their labels, whole numbers from 0"),
      key(
          "data.test_inputs", {.kind = Kind::text}, [](auto& c) -> auto& { return c.training.data.test_inputs; },
          "of arrays: the .npy file with the samples to test on"),
      key(
          "data.test_labels", {.kind = Kind::text}, [](auto& c) -> auto& { return c.training.data.test_labels; },
          "of arrays: the .npy file with their labels"),
      key(
          "data.order", {"channels_first", "channels_last"}, [](auto& c) -> auto& { return c.training.data.order; },
          "of arrays: samples × channels × height × width, as PyTorch has images, or samples × height × width × channels"),
      key(
          "data.verify", {.kind = Kind::boolean}, [](auto& c) -> auto& { return c.training.data.verify; },
          "refuse files that are not those of the known data set (by SHA-256; CIFAR's by their length)"),
      key(
          "data.image", {"auto", "as_is"}, [](auto& c) -> auto& { return c.training.data.image; },
          "auto: images that are smaller or grey are shown in the size and colours that the model wants"),
      key(
          "data.augment", {"none", "crop_flip"}, [](auto& c) -> auto& { return c.training.data.augment; },
          "of images to train on: none, or crop_flip (4 zeros around, cut back at a random place, mirrored or not)"),
      key(
          "data.partition", {"contiguous", "iid", "dirichlet", "gamma_similarity", "by_label", "quantity"},
          [](auto& c) -> auto& { return c.training.data.partition; },
          "how workers share it: contiguous (workers + 1 slices in the file's order, the last for the validators), iid (the same "
          "after a shuffle), dirichlet (of each label, shares drawn from Dirichlet(alpha)), gamma_similarity (a share gamma as iid, "
          "the rest sorted by label), by_label (whole labels) or quantity (as iid, sizes drawn from Dirichlet(alpha))"),
      key(
          "data.alpha", number(1e-6, 1e6), [](auto& c) -> auto& { return c.training.data.alpha; },
          "of dirichlet and quantity: how even the shares are; small is uneven"),
      key(
          "data.gamma", number(0, 1), [](auto& c) -> auto& { return c.training.data.gamma; },
          "of gamma_similarity: the share of the samples that is dealt out as with iid; 1 is iid"),
      key(
          "data.trusted", integer(0), [](auto& c) -> auto& { return c.training.data.trusted; },
          "samples of the validators' part; 0: as many as in an equal part"),
      key(
          "data.liars", {"share", "none"}, [](auto& c) -> auto& { return c.training.data.liars; },
          "what those have whom attack.workers names: share: a part like everybody; none: nothing, and those of them that train do so "
          "on the samples of an honest worker"),
      key(
          "data.batch", integer(1, 1e6), [](auto& c) -> auto& { return c.training.data.batch; },
          "samples in one local step"),

      key(
          "model.name", choice(names(models)), [](auto& c) -> auto& { return c.training.model.name; },
          "the model; `zenops-cli models` lists them"),
      key(
          "model.init", {.kind = Kind::text}, [](auto& c) -> auto& { return c.training.model.init; },
          "initial weights: a safetensors file, or a run's folder; empty: drawn from the seed"),
      key(
          "model.file", {.kind = Kind::text}, [](auto& c) -> auto& { return c.training.model.file; },
          "a TorchScript file; the name is then torchscript and need not be said"),
      loss(),
      key(
          "model.batch_norm", {"validator", "average", "local"},
          [](auto& c) -> auto& { return c.training.model.batch_norm; },
          "whose running statistics batch norms are evaluated with: the validators', everybody's combined by the rule, "
          "or "
          "nobody's (each batch's own)"),

      key(
          "train.mode", {"sync", "async"}, [](auto& c) -> auto& { return c.training.train.mode; },
          "sync: every round waits for its workers; async: updates are judged as they come, and a round is as many of them as "
          "there are workers"),
      key(
          "train.rounds", integer(1), [](auto& c) -> auto& { return c.training.train.rounds; },
          "rounds: local steps, then one exchange"),
      key(
          "train.epochs", number(0, 1e6), [](auto& c) -> auto& { return c.training.train.epochs; },
          "passes of a worker over its part of the data, which then decide the rounds; 0: train.rounds does"),
      key(
          "train.worker_epochs", number(0, 1e6), [](auto& c) -> auto& { return c.training.train.worker_epochs; },
          "epochs after which workers stop, and the run with them, if they are fewer than its own; 0: workers go on as long as it does"),
      key(
          "train.local_steps", integer(1), [](auto& c) -> auto& { return c.training.train.local_steps; },
          "steps of the optimizer that a worker takes in a round"),
      key(
          "train.joint", integer(0, 1024), [](auto& c) -> auto& { return c.training.train.joint; },
          "workers of one process whose first local step in a round is computed in one pass of the network, with other roundings than "
          "alone; 0: 16 on a GPU, 1 on cores"),
      key(
          "train.eval_every", integer(0), [](auto& c) -> auto& { return c.training.train.eval_every; },
          "rounds between two evaluations on the test set; 0: one an epoch; the last round is always evaluated"),
      key(
          "train.subsample", {.kind = Kind::number, .max = 1, .open_min = true},
          [](auto& c) -> auto& { return c.training.train.subsample; }, "chance of a worker to take part in a round"),
      key(
          "train.sparsity", below(1), [](auto& c) -> auto& { return c.training.train.sparsity; },
          "chance of a block (one parameter tensor) to be left out of what a worker sends"),
      key(
          "train.compression", {"none", "top_k", "sign", "bf16"},
          [](auto& c) -> auto& { return c.training.train.compression.kind; },
          "what a worker sends of each block: all, the largest numbers, signs and one size, or numbers of 16 bits"),
      key(
          "train.compression_share", {.kind = Kind::number, .max = 1, .open_min = true},
          [](auto& c) -> auto& { return c.training.train.compression.share; },
          "share of each block's numbers that top_k sends, at least one number"),
      key(
          "train.error", {"reset", "feedback"}, [](auto& c) -> auto& { return c.training.train.error; },
          "what becomes of what a worker did not send: it stays in the worker's own model for one round, or is added to what it "
          "sends next"),
      key(
          "train.proximal", below(1), [](auto& c) -> auto& { return c.training.train.proximal; },
          "share of the way back to where the update began that the weights go after each local step (Zeno-PS's rho)"),
      key(
          "train.send", {"delta", "gradient", "momentum"}, [](auto& c) -> auto& { return c.training.train.send; },
          "what workers and validators send: how local steps changed the weights, or the way down at the round's parameters: the "
          "batch's gradient, or the sender's running mean of it (docs/training.md)"),
      key(
          "train.precision", {"fp32", "bf16"}, [](auto& c) -> auto& { return c.training.model.precision; },
          "what products are computed in; bf16: faster on CPUs that have it, with coarser gradients"),
      key(
          "train.optimizer.name", choice({"sgd", "nag"}),
          [](auto& c) -> auto& { return c.training.train.optimizer.name; },
          "of the local steps: sgd (with momentum) or nag (Nesterov's)"),
      key(
          "train.optimizer.lr", positive(1000), [](auto& c) -> auto& { return c.training.train.optimizer.lr; },
          "learning rate"),
      key(
          "train.optimizer.momentum", below(1), [](auto& c) -> auto& { return c.training.train.optimizer.momentum; },
          "momentum"),
      key(
          "train.optimizer.weight_decay", number(0, 1),
          [](auto& c) -> auto& { return c.training.train.optimizer.weight_decay; }, "weight decay (L2)"),
      key(
          "train.optimizer.no_decay", {.kind = Kind::text},
          [](auto& c) -> auto& { return c.training.train.optimizer.no_decay; },
          "blocks without weight decay: their names, with * and ?, or vectors (biases and batch norms), separated by "
          "spaces"),
      key(
          "train.optimizer.clip_norm", number(0, 1e6),
          [](auto& c) -> auto& { return c.training.train.optimizer.clip_norm; },
          "a gradient of the whole model that is longer is shortened to this; 0: none is"),
      key(
          "train.optimizer.schedule.name", {"constant", "step", "cosine"},
          [](auto& c) -> auto& { return c.training.train.optimizer.schedule.kind; },
          "how the learning rate goes with the rounds"),
      moments(
          "train.optimizer.schedule.rounds", [](auto& c) -> auto& { return c.training.train.optimizer.schedule.rounds; },
          "step: from each of these rounds on the rate is `factor` times the one before"),
      moments(
          "train.optimizer.schedule.epochs", [](auto& c) -> auto& { return c.training.train.optimizer.schedule.epochs; },
          "step: the same after each of so many epochs"),
      key(
          "train.optimizer.schedule.factor", {.kind = Kind::number, .max = 1, .open_min = true},
          [](auto& c) -> auto& { return c.training.train.optimizer.schedule.factor; },
          "step: what the rate is multiplied by"),
      key(
          "train.optimizer.schedule.last", number(0, 1),
          [](auto& c) -> auto& { return c.training.train.optimizer.schedule.last; },
          "cosine: the share of the rate that it ends with"),
      key(
          "train.optimizer.schedule.warmup", integer(0),
          [](auto& c) -> auto& { return c.training.train.optimizer.schedule.warmup; },
          "rounds in which the rate rises to its height in equal steps; 0: it begins there"),
      key(
          "train.server.optimizer", {"sgd", "momentum", "adam", "yogi", "adagrad"},
          [](auto& c) -> auto& { return c.training.train.server.kind; },
          "how the server moves the parameters by what the rule made of a round (docs/training.md)"),
      key(
          "train.server.lr", positive(1000), [](auto& c) -> auto& { return c.training.train.server.lr; },
          "learning rate of the server's optimizer; the schedule does not change it"),
      key(
          "train.server.momentum", below(1), [](auto& c) -> auto& { return c.training.train.server.momentum; },
          "of momentum: how much of the last step the next one keeps"),
      key(
          "train.server.beta1", below(1), [](auto& c) -> auto& { return c.training.train.server.beta1; },
          "of adam, yogi and adagrad: how much their mean keeps of the one before"),
      key(
          "train.server.beta2", {.kind = Kind::number, .max = 1, .open_min = true, .open_max = true}, [](auto& c) -> auto& { return c.training.train.server.beta2; },
          "of adam and yogi: the same, of the mean of squares"),
      key(
          "train.server.tau", number(1e-12, 1000), [](auto& c) -> auto& { return c.training.train.server.tau; },
          "of adam, yogi and adagrad: what is added to the root of the mean of squares, which begins with the square of it"),

      key(
          "async.alpha", {.kind = Kind::number, .max = 1, .open_min = true},
          [](auto& c) -> auto& { return c.training.async.alpha; }, "what an accepted update is multiplied by"),
      key(
          "async.alpha_decay", {.kind = Kind::number, .max = 1, .open_min = true},
          [](auto& c) -> auto& { return c.training.async.alpha_decay; }, "what alpha is multiplied by when it decays"),
      moments(
          "async.alpha_decay_rounds", [](auto& c) -> auto& { return c.training.async.alpha_decay_rounds; },
          "from each of these rounds on alpha is alpha_decay times the one before"),
      moments(
          "async.alpha_decay_epochs", [](auto& c) -> auto& { return c.training.async.alpha_decay_epochs; },
          "the same after each of so many epochs"),
      key(
          "async.buffer", integer(1), [](auto& c) -> auto& { return c.training.async.buffer; },
          "updates that are judged together, one of each worker at most; with 2 or more any rule of sync mode can judge them"),
      key(
          "async.max_staleness", integer(0), [](auto& c) -> auto& { return c.training.async.max_staleness; },
          "an update is refused when more versions were made since its worker was given its parameters; 0: none is"),
      key(
          "async.damping", {"none", "hinge", "poly"}, [](auto& c) -> auto& { return c.training.async.damping.kind; },
          "how much an update counts that is t versions old: hinge: 1 up to t = b, then 1 / (a (t − b) + 1); poly: (t + 1)^−a"),
      key(
          "async.damping_a", positive(1e6), [](auto& c) -> auto& { return c.training.async.damping.a; }, "a of the damping"),
      key(
          "async.damping_b", number(0, 1e6), [](auto& c) -> auto& { return c.training.async.damping.b; },
          "b of the damping, in versions"),
      key(
          "async.scale_lr", {.kind = Kind::boolean}, [](auto& c) -> auto& { return c.training.async.scale_lr; },
          "multiply the learning rate by √(1 / (workers + 1)), as Zeno-PS does"),
      key(
          "async.time", {"real", "simulated"}, [](auto& c) -> auto& { return c.training.async.simulated; },
          "real: updates count in the order in which they come; simulated: in the order that step_seconds and delays say, the "
          "same in every run"),
      key(
          "async.step_seconds", positive(1e6), [](auto& c) -> auto& { return c.training.async.step_seconds; },
          "of simulated time, for one local step"),

      key(
          "cluster.workers", integer(1, 100'000), [](auto& c) -> auto& { return c.training.cluster.workers; },
          "workers, honest and lying"),
      key(
          "cluster.validators", integer(1, 100'000), [](auto& c) -> auto& { return c.training.cluster.validators; },
          "validators V: worker j is judged by validator j mod V, and their results are averaged"),
      key(
          "cluster.shards", integer(1, 1000), [](auto& c) -> auto& { return c.training.cluster.shards; },
          "server shards that hold the parameters; the result does not depend on it"),
      key(
          "cluster.threads", integer(0, 1024), [](auto& c) -> auto& { return c.training.cluster.threads; },
          "threads that compute; 0: one per core; the result does not depend on it"),
      key(
          "cluster.shard_threads", integer(0, 1024), [](auto& c) -> auto& { return c.training.cluster.shard_threads; },
          "of those threads, how many one shard may use at a time; 0: all"),
      key(
          "cluster.deadline", positive(1e6), [](auto& c) -> auto& { return c.training.cluster.deadline; },
          "seconds after which a round goes on without whoever has not answered"),
      key(
          "cluster.restarts", integer(0), [](auto& c) -> auto& { return c.training.cluster.restarts; },
          "restarts of one actor within restart_period before it is given up"),
      key(
          "cluster.restart_period", positive(1e7), [](auto& c) -> auto& { return c.training.cluster.restart_period; },
          "seconds"),
      key(
          "cluster.serialize", {.kind = Kind::boolean}, [](auto& c) -> auto& { return c.training.cluster.serialize; },
          "write every message to bytes and read it back on its way, to find mistakes in messages"),
      key(
          "cluster.isolation", {"thread", "process"}, [](auto& c) -> auto& { return c.training.cluster.isolation; },
          "where shards, validators and workers live: thread: all in the process that runs them; process: each in one of its own, "
          "restarted when it dies; the result does not depend on it"),
      key(
          "cluster.workers_per_process", integer(1, 1000),
          [](auto& c) -> auto& { return c.training.cluster.workers_per_process; },
          "workers that share a process, with isolation: process"),
      key(
          "cluster.placement.workers", {"pack", "spread", "strict_pack", "strict_spread"}, [](auto& c) -> auto& { return c.training.placement.workers.strategy; },
          "how workers lie on the nodes of a cluster: on as few as possible (pack), on as many as possible (spread), or so or not at all (strict)"),
      key(
          "cluster.placement.shards", {"pack", "spread", "strict_pack", "strict_spread"}, [](auto& c) -> auto& { return c.training.placement.shards.strategy; },
          "how shards lie on the nodes"),
      key(
          "cluster.placement.validators", {"pack", "spread", "strict_pack", "strict_spread"}, [](auto& c) -> auto& { return c.training.placement.validators.strategy; },
          "how validators lie on the nodes"),
      key(
          "cluster.placement.worker_cores", number(0, 1e6), [](auto& c) -> auto& { return c.training.placement.workers.cores; },
          "cores that each worker is given on its node, in parts if need be; 0: it takes what is free"),
      key(
          "cluster.placement.shard_cores", number(0, 1e6), [](auto& c) -> auto& { return c.training.placement.shards.cores; },
          "cores that each shard is given on its node, in parts if need be; 0: it takes what is free"),
      key(
          "cluster.placement.validator_cores", number(0, 1e6), [](auto& c) -> auto& { return c.training.placement.validators.cores; },
          "cores that each validator is given on its node, in parts if need be; 0: it takes what is free"),
      key(
          "cluster.placement.worker_memory", number(0, 1e6), [](auto& c) -> auto& { return c.training.placement.workers.memory; },
          "GiB of memory that each worker is given; 0: they are not counted"),
      key(
          "cluster.placement.shard_memory", number(0, 1e6), [](auto& c) -> auto& { return c.training.placement.shards.memory; },
          "GiB of memory that each shard is given; 0: they are not counted"),
      key(
          "cluster.placement.validator_memory", number(0, 1e6), [](auto& c) -> auto& { return c.training.placement.validators.memory; },
          "GiB of memory that each validator is given; 0: they are not counted"),
      key(
          "cluster.placement.worker_gpus", number(0, most_gpus), [](auto& c) -> auto& { return c.training.placement.workers.gpus; },
          "GPUs of the process in which a worker trains: whole ones, or a part of one; workers that share it share them; resources.gpu "
          "if not given"),
      key(
          "cluster.placement.validator_gpus", number(0, most_gpus), [](auto& c) -> auto& { return c.training.placement.validators.gpus; },
          "GPUs of the process in which a validator trains: whole ones, or a part of one; resources.gpu if not given"),
      key(
          "cluster.placement.shard_gpus", number(0, 1), [](auto& c) -> auto& { return c.training.placement.shards.gpus; },
          "GPU of the process in which a shard lives, for the rows that it measures and combines: one, or a part of one; 0: cores do it, "
          "whatever resources.gpu says"),
      key(
          "resources.gpu", number(0, most_gpus), [](auto& c) -> auto& { return c.training.placement.gpus; },
          "GPUs of each process in which workers or validators train: whole ones, or a part of one, like 0.1; all who live in a process "
          "share its GPUs, and with isolation: thread that is everybody; 0: they train on cores"),
      key(
          "resources.gpu_memory", number(0, 1e6), [](auto& c) -> auto& { return c.training.placement.gpu_memory; },
          "GiB of memory on each of the GPUs that such a process is given; 0: it is not counted"),

      key(
          "rule.name", choice(names(rules)), [](auto& c) -> auto& { return c.training.rule.name; },
          "how updates become one; `zenops-cli rules` lists them"),
      key(
          "rule.granularity", {"block", "model"}, [](auto& c) -> auto& { return c.training.rule.granularity; },
          "what is judged at once: each block (one parameter tensor) or the whole model"),
      key(
          "rule.across", {"average", "median_of_validators"}, [](auto& c) -> auto& { return c.training.rule.across; },
          "how what several validators made of their groups becomes one: the mean, or per number the median, which survives "
          "lying validators as long as they are fewer than half"),
      key(
          "rule.below_minimum", choice(stand_ins(catalogue.rules)),
          [](auto& c) -> auto& { return c.training.rule.below_minimum; },
          "when fewer rows came in a round than the rule needs: wait (the round changes nothing), stop (the run fails), or the "
          "rule that takes over"),

      key(
          "reputation.mode", {"off", "watch", "evict"}, [](auto& c) -> auto& { return c.training.reputation.mode; },
          "what follows from how often the rule refuses a worker: nothing, notes in the rounds' reports, or quarantine and eviction as well; of sync mode"),
      key(
          "reputation.window", integer(1, 1e6), [](auto& c) -> auto& { return c.training.reputation.window; },
          "of a worker's answers, how many of the last count"),
      key(
          "reputation.least", integer(1, 1e6), [](auto& c) -> auto& { return c.training.reputation.least; },
          "answers before a worker is judged by how often it was refused"),
      key(
          "reputation.warn", {.kind = Kind::number, .max = 1, .open_min = true}, [](auto& c) -> auto& { return c.training.reputation.warn; },
          "it is warned when it has so much of what it sends refused beyond what the worker in the middle has, as a share of what that one has accepted, and beyond chance"),
      key(
          "reputation.quarantine", {.kind = Kind::number, .max = 1, .open_min = true}, [](auto& c) -> auto& { return c.training.reputation.quarantine; },
          "the same, to quarantine: what it sends is judged and does not enter"),
      key(
          "reputation.evict", {.kind = Kind::number, .max = 1, .open_min = true}, [](auto& c) -> auto& { return c.training.reputation.evict; },
          "the same, to evict: it is barred for ever, and a fresh worker takes its place before the next round, in another process and, while there is room, on another node"),
      key(
          "reputation.proofs", integer(1, 1e6), [](auto& c) -> auto& { return c.training.reputation.proofs; },
          "rows within the window that prove a lie (not finite, wrong shape, said twice) and evict; the last but one quarantines"),
      key(
          "reputation.absent", {.kind = Kind::number, .max = 1, .open_min = true}, [](auto& c) -> auto& { return c.training.reputation.absent; },
          "share of its last rounds in which nothing came, from which on it is warned"),
      key(
          "reputation.readmit", integer(1, 1e6), [](auto& c) -> auto& { return c.training.reputation.readmit; },
          "rounds of quarantine after which it is trusted again when its rows would have been accepted"),
      key(
          "reputation.node_evictions", integer(0), [](auto& c) -> auto& { return c.training.reputation.node_evictions; },
          "evictions on one node, then nobody is placed there any more; 0: that never happens"),
      key(
          "reputation.replacement", {"honest", "same"}, [](auto& c) -> auto& { return c.training.reputation.replacement; },
          "what the worker that follows an evicted one does: honest: it does not lie; same: what the configuration says of its index"),
      key(
          "adversary.threat_model", {"nothing", "statistics", "rows", "rule"},
          [](auto& c) -> auto& { return c.training.adversary.threat_model; },
          "what liars that collude know, each level with all before it: nothing of others, mean and deviation of the honest rows, the "
          "honest rows, what the rule makes of them"),
      key(
          "snapshots.every", integer(0), [](auto& c) -> auto& { return c.training.snapshots.every; },
          "rounds between two snapshots of everything, in the run's snapshots/, from which `run --resume` goes on; 0: none"),
      key(
          "snapshots.keep", integer(1), [](auto& c) -> auto& { return c.training.snapshots.keep; }, "snapshots that stay, the newest"),
      key(
          "faults.mode", {"elastic", "exact"}, [](auto& c) -> auto& { return c.training.faults.mode; },
          "when somebody falls: elastic: the run goes on with what there is; exact: everybody goes back to the last snapshot, and the "
          "result has the bits of a run in which nobody fell"),
      key(
          "output.runs", {.kind = Kind::text}, [](auto& c) -> auto& { return c.runs; },
          "the folder in which the run's own folder is made"),
      key(
          "output.checkpoint_every", integer(0), [](auto& c) -> auto& { return c.training.checkpoints.every; },
          "rounds between two checkpoints, which the run's folder has in checkpoints/, beside the best that was evaluated; "
          "0: none"),
      key(
          "output.keep", integer(1), [](auto& c) -> auto& { return c.training.checkpoints.keep; },
          "checkpoints that stay, the newest, beside the best"),
  };
  fault = {
      key<Fault>(
          "faults.inject.kill", {.kind = Kind::text}, [](auto& f) -> auto& { return f.kill; },
          "who is made to fall, once: worker/3, shard/0, validator/1, evaluator or adversary"),
      key<Fault>(
          "faults.inject.round", integer(1), [](auto& f) -> auto& { return f.round; }, "in which round"),
      {.path = "faults.inject.at",
       .shape = choice({"before", "open", "apply"}),
       .sentence = "before the round opens, while its rows are awaited, or while the shards make its version",
       .get = [](const Fault& f) { return std::string(std::array{"before", "open", "apply"}[static_cast<size_t>(f.at)]); },
       .set =
           [](Fault& f, const Value& value) {
             const auto& name = std::get<std::string>(value);
             f.at = name == "before" ? Fault::At::before : name == "open" ? Fault::At::open : Fault::At::apply;
           }},
  };
  pin = {
      key<Pin>(
          "cluster.placement.pins.node", {.kind = Kind::text}, [](auto& p) -> auto& { return p.node; }, "the node where it is to be"),
      {.path = "cluster.placement.pins.gpu",
       .shape = integer(0, most_gpus - 1),
       .sentence = "the GPU of its node that it is given, by its number",
       .get = [](const Pin& p) { return static_cast<uint64_t>(p.gpu.value_or(0)); },
       .set = [](Pin& p, const Value& value) { p.gpu = static_cast<int>(std::get<uint64_t>(value)); }},
  };
  attack = {
      key<AttackOptions>(
          "attack.name", choice(names(attacks)), [](auto& a) -> auto& { return a.name; },
          "how they lie; `zenops-cli attacks` lists them"),
      key<AttackOptions>(
          "attack.rate", number(0, 1), [](auto& a) -> auto& { return a.rate; },
          "chance of each block message to be poisoned; 1 when only workers are given"),
      liars(),
      key<AttackOptions>(
          "attack.start", integer(1), [](auto& a) -> auto& { return a.times.start; }, "the first round in which they lie"),
      key<AttackOptions>(
          "attack.stop", integer(0), [](auto& a) -> auto& { return a.times.stop; },
          "the first round in which they do not lie any more; 0: they lie to the end"),
      key<AttackOptions>(
          "attack.ramp", integer(0), [](auto& a) -> auto& { return a.times.ramp; },
          "rounds over which the rate rises to its full in equal steps; 0: it begins there"),
      key<AttackOptions>(
          "attack.on", integer(0), [](auto& a) -> auto& { return a.times.on; },
          "rounds in which they lie between two pauses; 0: there are no pauses"),
      key<AttackOptions>(
          "attack.off", integer(0), [](auto& a) -> auto& { return a.times.off; }, "rounds of a pause, in which they are honest"),
  };
  chosen = {chosen_by_name(
                "data", datasets, [](auto& c) -> auto& { return c.training.data; }),
            chosen_by_name(
                "model", models, [](auto& c) -> auto& { return c.training.model; }),
            chosen_by_name(
                "rule", rules, [](auto& c) -> auto& { return c.training.rule; })};
}

std::vector<std::string> Schema::sections() const {
  std::vector<std::string> out = {"attack", "delays"};
  for (const auto& key : keys)
    if (const std::string top = key.path.substr(0, key.path.find('.')); std::ranges::find(out, top) == out.end()) out.push_back(top);
  return out;
}

}  // namespace zenops
