#include "configs/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "actors/placing.hpp"
#include "configs/problems.hpp"
#include "models/partition.hpp"
#include "tests/base/refusal.hpp"
#include "tests/configs/small_catalogue.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Config parse(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return parse_config(text, "x.yaml", overrides, small_catalogue());
}

std::string mistakes(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    parse(text, overrides);
  } catch (const ConfigError& e) {
    EXPECT_EQ(e.exit_code(), 2);
    return e.what();
  }
  return "none";
}

TEST(ConfigTest, ReadsPreAggregatorsByNameOrWithParameters) {
  const auto rule = parse("rule: {pre: [clipping, {name: nnm, f: 2}], name: average}").training.rule;
  ASSERT_EQ(rule.pre.size(), 2u);
  EXPECT_EQ(rule.pre[0].name, "clipping");
  EXPECT_EQ(rule.pre[1].name, "nnm");
  EXPECT_EQ(rule.pre[1].parameters, (Parameters{{"f", 2}}));
  EXPECT_EQ(parse("rule: {pre: nnm}").training.rule.pre.size(), 1u);
  EXPECT_THAT(parse("rule: {name: average}").training.rule.pre, IsEmpty());
}

TEST(ConfigTest, AMistakenPreAggregatorIsNamed) {
  EXPECT_EQ(mistakes("rule: {pre: [nmm]}"),
            "x.yaml:1:14: rule.pre: found \"nmm\", expected one of nnm, clipping; did you mean \"nnm\"?");
  EXPECT_EQ(mistakes("rule: {pre: [{f: 2}]}"),
            "x.yaml:1:14: rule.pre: found a map without a name, expected a list of names, or of maps like {name: nnm, f: 3}");
  EXPECT_EQ(mistakes("rule: {pre: [{name: nnm, k: 2}]}"), "x.yaml:1:26: rule.pre.k: unknown key of rule.pre \"nnm\"; did you mean \"rule.pre.f\"?");
  EXPECT_EQ(mistakes("rule: {pre: [{name: nnm, f: 1.5}]}"),
            "x.yaml:1:29: rule.pre.f: found 1.5, expected an integer ≥ 0 and ≤ 100");
}

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

