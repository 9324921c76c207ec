#include "configs/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "configs/problems.hpp"
#include "models/partition.hpp"
#include "tests/configs/parsed.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ConfigTest, ReadsWhatIsSentAndHowTheServerSteps) {
  const auto train = parse("train: {send: momentum, server: {optimizer: yogi, lr: 0.25, beta1: 0, tau: 0.5}}").training.train;
  EXPECT_EQ(train.send, Send::momentum);
  EXPECT_EQ(train.server.kind, ServerOptions::Kind::yogi);
  EXPECT_EQ(train.server.lr, 0.25f);
  EXPECT_EQ(train.server.beta1, 0);
  EXPECT_EQ(train.server.beta2, 0.99f);
  EXPECT_EQ(train.server.tau, 0.5f);
  EXPECT_EQ(parse("seed: 1").training.train.send, Send::delta);
}

TEST(ConfigTest, AGradientIsOfOneStepFromWhereEverybodyIs) {
  EXPECT_EQ(mistakes("train: {send: gradient, local_steps: 2}"),
            "x.yaml:1:38: train.local_steps: found 2, expected 1: train.send is gradient");
  EXPECT_EQ(mistakes("train: {send: momentum, proximal: 0.25}"),
            "x.yaml:1:35: train.proximal: found 0.25, expected 0: train.send is momentum");
  EXPECT_EQ(mistakes("train: {server: {optimizer: adan}}"),
            "x.yaml:1:29: train.server.optimizer: found \"adan\", expected one of sgd, momentum, adam, yogi, adagrad; did you mean \"adam\"?");
  EXPECT_EQ(mistakes("train: {server: {beta2: 1, tau: 0, lr: 0}}"),
            "x.yaml:1:25: train.server.beta2: found 1, expected a number > 0 and < 1\n"
            "x.yaml:1:33: train.server.tau: found 0, expected a number ≥ 1e-12 and ≤ 1000\n"
            "x.yaml:1:40: train.server.lr: found 0, expected a number > 0 and ≤ 1000");
}

TEST(ConfigTest, CallsEveryPartitionByItsName) {
  for (const PartitionKind kind : {PartitionKind::contiguous, PartitionKind::iid, PartitionKind::dirichlet, PartitionKind::gamma_similarity,
                                   PartitionKind::by_label, PartitionKind::quantity})
    EXPECT_EQ(parse("data: {partition: " + std::string(to_string(kind)) + "}").training.data.partition, kind);
}

