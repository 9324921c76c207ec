#pragma once
#include "actors/training.hpp"

namespace zenops {

/// A small run on made data: softmax regression, 210 parameters in two blocks. Milliseconds.
inline TrainingOptions blobs(uint32_t workers = 5, uint32_t validators = 1, uint32_t shards = 2) {
  TrainingOptions o;
  o.data.name = "blobs";
  o.data.batch = 16;
  o.model.name = "softmax";
  o.train.rounds = 6;
  o.train.local_steps = 2;
  o.train.optimizer = {.name = "nag", .lr = 0.05f, .momentum = 0.9f, .weight_decay = 0, .no_decay = {}, .schedule = {}};
  o.cluster.workers = workers;
  o.cluster.validators = validators;
  o.cluster.shards = shards;
  o.cluster.threads = 2;
  o.cluster.deadline = std::chrono::seconds(20);  // nobody comes near it unless a test says so
  o.rule.name = "zeno";
  o.rule.parameters = {{"eta", 0}, {"rho", 0.6}};
  return o;
}

inline AttackOptions attack(std::string name, double scale, double rate, std::vector<uint32_t> workers = {}) {
  return {.name = std::move(name), .parameters = {{"scale", scale}}, .rate = rate, .workers = std::move(workers)};
}

}  // namespace zenops
