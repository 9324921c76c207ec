#include "configs/original/experiments.hpp"

#include "configs/shape.hpp"

namespace zenops::original {
namespace {

using Lies = std::vector<Lie>;
using Remarks = std::vector<std::string>;

Lies negative(double scale, double rate) { return {{.type = "negative", .scale = scale, .rate = rate}}; }
Lies noise(double scale, double rate) { return {{.type = "random", .scale = scale, .rate = rate}}; }
Lies scaled_noise(double scale, double rate) { return {{.type = "randomscale", .scale = scale, .rate = rate}}; }

const std::string no_count = "How many workers there were is not said: 15, as in the others.";
const std::string not_16 = "The heading says batch size 16, the command 32.";
const std::string one_log = "Without --logging-file: A5 to A10 all wrote to the same log, baseline.";
const std::string no_rate =
    "Worker 0 was told --byz-type negative --byz-scale 200, but no --byz-rate, which is 0 then: nobody lies.";
const std::string no_trim = "Of three rows a fifth is none: trimmed_mean is the plain mean.";

/// A line of the instructions; `line` is where it stands in them.
struct Line {
  int line;
  Experiment experiment;
};

// The batch is 16, local steps are 32 and sparsity is 0.2 unless a line says otherwise; Experiment has the rest.
const std::vector<Line> instructions = {
    {89, {.name = "M0", .plumbing = true, .workers = 2}},
    {41, {.name = "M1", .workers = 2, .batch = 64, .local_steps = 1, .sparsity = 0}},
    {185, {.name = "M2", .workers = 3, .batch = 42, .local_steps = 16, .rule = "zeno", .lies = negative(200, 0.2)}},
    {187, {.name = "M3", .remarks = {no_rate, no_trim}, .workers = 3, .batch = 42, .local_steps = 16, .sparsity = 0, .rule = "trimmed_mean"}},
    {307, {.name = "M4", .async = true, .workers = 3, .epochs = 220, .worker_epochs = 220, .batch = 42, .local_steps = 16, .rule = "naive_async", .lies = negative(200, 0.2)}},
    {364, {.name = "M5", .async = true, .workers = 3, .epochs = 220, .worker_epochs = 220, .batch = 42, .local_steps = 16, .rule = "zenopp", .lies = negative(200, 0.2)}},
    {371, {.name = "S1", .remarks = {no_count}, .local_steps = 20, .rule = "average"}},
    {377, {.name = "S2", .remarks = {no_count}, .rule = "average"}},
    {382, {.name = "S3", .remarks = {no_count}, .batch = 32, .local_steps = 20, .rule = "average"}},
    {396, {.name = "S4", .worker_epochs = 220, .rule = "average"}},
    {401, {.name = "S5", .worker_epochs = 220, .rule = "trimmed_mean"}},
    {406, {.name = "S6", .worker_epochs = 210, .rule = "phocas"}},
    {411, {.name = "S7", .worker_epochs = 210, .rule = "zeno"}},
    {425, {.name = "S8", .worker_epochs = 220, .rule = "average", .lies = negative(200, 0.2)}},
    {430, {.name = "S9", .worker_epochs = 220, .rule = "trimmed_mean", .lies = negative(200, 0.2)}},
    {435, {.name = "S10", .worker_epochs = 210, .rule = "phocas", .lies = negative(200, 0.2)}},
    {440, {.name = "S11", .worker_epochs = 210, .rule = "zeno", .lies = negative(200, 0.2)}},
    {454, {.name = "S12", .worker_epochs = 220, .rule = "average", .lies = negative(6, 0.1)}},
    {459, {.name = "S13", .worker_epochs = 220, .rule = "trimmed_mean", .lies = negative(6, 0.1)}},
    {464, {.name = "S14", .worker_epochs = 220, .rule = "phocas", .lies = negative(6, 0.1)}},
    {469, {.name = "S15", .worker_epochs = 220, .rule = "zeno", .lies = negative(6, 0.1)}},
    {483, {.name = "S16", .worker_epochs = 220, .rule = "average", .lies = noise(10, 0.2)}},
    {488, {.name = "S17", .worker_epochs = 220, .rule = "trimmed_mean", .lies = noise(10, 0.2)}},
    {493, {.name = "S18", .worker_epochs = 220, .rule = "phocas", .lies = noise(10, 0.2)}},
    {498, {.name = "S19", .worker_epochs = 220, .rule = "zeno", .lies = noise(10, 0.2)}},
    {513, {.name = "S20", .worker_epochs = 220, .rule = "average", .lies = noise(1, 0.5)}},
    {518, {.name = "S21", .worker_epochs = 220, .rule = "trimmed_mean", .lies = noise(1, 0.5)}},
    {523, {.name = "S22", .worker_epochs = 220, .rule = "phocas", .lies = noise(1, 0.5)}},
    {528, {.name = "S23", .worker_epochs = 220, .rule = "zeno", .lies = noise(1, 0.5)}},
    {544, {.name = "A1", .remarks = {not_16}, .async = true, .worker_epochs = 230, .batch = 32, .subsample = 0.5, .rule = "naive_async", .alpha_decay = 1}},
    {549, {.name = "A2", .async = true, .worker_epochs = 400, .subsample = 0.7, .rule = "zenopp", .alpha = 0.5, .alpha_decay = 0.4, .alpha_decay_epochs = {100}}},
    {557, {.name = "A3", .remarks = {not_16}, .async = true, .worker_epochs = 230, .batch = 32, .rule = "naive_async", .lies = negative(200, 0.2), .alpha_decay = 1}},
    {562, {.name = "A4", .remarks = {not_16}, .async = true, .worker_epochs = 230, .batch = 32, .rule = "zenopp", .lies = negative(200, 0.2), .alpha_decay = 1}},
    {570, {.name = "A5", .remarks = {one_log}, .async = true, .worker_epochs = 230, .rule = "naive_async", .lies = negative(2, 0.2), .alpha_decay = 1}},
    {575, {.name = "A6", .remarks = {one_log}, .async = true, .worker_epochs = 230, .rule = "zenopp", .lies = negative(2, 0.2), .alpha_decay = 1}},
    {584, {.name = "A7", .remarks = {one_log}, .async = true, .worker_epochs = 230, .rule = "naive_async", .lies = noise(10, 0.2), .alpha_decay = 1}},
    {589, {.name = "A8", .remarks = {one_log}, .async = true, .worker_epochs = 230, .rule = "zenopp", .lies = noise(10, 0.2), .alpha_decay = 1}},
    {597, {.name = "A9", .remarks = {one_log}, .async = true, .worker_epochs = 230, .rule = "naive_async", .lies = noise(1, 0.2), .alpha_decay = 1}},
    {602, {.name = "A10", .remarks = {one_log}, .async = true, .worker_epochs = 230, .rule = "zenopp", .lies = noise(1, 0.2), .alpha_decay = 1}},
};

// What the published figures share: 16 workers and batches of 32 where training is synchronous, 8 and 64 where it is not.
Experiment paper_sync(std::string name, uint32_t validators, std::string rule, Lies lies = {}) {
  return {.name = std::move(name),
          .model = "cifar_resnet20_v1",
          .workers = 16,
          .validators = validators,
          .shards = validators,
          .batch = 32,
          .local_steps = 8,
          .lr = 0.2,
          .subsample = validators == 1 ? 0.5 : 1,
          .rule = std::move(rule),
          .lies = std::move(lies)};
}
Experiment paper_async(std::string name, uint32_t validators, std::string rule, Lies lies = {}) {
  return {.name = std::move(name),
          .async = true,
          .model = "cifar_resnet20_v1",
          .workers = 8,
          .validators = validators,
          .shards = validators,
          .worker_epochs = 400,
          .batch = 64,
          .local_steps = 8,
          .lr = 0.4,
          .lr_decay = 0.2,
          .subsample = validators == 1 ? 0.5 : 1,
          .rule = std::move(rule),
          .lies = std::move(lies),
          .alpha = 0.4};
}
Experiment with_eta(double eta, Experiment experiment) {
  experiment.eta = eta;
  return experiment;
}
Experiment in_step(Experiment experiment) {
  experiment.local_steps = 1;
  experiment.sparsity = 0;
  return experiment;
}

/// A line of a script of the paper's; `figure` says which figure it is of.
struct Drawn {
  std::string figure;
  Experiment experiment;
};
const std::vector<Drawn> paper = {
    {"figure 3", paper_sync("sync1_none_average", 1, "average")},
    {"figure 3", paper_sync("sync1_none_trimmed_mean", 1, "trimmed_mean")},
    {"figure 3", paper_sync("sync1_none_phocas", 1, "phocas")},
    {"figure 3", paper_sync("sync1_none_zeno", 1, "zeno")},
    {"figure 3", paper_sync("sync1_negative6_average", 1, "average", negative(6, 0.2))},
    {"figure 3", paper_sync("sync1_negative6_trimmed_mean", 1, "trimmed_mean", negative(6, 0.2))},
    {"figure 3", paper_sync("sync1_negative6_phocas", 1, "phocas", negative(6, 0.2))},
    {"figure 3", paper_sync("sync1_negative6_zeno", 1, "zeno", negative(6, 0.2))},
    {"figure 3", paper_sync("sync1_random1_average", 1, "average", noise(1, 0.2))},
    {"figure 3", paper_sync("sync1_random1_trimmed_mean", 1, "trimmed_mean", noise(1, 0.2))},
    {"figure 3", paper_sync("sync1_random1_phocas", 1, "phocas", noise(1, 0.2))},
    {"figure 3", paper_sync("sync1_random1_zeno", 1, "zeno", noise(1, 0.2))},
    {"figure 3", paper_sync("sync1_randomscale8_average", 1, "average", scaled_noise(8, 0.2))},
    {"figure 3", paper_sync("sync1_randomscale8_trimmed_mean", 1, "trimmed_mean", scaled_noise(8, 0.2))},
    {"figure 3", paper_sync("sync1_randomscale8_phocas", 1, "phocas", scaled_noise(8, 0.2))},
    {"figure 3", paper_sync("sync1_randomscale8_zeno", 1, "zeno", scaled_noise(8, 0.2))},
    {"figure 4", paper_sync("sync2_none_average", 2, "average")},
    {"figure 4", paper_sync("sync2_none_trimmed_mean", 2, "trimmed_mean")},
    {"figure 4", paper_sync("sync2_none_phocas", 2, "phocas")},
    {"figure 4", paper_sync("sync2_none_zeno", 2, "zeno")},
    {"figure 4", paper_sync("sync2_negative6_average", 2, "average", negative(6, 0.2))},
    {"figure 4", paper_sync("sync2_negative6_trimmed_mean", 2, "trimmed_mean", negative(6, 0.2))},
    {"figure 4", paper_sync("sync2_negative6_phocas", 2, "phocas", negative(6, 0.2))},
    {"figure 4", paper_sync("sync2_negative6_zeno", 2, "zeno", negative(6, 0.2))},
    {"figure 4", paper_sync("sync2_random1_average", 2, "average", noise(1, 0.2))},
    {"figure 4", paper_sync("sync2_random1_trimmed_mean", 2, "trimmed_mean", noise(1, 0.2))},
    {"figure 4", paper_sync("sync2_random1_phocas", 2, "phocas", noise(1, 0.2))},
    {"figure 4", paper_sync("sync2_random1_zeno", 2, "zeno", noise(1, 0.2))},
    {"figure 4", paper_sync("sync2_randomscale8_average", 2, "average", scaled_noise(8, 0.2))},
    {"figure 4", paper_sync("sync2_randomscale8_trimmed_mean", 2, "trimmed_mean", scaled_noise(8, 0.2))},
    {"figure 4", paper_sync("sync2_randomscale8_phocas", 2, "phocas", scaled_noise(8, 0.2))},
    {"figure 4", paper_sync("sync2_randomscale8_zeno", 2, "zeno", scaled_noise(8, 0.2))},
    {"figure 5", paper_async("async1_none_naive_async", 1, "naive_async")},
    {"figure 5", paper_async("async1_none_zenopp", 1, "zenopp")},
    {"figure 5", paper_async("async1_negative2_naive_async", 1, "naive_async", negative(2, 0.2))},
    {"figure 5", paper_async("async1_negative2_zenopp", 1, "zenopp", negative(2, 0.2))},
    {"figure 5", paper_async("async1_random1_naive_async", 1, "naive_async", noise(1, 0.2))},
    {"figure 5", paper_async("async1_random1_zenopp", 1, "zenopp", noise(1, 0.2))},
    {"figure 5", paper_async("async1_randomscale8_naive_async", 1, "naive_async", scaled_noise(8, 0.2))},
    {"figure 5", paper_async("async1_randomscale8_zenopp", 1, "zenopp", scaled_noise(8, 0.2))},
    {"figure 6", paper_async("async2_none_naive_async", 2, "naive_async")},
    {"figure 6", paper_async("async2_none_zenopp", 2, "zenopp")},
    {"figure 6", paper_async("async2_negative2_naive_async", 2, "naive_async", negative(2, 0.2))},
    {"figure 6", paper_async("async2_negative2_zenopp", 2, "zenopp", negative(2, 0.2))},
    {"figure 6", paper_async("async2_random1_naive_async", 2, "naive_async", noise(1, 0.2))},
    {"figure 6", paper_async("async2_random1_zenopp", 2, "zenopp", noise(1, 0.2))},
    {"figure 6", paper_async("async2_randomscale8_naive_async", 2, "naive_async", scaled_noise(8, 0.2))},
    {"figure 6", paper_async("async2_randomscale8_zenopp", 2, "zenopp", scaled_noise(8, 0.2))},
    {"figure 7", with_eta(0.1, paper_sync("eta_0.1", 2, "zeno", noise(1, 0.2)))},
    {"figure 7", with_eta(0.01, paper_sync("eta_0.01", 2, "zeno", noise(1, 0.2)))},
    {"figure 7", with_eta(0.001, paper_sync("eta_0.001", 2, "zeno", noise(1, 0.2)))},
    {"figure 7", with_eta(0, paper_sync("eta_0", 2, "zeno", noise(1, 0.2)))},
    {"figure 7", with_eta(-0.001, paper_sync("eta_-0.001", 2, "zeno", noise(1, 0.2)))},
    {"figure 7", with_eta(-0.01, paper_sync("eta_-0.01", 2, "zeno", noise(1, 0.2)))},
    {"figure 7", with_eta(-0.1, paper_sync("eta_-0.1", 2, "zeno", noise(1, 0.2)))},
    {"figures 3 to 7, the baseline", in_step(paper_sync("sgd_baseline", 2, "average"))},
};

std::string in_words(const Lies& lies) {
  if (lies.empty()) return "nobody lies";
  return "each layer message is poisoned with a chance of " + to_text(lies[0].rate) + " (" + lies[0].type + ", scale " +
         to_text(lies[0].scale) + ")";
}

std::string in_words(const Experiment& e) {
  if (e.plumbing) return "pushes known numbers through the shards and compares what comes out; trains nothing";
  return e.rule + (e.rule == "zeno" && e.eta != Experiment{}.eta ? " with eta " + to_text(e.eta) : "") + " while " +
         in_words(e.lies) + "; " + (e.async ? "async, " : "sync, ") + std::to_string(e.workers) + " workers" +
         (e.validators > 1 ? ", " + std::to_string(e.validators) + " validators" : "");
}

Experiment complete(Experiment e, const std::string& prefix, const std::string& source) {
  e.name = prefix + e.name;
  e.sentence = in_words(e) + " (" + source + ")";
  return e;
}

std::vector<Experiment> make_experiments() {
  std::vector<Experiment> result;
  for (const auto& [line, experiment] : instructions)
    result.push_back(complete(experiment, "zeno-ps/", "Zeno-PS's instructions, line " + std::to_string(line)));
  for (const auto& [figure, experiment] : paper)
    result.push_back(complete(experiment, "zeno-ps/paper/", "Zeno-PS's paper, " + figure));
  return result;
}

}  // namespace

const std::vector<Experiment>& experiments() {
  static const std::vector<Experiment> all = make_experiments();
  return all;
}

}  // namespace zenops::original