TEST(ConfigTest, ReadsEveryKindOfValue) {
  const auto config = parse(R"(
name: everything
seed: 18446744073709551615
data: {name: blobs, path: /tmp/data, file: f, inputs: x, labels: y, test_inputs: tx, test_labels: ty, order: channels_last,
       verify: false, image: as_is, augment: crop_flip, partition: iid, alpha: 2, gamma: 0.25,
       trusted: 64, liars: none, batch: 16, classes: 5}
model: {name: mlp, batch_norm: local, init: runs/before}
train: {mode: sync, rounds: 7, local_steps: 3, eval_every: 2, subsample: 0.5, sparsity: 0.25,
        optimizer: {name: sgd, lr: 0.02, momentum: 0, weight_decay: 1e-4, no_decay: "vectors fc.*", clip_norm: 2,
                    schedule: {name: step, rounds: [3, 5], factor: 0.5, last: 0.25, warmup: 2}}}
cluster: {workers: 6, validators: 2, shards: 3, threads: 4, deadline: 2.5, restarts: 1, restart_period: 10, serialize: true}
rule: {name: zeno, eta: -0.5, granularity: model}
attack: {name: negative, scale: 200, rate: 0.2}
output: {runs: /tmp/runs, checkpoint_every: 5, keep: 2}
)");
  const auto& t = config.training;
  EXPECT_EQ(t.name, "everything");
  EXPECT_EQ(t.seed, UINT64_MAX);
  EXPECT_EQ(t.data.name, "blobs");
  EXPECT_EQ(t.data.path, "/tmp/data");
  EXPECT_EQ(t.data.file, "f");
  EXPECT_EQ(t.data.inputs, "x");
  EXPECT_EQ(t.data.labels, "y");
  EXPECT_EQ(t.data.test_inputs, "tx");
  EXPECT_EQ(t.data.test_labels, "ty");
  EXPECT_EQ(t.data.order, ImageOrder::channels_last);
  EXPECT_FALSE(t.data.verify);
  EXPECT_EQ(t.data.image, ImageChoice::as_is);
  EXPECT_EQ(t.data.augment, Augment::crop_flip);
  EXPECT_EQ(t.data.partition, PartitionKind::iid);
  EXPECT_EQ(t.data.alpha, 2);
  EXPECT_EQ(t.data.gamma, 0.25);
  EXPECT_EQ(t.data.trusted, 64u);
  EXPECT_EQ(t.data.liars, LiarsData::none);
  EXPECT_EQ(t.data.batch, 16u);
  EXPECT_EQ(t.data.parameters, (Parameters{{"classes", 5}}));  // noise is optional and was not given
  EXPECT_EQ(t.model.name, "mlp");
  EXPECT_EQ(t.model.batch_norm, BatchNormPolicy::local);
  EXPECT_EQ(t.model.init, "runs/before");
  EXPECT_EQ(t.train.rounds, 7u);
  EXPECT_EQ(t.train.local_steps, 3u);
  EXPECT_EQ(t.train.eval_every, 2u);
  EXPECT_EQ(t.train.subsample, 0.5);
  EXPECT_EQ(t.train.sparsity, 0.25);
  EXPECT_EQ(t.train.optimizer.name, "sgd");
  EXPECT_EQ(t.train.optimizer.lr, 0.02f);
  EXPECT_EQ(t.train.optimizer.momentum, 0);
  EXPECT_EQ(t.train.optimizer.weight_decay, 1e-4f);
  EXPECT_EQ(t.train.optimizer.no_decay, "vectors fc.*");
  EXPECT_EQ(t.train.optimizer.clip_norm, 2);
  EXPECT_EQ(t.train.optimizer.schedule.kind, ScheduleOptions::Kind::step);
  EXPECT_THAT(t.train.optimizer.schedule.rounds, ElementsAre(3, 5));
  EXPECT_EQ(t.train.optimizer.schedule.factor, 0.5f);
  EXPECT_EQ(t.train.optimizer.schedule.last, 0.25f);
  EXPECT_EQ(t.train.optimizer.schedule.warmup, 2u);
  EXPECT_EQ(t.cluster.workers, 6u);
  EXPECT_EQ(t.cluster.validators, 2u);
  EXPECT_EQ(t.cluster.shards, 3u);
  EXPECT_EQ(t.cluster.threads, 4);
  EXPECT_EQ(t.cluster.deadline.count(), 2.5);
  EXPECT_EQ(t.cluster.restarts, 1u);
  EXPECT_EQ(t.cluster.restart_period.count(), 10);
  EXPECT_TRUE(t.cluster.serialize);
  EXPECT_EQ(t.rule.name, "zeno");
  EXPECT_EQ(t.rule.parameters, (Parameters{{"eta", -0.5}, {"rho", 0.6}}));
  EXPECT_EQ(t.rule.granularity, Granularity::model);
  EXPECT_EQ(config.runs, "/tmp/runs");
  EXPECT_EQ(t.checkpoints.every, 5u);
  EXPECT_EQ(t.checkpoints.keep, 2u);
}

TEST(ConfigTest, WhatIsNotSaidHasTheOptionsDefault) {
  const auto config = parse("name: quiet");
  const TrainingOptions usual;
  EXPECT_EQ(config.training.name, "quiet");
  EXPECT_EQ(config.training.seed, usual.seed);
  EXPECT_EQ(config.training.train.rounds, usual.train.rounds);
  EXPECT_EQ(config.training.train.optimizer.lr, usual.train.optimizer.lr);
  EXPECT_EQ(config.training.cluster.deadline, usual.cluster.deadline);
  EXPECT_EQ(config.training.rule.name, usual.rule.name);
  EXPECT_THAT(config.training.attacks, IsEmpty());
  EXPECT_EQ(config.runs, "runs");
}

TEST(ConfigTest, AnOverrideReplacesOneValue) {
  const auto config =
      parse("train: {rounds: 5, local_steps: 2}", {"train.rounds=20", "train.optimizer.lr=0.5", "name=b"});
  EXPECT_EQ(config.training.train.rounds, 20u);
  EXPECT_EQ(config.training.train.local_steps, 2u);
  EXPECT_EQ(config.training.train.optimizer.lr, 0.5f);
  EXPECT_EQ(config.training.name, "b");
}

