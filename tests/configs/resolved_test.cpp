#include "configs/resolved.hpp"

#include <gtest/gtest.h>

#include "tests/configs/small_catalogue.hpp"

namespace zenops {
namespace {

TEST(ResolvedTest, PrintsEveryKeyWithItsValue) {
  EXPECT_EQ(to_yaml(parse_config(
                        "name: small\ntrain: {optimizer: {lr: 0.1}}\nattack: {name: negative, scale: 200, workers: 3}",
                        "x.yaml", {}, small_catalogue()),
                    small_catalogue()),
            R"(name: small
seed: 1
plumbing: false
data:
  name: fashion_mnist
  path: ""
  file: ""
  inputs: ""
  labels: ""
  test_inputs: ""
  test_labels: ""
  order: channels_first
  verify: true
  image: auto
  augment: none
  partition: contiguous
  alpha: 0.5
  gamma: 0.5
  trusted: 0
  liars: share
  batch: 32
model:
  name: cnn_mnist
  init: ""
  file: ""
  loss: cross_entropy
  batch_norm: validator
train:
  mode: sync
  rounds: 100
  epochs: 0
  worker_epochs: 0
  local_steps: 1
  joint: 0
  eval_every: 10
  subsample: 1
  sparsity: 0
  compression: none
  compression_share: 0.01
  error: reset
  proximal: 0
  send: delta
  precision: fp32
  optimizer:
    name: nag
    lr: 0.1
    momentum: 0.9
    weight_decay: 0
    no_decay: ""
    clip_norm: 0
    schedule:
      name: constant
      rounds: []
      epochs: []
      factor: 0.1
      last: 0
      warmup: 0
  server:
    optimizer: sgd
    lr: 1
    momentum: 0.9
    beta1: 0.9
    beta2: 0.99
    tau: 0.001
async:
  alpha: 0.8
  alpha_decay: 0.5
  alpha_decay_rounds: []
  alpha_decay_epochs: []
  buffer: 1
  max_staleness: 0
  damping: none
  damping_a: 0.5
  damping_b: 4
  scale_lr: false
  time: simulated
  step_seconds: 0.1
cluster:
  workers: 15
  validators: 1
  shards: 1
  threads: 0
  shard_threads: 0
  deadline: 30
  restarts: 5
  restart_period: 60
  serialize: false
  isolation: thread
  workers_per_process: 1
  placement:
    workers: spread
    shards: pack
    validators: pack
    worker_cores: 0
    shard_cores: 0
    validator_cores: 0
    worker_memory: 0
    shard_memory: 0
    validator_memory: 0
    worker_gpus: 0
    validator_gpus: 0
    shard_gpus: 0
resources:
  gpu: 0
  gpu_memory: 0
rule:
  name: average
  granularity: block
  across: average
  below_minimum: wait
reputation:
  mode: "off"
  window: 50
  least: 20
  warn: 0.3
  quarantine: 0.45
  evict: 0.6
  proofs: 3
  absent: 0.5
  readmit: 20
  node_evictions: 3
  replacement: honest
adversary:
  threat_model: nothing
attack:
  name: negative
  scale: 200
  rate: 1
  workers: 3
snapshots:
  every: 10
  keep: 2
faults:
  mode: elastic
output:
  runs: runs
  checkpoint_every: 0
  keep: 3
)");
}

class RoundTripTest : public testing::TestWithParam<const char*> {};

TEST_P(RoundTripTest, WhatIsPrintedResolvesToTheSame) {
  const auto catalogue = small_catalogue();
  const auto first = parse_config(GetParam(), "first", {}, catalogue);
  const auto printed = to_yaml(first, catalogue);
  const auto second = parse_config(printed, "printed", {}, catalogue);
  EXPECT_EQ(to_yaml(second, catalogue), printed);
  EXPECT_EQ(second.training.seed, first.training.seed);
  EXPECT_EQ(second.training.name, first.training.name);
  EXPECT_EQ(second.training.train.optimizer.lr, first.training.train.optimizer.lr);
  EXPECT_EQ(second.training.data.path, first.training.data.path);
  EXPECT_EQ(second.training.data.parameters, first.training.data.parameters);
  EXPECT_EQ(second.training.rule.parameters, first.training.rule.parameters);
  EXPECT_EQ(second.training.rule.pre, first.training.rule.pre);
  ASSERT_EQ(second.training.attacks.size(), first.training.attacks.size());
  for (size_t i = 0; i < first.training.attacks.size(); ++i) {
    EXPECT_EQ(second.training.attacks[i].name, first.training.attacks[i].name);
    EXPECT_EQ(second.training.attacks[i].workers, first.training.attacks[i].workers);
    EXPECT_EQ(second.training.attacks[i].rate, first.training.attacks[i].rate);
    EXPECT_EQ(second.training.attacks[i].times, first.training.attacks[i].times);
    EXPECT_EQ(second.training.attacks[i].parameters, first.training.attacks[i].parameters);
  }
  // A JSON text is a YAML text.
  EXPECT_EQ(to_yaml(parse_config(to_json(first, catalogue), "json", {}, catalogue), catalogue), printed);
}

INSTANTIATE_TEST_SUITE_P(
    Configs, RoundTripTest,
    testing::Values("name: plain",                                          //
                    "seed: 18446744073709551615",                           //
                    "train: {optimizer: {lr: 0.3333333, momentum: 0.99}}",  //
                    "name: \"with: colon # and \\\" quote \\\\ é\"",        //
                    "rule: {pre: [clipping, {name: nnm, f: 2}], name: average, below_minimum: stop}",  //
                    "rule: {pre: nnm, name: trimmed_mean, trim_ratio: 0.1}",                           //
                    "name: 'yes'\noutput: {runs: \"a\\tb\"}",               //
                    "name: '007'",                                          //
                    "data: {name: blobs, classes: 7, noise: 1e-17}",        //
                    "train: {optimizer: {schedule: {name: step, rounds: [1, 2, 9]}}}",
                    "{cluster: {placement: {pins: {worker/3: {node: b, gpu: 1}, shard/0: {node: \"07\"}}}}, resources: {gpu_memory: 1.5}}",
                    "train: {epochs: 2.5}", "{train: {mode: async}, async: {buffer: 2}, delays: {worker/3: \"uniform(0, 20 ms)\", worker/*: 2}}",
                    "train: {compression: top_k, compression_share: 0.05, error: feedback}",
                    "faults: {inject: [{kill: shard/0, round: 3}, {kill: evaluator, round: 9, at: before}]}",
                    "{adversary: {threat_model: rows}, attack: [{name: negative, workers: 2, start: 3, stop: 9}, {name: random, rate: 1, ramp: 5, on: 2, off: 1}]}",
                    "attack: []",                                           //
                    "attack: {name: random, rate: 1e-9}",                   //
                    "attack: {name: random, workers: [3, 1]}",              //
                    "attack: [{name: negative, workers: 2}, {name: random, workers: [2], rate: 0.5}, "
                    "{name: none}]"));

}  // namespace
}  // namespace zenops
