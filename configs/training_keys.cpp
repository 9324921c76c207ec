// What is trained, and how: the data, the model, the rounds.
#include "configs/keys.hpp"

namespace zenops {
namespace {

using namespace keys;
using Kind = Shape::Kind;

Key<Config> loss() {
  return {.path = "model.loss",
          .shape = {.kind = Shape::Kind::choice, .choices = {"cross_entropy"}},
          .sentence = "what is minimised: cross_entropy of the output, a number for each class",
          .get = [](const Config&) { return "cross_entropy"; },
          .set = [](Config&, const Value&) {}};
}

}  // namespace

std::vector<Key<Config>> training_keys(const Catalogue& catalogue) {
  const auto datasets = descriptions(catalogue.datasets.entries());
  const auto models = descriptions(catalogue.models.entries());
  return {
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
          "data.name", choice(names_of(datasets)), [](auto& c) -> auto& { return c.training.data.name; },
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
          "model.name", choice(names_of(models)), [](auto& c) -> auto& { return c.training.model.name; },
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
          "workers of one process whose local steps in a round are computed in one pass of the network each, with other roundings than "
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
  };
}

}  // namespace zenops