TEST(ConfigTest, AnOverrideReplacesAWholeMap) {
  const auto config = parse("rule: {name: zeno, eta: 0.5}", {"rule={name: trimmed_mean}"});
  EXPECT_EQ(config.training.rule.name, "trimmed_mean");
  EXPECT_EQ(config.training.rule.parameters, (Parameters{{"trim_ratio", 0.2}}));
}

TEST(ConfigTest, TheLastOverrideOfAKeyHolds) { EXPECT_EQ(parse("seed: 1", {"seed=2", "seed=3"}).training.seed, 3u); }

TEST(ConfigTest, AMistakenOverrideIsNamed) {
  EXPECT_EQ(mistakes("seed: 1", {"train.rounds=x"}),
            "--set train.rounds=x: train.rounds: found \"x\", expected an integer ≥ 1");
  EXPECT_EQ(mistakes("seed: 1", {"train.optimiser.lr=1"}),
            "--set train.optimiser.lr=1: train.optimiser: unknown key; did you mean \"train.optimizer\"?");
  EXPECT_EQ(mistakes("seed: 1", {"train.rounds"}),
            "--set train.rounds: expected key=value, like --set train.rounds=20");
  EXPECT_EQ(mistakes("seed: 1", {"seed.high=1"}),
            "--set seed.high=1: seed: is not a map (x.yaml:1:7); set the whole of it");
  EXPECT_EQ(mistakes("seed: 1", {"rule={name: zeno"}), "--set rule={name: zeno: not YAML: end of map flow not found");
  EXPECT_EQ(mistakes("rule: {name: zeno, eta: 0}", {"rule.name=average"}),
            "x.yaml:1:20: rule.eta: unknown key of rule \"average\"; expected one of name, granularity, across, below_minimum, pre");
}

TEST(ConfigTest, AModelMayBeAFile) {
  const auto model = parse("model: {file: net.pt, loss: cross_entropy}").training.model;
  EXPECT_EQ(model.name, scripted_model);
  EXPECT_EQ(model.file, "net.pt");
  EXPECT_EQ(parse("model: {name: torchscript, file: net.pt}").training.model.name, scripted_model);
  EXPECT_EQ(parse("model: {name: mlp}", {"model={file: net.pt}"}).training.model.name, scripted_model);
}

TEST(ConfigTest, AFileAndANameAreOneTooMany) {
  EXPECT_EQ(mistakes("model: {name: mlp, file: net.pt}"),
            "x.yaml:1:26: model.file: found a file beside name: mlp, expected one of the two");
  EXPECT_EQ(mistakes("model: {name: torchscript}"),
            "x.yaml:1:15: model: found torchscript without a file, expected file: net.pt");
}

TEST(ConfigTest, AScheduleInStepsNeedsItsRoundsInOrder) {
  const auto mistake = [](const std::string& schedule) {
    return mistakes("train: {optimizer: {schedule: " + schedule + "}}");
  };
  EXPECT_EQ(mistake("{name: step}"),
            "x.yaml:1:31: train.optimizer.schedule: found step without rounds, expected rounds like [60, 90], or epochs");
  EXPECT_EQ(mistake("{rounds: [5, 5]}"),
            "x.yaml:1:40: train.optimizer.schedule.rounds: found 5 after 5, expected a list of rounds in ascending "
            "order, like [60, 90]");
  EXPECT_EQ(mistake("{rounds: [0]}"),
            "x.yaml:1:40: train.optimizer.schedule.rounds: found 0, expected a round, 1 or later");
  EXPECT_EQ(mistake("{rounds: 5}"),
            "x.yaml:1:40: train.optimizer.schedule.rounds: found 5, expected a list of rounds in ascending order, like "
            "[60, 90]");
}

