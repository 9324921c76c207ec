#include "configs/original/experiment.hpp"

#include <algorithm>

#include "configs/shape.hpp"

namespace zenops::original {
namespace {

constexpr size_t line_width = 120;

std::string list(const std::vector<uint32_t>& numbers) {
  std::string result;
  for (const uint32_t number : numbers) result += (result.empty() ? "" : ", ") + std::to_string(number);
  return "[" + result + "]";
}

/// Lines that begin with "# ", broken between words.
std::string comment(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';  // a line's end would end the comment
  std::string result, line = "#";
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    if (line.size() + 1 + end - begin > line_width && line.size() > 3) {
      result += line + "\n";
      line = "#  ";
    }
    line += " " + text.substr(begin, end - begin);
    begin = end + 1;
  }
  return result + line + "\n";
}

std::string rule(const Experiment& e) {
  std::string parameters;
  if (e.rule == "trimmed_mean" || e.rule == "phocas") parameters = ", trim_ratio: 0.2";
  if (e.rule == "zeno") parameters = ", eta: " + to_text(e.eta) + ", rho: 0.6";
  if (e.rule == "zenopp") parameters = ", eta: -0.02";
  return "rule: {name: " + e.rule + parameters + ", granularity: block}\n";
}

std::string lie(const Lie& lie) {
  return "{name: " + lie.type + ", scale: " + to_text(lie.scale) + ", rate: " + to_text(lie.rate) +
         (lie.workers.empty() ? "" : ", workers: " + list(lie.workers)) + "}";
}

std::string attack(const std::vector<Lie>& lies) {
  if (lies.empty()) return "attack: {name: none}\n";
  if (lies.size() == 1) return "attack: " + lie(lies[0]) + "\n";
  std::string result = "attack:\n";
  for (const Lie& one : lies) result += "  - " + lie(one) + "\n";
  return result;
}

/// Its decays, or that there are none.
std::string decays(const std::string& key, const std::vector<uint32_t>& epochs) {
  return epochs.empty() ? "" : ", " + key + ": " + list(epochs);
}

std::string train(const Experiment& e) {
  std::string result = "train:\n  mode: " + std::string(e.async ? "async" : "sync") + "\n";
  result += "  epochs: " + std::to_string(e.epochs) + "\n";
  result += "  worker_epochs: " + std::to_string(e.worker_epochs) + "\n";
  result += "  local_steps: " + std::to_string(e.local_steps) + "\n";
  result += "  eval_every: 0\n";
  result += "  subsample: " + to_text(e.subsample) + "\n";
  result += "  sparsity: " + to_text(e.sparsity) + "\n";
  if (e.async) result += "  proximal: 0.2\n";
  result += "  optimizer:\n    {name: " + e.optimizer + ", lr: " + to_text(e.lr) +
            ", momentum: " + to_text(e.momentum) + ", weight_decay: " + to_text(e.weight_decay);
  if (!e.lr_decay_epochs.empty())
    result +=
        ",\n     schedule: {name: step, epochs: " + list(e.lr_decay_epochs) + ", factor: " + to_text(e.lr_decay) + "}";
  return result + "}\n";
}

std::string async(const Experiment& e) {
  return "async:\n  {alpha: " + to_text(e.alpha) + ", alpha_decay: " + to_text(e.alpha_decay) +
         decays("alpha_decay_epochs", e.alpha_decay_epochs) + ", scale_lr: true, time: simulated}\n" +
         "delays: {worker/*: \"uniform(0, " + std::to_string(e.workers) + " s)\"}\n";
}

std::string cluster(const Experiment& e) {
  return "cluster: {workers: " + std::to_string(e.workers) + ", validators: " + std::to_string(e.validators) +
         ", shards: " + std::to_string(e.shards) +
         (e.shard_threads > 0 ? ", shard_threads: " + std::to_string(e.shard_threads) : "") +
         (e.plumbing ? "" : ", deadline: 3600") + "}\n";
}

}  // namespace

std::string run_name(const std::string& name) {
  std::string result = name;
  std::ranges::replace(result, '/', '-');
  return result;
}

std::string comments(const Experiment& e) {
  std::string result = comment(e.sentence);
  for (const auto& remark : e.remarks) result += comment(remark);
  if (!e.async) return result;
  if (e.alpha_decay < 1 && e.alpha_decay_epochs.size() > 1)
    result += comment(
        "In Zeno-PS alpha decayed at the first of these epochs only, and the validators' learning rate too; here all count.");
  return result + comment("Zeno-PS's workers slept before each push for as long as `delays` says; in simulated time that costs none.");
}

std::string to_yaml(const Experiment& e) {
  std::string result = comments(e);
  result += "name: " + to_text(Value{run_name(e.name)}) + "\nseed: 1\n";
  if (e.plumbing) return result + "plumbing: true\ntrain: {rounds: 5}\n" + cluster(e);
  result +=
      "data: {name: cifar10, augment: crop_flip, partition: contiguous, batch: " + std::to_string(e.batch) + "}\n";
  result += "model: {name: " + e.model + ", batch_norm: validator";
  if (e.drop_rate > 0) result += ", drop_rate: " + to_text(e.drop_rate);
  if (!e.init.empty()) result += ", init: " + to_text(Value{e.init});
  result += "}\n" + train(e);
  if (e.async) result += async(e);
  return result + cluster(e) + rule(e) + attack(e.lies);
}

}  // namespace zenops::original