TEST(ConfigTest, ARuleThatKeepsARowOfEveryWorkerDoesNotTakeAnyNumberOfThem) {
  const auto parsed = [](const std::string& workers) {
    return parse_config("cluster: {workers: " + workers + "}\nrule: {name: foolsgold}", "x.yaml", {}, Catalogue{});
  };
  EXPECT_EQ(parsed("4080").training.cluster.workers, 4080u);
  EXPECT_EQ(refusal(UserError::bad_config, [&] { parsed("5000"); }),
            "x.yaml:1:20: cluster.workers: found 5000, expected at most 4080: foolsgold keeps what each worker sent, and a shard could not "
            "tell so many rows at once");
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

TEST(ConfigTest, ReadsWhoIsMadeToFall) {
  const auto faults = parse("faults: {mode: exact, inject: [{kill: shard/0, round: 7}, {kill: worker/3, round: 9, at: apply}]}").training.faults;
  EXPECT_EQ(faults.mode, FaultOptions::Mode::exact);
  ASSERT_EQ(faults.inject.size(), 2u);
  EXPECT_EQ(faults.inject[0].kill, "shard/0");
  EXPECT_EQ(faults.inject[0].round, 7u);
  EXPECT_EQ(faults.inject[0].at, Fault::At::open);
  EXPECT_EQ(faults.inject[1].at, Fault::At::apply);
}

TEST(ConfigTest, AMistakenFaultIsNamed) {
  EXPECT_EQ(mistakes("faults: {inject: [{kill: worker/15, round: 7}]}"),
            "x.yaml:1:26: faults.inject.kill: found worker/15, expected an index below cluster.workers = 15");
  EXPECT_EQ(mistakes("faults: {inject: [{kill: scheduler, round: 7}]}"),
            "x.yaml:1:26: faults.inject.kill: found \"scheduler\", expected worker/3, shard/0, validator/1, evaluator or adversary");
  EXPECT_EQ(mistakes("faults: {inject: [{kill: shard/0}]}"),
            "x.yaml:1:19: faults.inject: expected maps like {kill: shard/0, round: 7}, with both keys");
  EXPECT_EQ(mistakes("faults: {inject: [{kill: shard/0, round: 1, when: open}]}"),
            "x.yaml:1:45: faults.inject.when: unknown key; expected one of kill, round, at");
  EXPECT_EQ(mistakes("faults: {inject: shard/0}"), "x.yaml:1:18: faults.inject: expected a list of maps like {kill: shard/0, round: 7}");
  EXPECT_EQ(mistakes("{train: {mode: async}, async: {buffer: 2}, faults: {mode: exact}}"),
            "x.yaml:1:59: faults.mode: found exact, expected elastic: asynchronous runs have no snapshots to go back to yet");
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

TEST(ConfigTest, ARateWithoutWorkersIsForEverybody) {
  const auto attacks = parse("attack: {name: negative, rate: 0.2}").training.attacks;
  ASSERT_EQ(attacks.size(), 1u);
  EXPECT_EQ(attacks[0].rate, 0.2);
  EXPECT_THAT(attacks[0].workers, IsEmpty());
  EXPECT_EQ(attacks[0].parameters, (Parameters{{"scale", 10}}));
}

TEST(ConfigTest, WorkersWithoutARateAlwaysLie) {
  const auto attacks = parse("attack: {name: negative, workers: 3}").training.attacks;
  ASSERT_EQ(attacks.size(), 1u);
  EXPECT_EQ(attacks[0].rate, 1);
  EXPECT_THAT(attacks[0].workers, ElementsAre(0, 1, 2));
}

TEST(ConfigTest, AttacksMayBeSetPerWorker) {
  const auto attacks = parse(
                           "attack: [{name: negative, workers: [4, 2]}, {name: random, scale: 5, rate: 0.5, workers: "
                           "[7]}, {name: none}]")
                           .training.attacks;
  ASSERT_EQ(attacks.size(), 3u);
  EXPECT_THAT(attacks[0].workers, ElementsAre(4, 2));
  EXPECT_EQ(attacks[1].rate, 0.5);
  EXPECT_EQ(attacks[1].parameters, (Parameters{{"scale", 5}}));
  EXPECT_THAT(attacks[2].workers, IsEmpty());
  EXPECT_EQ(attacks[2].rate, 0);
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

TEST(ConfigTest, AReputationThatContradictsItselfIsRefused) {
  EXPECT_EQ(mistakes("reputation: {mode: watch}\ntrain: {mode: async}\nrule: {name: zeno, granularity: model}\nasync: {buffer: 4}"),
            "x.yaml:1:20: reputation.mode: found watch, expected off: train.mode is async");
  EXPECT_EQ(mistakes("reputation: {window: 10}"),
            "x.yaml:1:13: reputation.least: found 20, expected at most reputation.window = 10\n"
            "x.yaml:1:13: reputation.readmit: found 20, expected at most reputation.window = 10");
  EXPECT_EQ(mistakes("reputation: {warn: 0.5, quarantine: 0.4, evict: 0.3}"),
            "x.yaml:1:20: reputation.warn: found 0.5, expected at most reputation.quarantine = 0.4\n"
            "x.yaml:1:37: reputation.quarantine: found 0.4, expected at most reputation.evict = 0.3");
  EXPECT_EQ(mistakes("reputation: {mode: on}"),
            "x.yaml:1:20: reputation.mode: found \"on\", expected one of off, watch, evict");
}

TEST(ConfigTest, GpusAreSaidOnceForAllOrForARole) {
  const auto placement = [](const std::string& text) { return parse(text).training.placement; };
  EXPECT_EQ(placement("resources: {gpu: 0.1}").workers.gpus, 0.1);
  EXPECT_EQ(placement("resources: {gpu: 0.1}").validators.gpus, 0.1);
  EXPECT_EQ(placement("resources: {gpu: 0.1}").shards.gpus, 0) << "shards do not train";
  const auto mixed = placement("resources: {gpu: 2}\ncluster: {placement: {validator_gpus: 0}}");
  EXPECT_EQ(mixed.workers.gpus, 2);
  EXPECT_EQ(mixed.validators.gpus, 0);
  EXPECT_EQ(placement("seed: 1").workers.gpus, 0);
}

TEST(ConfigTest, GpusThatNobodyCanHaveAreRefused) {
  const std::string parts = ", expected whole GPUs, or a part of a single one", range = ", expected a number ≥ 0 and ≤ 1024";
  EXPECT_EQ(mistakes("cluster: {placement: {worker_gpus: 1.5}}"), "x.yaml:1:36: cluster.placement.worker_gpus: found 1.5" + parts);
  EXPECT_EQ(mistakes("cluster: {placement: {shard_gpus: 2}}"),
            "x.yaml:1:35: cluster.placement.shard_gpus: found 2, expected a number ≥ 0 and ≤ 1");
  EXPECT_EQ(mistakes("resources: {gpu: 1.5}"), "x.yaml:1:18: resources.gpu: found 1.5" + parts) << "once, where it is said";
  EXPECT_EQ(mistakes("resources: {gpu: -1}"), "x.yaml:1:18: resources.gpu: found -1" + range);
  EXPECT_EQ(mistakes("resources: {gpu: nan}"), "x.yaml:1:18: resources.gpu: found \"nan\"" + range);
  EXPECT_EQ(mistakes("resources: {gpu: 1e9}"), "x.yaml:1:18: resources.gpu: found 1e9" + range);
  EXPECT_EQ(mistakes("resources: 1"), "x.yaml:1:12: resources: found \"1\", expected a map with gpu, gpu_memory");
}

TEST(ConfigTest, GpuMemoryIsThatOfWorkersAndValidators) {
  const auto placement = parse("resources: {gpu: 0.1, gpu_memory: 7.5}").training.placement;
  EXPECT_EQ(placement.workers.gpu_memory, 7.5);
  EXPECT_EQ(placement.validators.gpu_memory, 7.5);
  EXPECT_EQ(placement.shards.gpu_memory, 0);
  EXPECT_EQ(mistakes("resources: {gpu_memory: 7.5}"),
            "x.yaml:1:25: resources.gpu_memory: found 7.5, expected resources.gpu beside it: nobody who trains is given a GPU");
  EXPECT_EQ(mistakes("resources: {gpu_memory: -1}"), "x.yaml:1:25: resources.gpu_memory: found -1, expected a number ≥ 0 and ≤ 1000000");
}

TEST(ConfigTest, PinsNameANodeAGpuOrBoth) {
  const auto pins = parse("cluster: {placement: {pins: {worker/3: {node: b, gpu: 1}, validator/0: {gpu: 0}, shard/0: {node: a}}}}").training.placement.pins;
  EXPECT_EQ(pins, (std::map<std::string, Pin>{{"worker/3", {"b", 1}}, {"validator/0", {"", 0}}, {"shard/0", {"a", {}}}}));
  EXPECT_TRUE(parse("cluster: {placement: {pins: }}").training.placement.pins.empty());
}

TEST(ConfigTest, PinsThatNobodyCanFollowAreRefused) {
  const auto refused = [](const std::string& pins, const std::string& more = "") {
    return mistakes("cluster:\n  placement:\n    pins: " + pins + more);
  };
  const std::string path = "cluster.placement.pins";
  EXPECT_EQ(refused("{worker/15: {gpu: 0}}"), "x.yaml:3:12: " + path + ": found worker/15, expected an index below cluster.workers = 15");
  EXPECT_EQ(refused("{scheduler: {node: a}}"), "x.yaml:3:12: " + path + ": found \"scheduler\", expected worker/3, shard/0 or validator/1");
  EXPECT_EQ(refused("{worker/*: {node: a}}"), "x.yaml:3:12: " + path + ": found \"worker/*\", expected worker/3, shard/0 or validator/1");
  EXPECT_EQ(refused("{worker/03: {node: a}}"), "x.yaml:3:12: " + path + ": found \"worker/03\", expected worker/3, shard/0 or validator/1");
  EXPECT_EQ(refused("[worker/1]"), "x.yaml:3:11: " + path + ": found a list, expected a map like {worker/3: {node: b, gpu: 1}}");
  EXPECT_EQ(refused("b"), "x.yaml:3:11: " + path + ": found \"b\", expected a map like {worker/3: {node: b, gpu: 1}}");
  EXPECT_EQ(refused("{worker/1: b}"), "x.yaml:3:22: " + path + ".worker/1: found neither node nor gpu, expected a map like {node: b, gpu: 1}");
  EXPECT_EQ(refused("{worker/1: {node: \"\"}}"), "x.yaml:3:29: " + path + ".worker/1.node: found \"\", expected a node's name");
  EXPECT_EQ(refused("{worker/1: {gpu: -1}}"), "x.yaml:3:28: " + path + ".worker/1.gpu: found -1, expected an integer ≥ 0 and ≤ 1023");
  EXPECT_EQ(refused("{worker/1: {gpu: 1.5}}"), "x.yaml:3:28: " + path + ".worker/1.gpu: found 1.5, expected an integer ≥ 0 and ≤ 1023");
  EXPECT_EQ(refused("{worker/1: {card: 1}}"), "x.yaml:3:23: " + path + ".worker/1.card: unknown key; expected one of node, gpu");
  EXPECT_EQ(refused("{shard/0: {gpu: 1}}"), "x.yaml:3:27: " + path + ".shard/0.gpu: found 1, expected none beside cluster.placement.shard_gpus = 0: its rows stay on cores");
  EXPECT_EQ(refused("{validator/0: {gpu: 1}}", "\nresources: {gpu: 2}"),
            "x.yaml:3:31: " + path + ".validator/0.gpu: found 1, expected none beside 2 GPUs for each validator: one can be named");
}

TEST(ConfigTest, PinsOfOneProcessAgree) {
  const std::string five = "\n  workers_per_process: 5", share = ", as those say who share its process (cluster.workers_per_process = 5)";
  EXPECT_EQ(mistakes("cluster:\n  placement: {pins: {worker/0: {node: a}, worker/4: {node: b}}}" + five),
            "x.yaml:2:60: cluster.placement.pins.worker/4.node: found b, expected a" + share);
  EXPECT_EQ(mistakes("cluster:\n  placement: {pins: {worker/4: {gpu: 1}, worker/0: {gpu: 0}}}" + five),
            "x.yaml:2:38: cluster.placement.pins.worker/4.gpu: found 1, expected 0" + share);
  EXPECT_EQ(pin_of(parse("cluster:\n  placement: {pins: {worker/0: {node: a}, worker/4: {gpu: 1}, worker/5: {node: b}}}" + five).training, "worker/2"),
            (Pin{"a", 1}))
      << "together they say both";
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

/// With a collusion that needs to know the rule, and one to one shard.
std::string mistakes_in_attacks(const std::string& text) {
  Catalogue catalogue = small_catalogue();
  AttackEntry together;
  together.name = "together";
  together.lie = Lie::collusion;
  together.sees = Sight::rule;
  catalogue.attacks.add(together);
  catalogue.attacks.add(*Attacks::standard().find("one_shard_only"));
  try {
    parse_config(text, "x.yaml", {}, catalogue);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "none";
}

TEST(ConfigTest, ReadsInWhichRoundsSomebodyLies) {
  const auto attacks = parse("attack: [{name: negative, workers: 2, start: 5, stop: 30, ramp: 10}, {name: random, workers: 2, start: 30, on: 3, off: 4}]").training.attacks;
  ASSERT_EQ(attacks.size(), 2u);
  EXPECT_EQ(attacks[0].times, (Times{.start = 5, .stop = 30, .ramp = 10}));
  EXPECT_EQ(attacks[1].times, (Times{.start = 30, .on = 3, .off = 4}));
  EXPECT_EQ(parse("attack: {name: negative, workers: 2}").training.attacks[0].times, Times{});
}

TEST(ConfigTest, RoundsInWhichNobodyCanLieAreRefused) {
  EXPECT_EQ(mistakes("attack: {name: negative, workers: 2, start: 500}"),
            "x.yaml:1:45: attack.start: found 500, expected a round of the run, of which there are 100");
  EXPECT_EQ(mistakes("{train: {epochs: 3}, attack: {name: negative, workers: 2, start: 500}}"), "none") << "it is not known yet";
  EXPECT_EQ(mistakes("{train: {mode: async}, async: {buffer: 2}, attack: {name: negative, workers: 2, start: 500}}"), "none")
      << "a worker's rounds are its own updates";
  EXPECT_EQ(mistakes("attack: {name: negative, workers: 2, start: 0}"), "x.yaml:1:45: attack.start: found 0, expected an integer ≥ 1");
  EXPECT_EQ(mistakes("attack: {name: negative, workers: 2, start: 5, stop: 5}"),
            "x.yaml:1:54: attack.stop: found 5, expected a round after start = 5, or 0: to the end");
  EXPECT_EQ(mistakes("attack: {name: negative, workers: 2, on: 5}"),
            "x.yaml:1:42: attack.on: found 5, expected 0, or off with the rounds of a pause beside it");
  EXPECT_EQ(mistakes("attack: {name: negative, workers: 2, off: 5}"),
            "x.yaml:1:43: attack.off: found 5, expected 0, or on with the rounds between two pauses beside it");
}

TEST(ConfigTest, AnAttackThatNeedsToKnowMoreThanTheThreatModelSaysIsRefused) {
  EXPECT_EQ(parse("adversary: {threat_model: rows}").training.adversary.threat_model, Sight::rows);
  EXPECT_EQ(mistakes_in_attacks("{adversary: {threat_model: rule}, attack: {name: together, workers: 3}}"), "none");
  EXPECT_EQ(mistakes_in_attacks("{adversary: {threat_model: statistics}, attack: [{name: negative, workers: 3}, {name: together, workers: [4]}]}"),
            "x.yaml:1:80: attack: together needs to know the rule; adversary.threat_model: statistics");
  EXPECT_EQ(mistakes_in_attacks("attack: {name: together, workers: 3}"),
            "x.yaml:1:9: attack: together needs to know the rule; adversary.threat_model: nothing");
  EXPECT_EQ(mistakes_in_attacks("{train: {mode: async}, async: {buffer: 2}, attack: {name: together, workers: 3}}"),
            "x.yaml:1:52: attack: together needs the honest rows of a round; train.mode: async has no rounds");
  EXPECT_EQ(mistakes_in_attacks("{train: {mode: async}, async: {buffer: 2}, adversary: {threat_model: rule}}"),
            "x.yaml:1:70: adversary.threat_model: found rule, expected nothing: train.mode: async has no rounds of all");
  EXPECT_EQ(mistakes_in_attacks("{plumbing: true, adversary: {threat_model: rule}, attack: {name: together, workers: 3}}"),
            "x.yaml:1:59: attack: found together beside plumbing: true, expected one that needs no honest rows: nothing is trained");
}

TEST(ConfigTest, OneShardIsLiedToThatThereIs) {
  EXPECT_EQ(mistakes_in_attacks("{cluster: {shards: 2}, attack: {name: one_shard_only, shard: 1, workers: 3}}"), "none");
  EXPECT_EQ(mistakes_in_attacks("{cluster: {shards: 2}, attack: {name: one_shard_only, shard: 2, workers: 3}}"),
            "x.yaml:1:62: attack.shard: found 2, expected an index below cluster.shards = 2");
}

TEST(ConfigTest, TheAdversaryFallsOnlyWhereThereIsOne) {
  EXPECT_EQ(mistakes("{adversary: {threat_model: rows}, faults: {inject: [{kill: adversary, round: 7}]}}"), "none");
  EXPECT_EQ(mistakes("faults: {inject: [{kill: adversary, round: 7}]}"),
            "x.yaml:1:26: faults.inject.kill: found adversary, expected adversary.threat_model beside it: with nothing there is none");
}

}  // namespace
}  // namespace zenops