TEST(ConfigTest, ReadsReputationAndPlacement) {
  const auto t = parse(R"(
reputation: {mode: evict, window: 60, least: 10, warn: 0.2, quarantine: 0.4, evict: 0.8, proofs: 2, absent: 0.25, readmit: 30,
             node_evictions: 4, replacement: same}
cluster: {placement: {workers: strict_spread, shards: spread, validators: strict_pack, worker_cores: 0.5, shard_cores: 2,
                      validator_cores: 1, worker_memory: 1.5, shard_memory: 8, validator_memory: 2, worker_gpus: 0.25,
                      validator_gpus: 2, shard_gpus: 0.5}}
)").training;
  EXPECT_EQ(t.reputation.mode, ReputationOptions::Mode::evict);
  EXPECT_EQ(t.reputation.window, 60u);
  EXPECT_EQ(t.reputation.least, 10u);
  EXPECT_EQ(t.reputation.warn, 0.2);
  EXPECT_EQ(t.reputation.quarantine, 0.4);
  EXPECT_EQ(t.reputation.evict, 0.8);
  EXPECT_EQ(t.reputation.proofs, 2u);
  EXPECT_EQ(t.reputation.absent, 0.25);
  EXPECT_EQ(t.reputation.readmit, 30u);
  EXPECT_EQ(t.reputation.node_evictions, 4u);
  EXPECT_EQ(t.reputation.replacement, ReputationOptions::Replacement::same);
  EXPECT_EQ(t.placement.workers.strategy, Strategy::strict_spread);
  EXPECT_EQ(t.placement.shards.strategy, Strategy::spread);
  EXPECT_EQ(t.placement.validators.strategy, Strategy::strict_pack);
  EXPECT_EQ(t.placement.workers.cores, 0.5);
  EXPECT_EQ(t.placement.shards.cores, 2);
  EXPECT_EQ(t.placement.validators.cores, 1);
  EXPECT_EQ(t.placement.workers.memory, 1.5);
  EXPECT_EQ(t.placement.shards.memory, 8);
  EXPECT_EQ(t.placement.validators.memory, 2);
  EXPECT_EQ(t.placement.workers.gpus, 0.25);
  EXPECT_EQ(t.placement.validators.gpus, 2);
  EXPECT_EQ(t.placement.shards.gpus, 0.5);
  EXPECT_EQ(parse("seed: 1").training.reputation.mode, ReputationOptions::Mode::off);
}

TEST(ConfigTest, MistakesOfTheFileAndOfOverridesAreToldTogether) {
  EXPECT_EQ(mistakes("seed: -1\ntrain: {rounds: 0}", {"cluster.workers=0"}),
            "x.yaml:1:7: seed: found -1, expected an integer ≥ 0\n"
            "x.yaml:2:17: train.rounds: found 0, expected an integer ≥ 1\n"
            "--set cluster.workers=0: cluster.workers: found 0, expected an integer ≥ 1 and ≤ 100000");
}

TEST(ConfigTest, SmallYamlCannotDescribeSomethingHuge) {
  std::string laughs = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += "b" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 0; k < 9; ++k) laughs += ", " + before;
    laughs += "]\n";
  }
  EXPECT_THAT(mistakes(laughs), testing::HasSubstr("nested too deeply or too large"));
  EXPECT_THAT(mistakes("a: &a {b: *a}"), testing::HasSubstr("x.yaml:1:"));
  EXPECT_THAT(mistakes(std::string(2 << 20, '#')), testing::HasSubstr("expected at most 1 MiB"));
}

TEST(ConfigTest, AFileThatIsNotThereIsNamed) {
  try {
    load_config("no/such.yaml", {}, small_catalogue());
    FAIL() << "it was read";
  } catch (const ConfigError& e) {
    EXPECT_STREQ(e.what(), "no/such.yaml: cannot read: No such file or directory");
  }
  try {
    load_config("tests/data", {}, small_catalogue());
    FAIL() << "it was read";
  } catch (const ConfigError& e) {
    EXPECT_STREQ(e.what(), "tests/data: is a folder, expected a YAML file");
  }
}

/// Every bad file in tests/data stands beside what is said about it.
class MistakesTest : public testing::TestWithParam<std::string> {};

TEST_P(MistakesTest, AreAllToldWithTheirPlaces) {
  const std::string file = "tests/data/" + GetParam();
  std::ifstream golden(file + ".txt");
  std::ostringstream wanted;
  wanted << golden.rdbuf();
  try {
    load_config(file + ".yaml", {}, small_catalogue());
    FAIL() << "it was accepted";
  } catch (const ConfigError& e) {
    EXPECT_EQ(std::string(e.what()) + "\n", wanted.str());
  }
}

INSTANTIATE_TEST_SUITE_P(Data, MistakesTest,
                         testing::Values("a_list", "does_not_fit", "empty", "lies", "out_of_range", "syntax",
                                         "too_many_validators", "twice", "two_documents", "unknown_key",
                                         "unknown_names", "wrong_type"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace zenops
