#include <algorithm>
#include <iostream>
#include <memory>

#include "base/expected.hpp"
#include "bench/figure.hpp"
#include "bench/gpu.hpp"
#include "cli/bench.hpp"
#include "cli/report.hpp"
#include "cli/table.hpp"

namespace zenops {
namespace {

struct Arguments {
  bench::GpuOptions options;
  bool json = false;
};

Json to_json(const bench::GpuResult& r) {
  return {{"what", r.what},
          {"rows", r.rows},
          {"dimension", r.dimension},
          {"seconds", r.seconds},
          {"bytes", r.bytes},
          {"copy_seconds", r.copy_seconds},
          {"share_of_copy", {r.share.low, r.share.median, r.share.high}},
          {"copy_varies", r.copy_varies}};
}

Json to_json(const bench::GpuPeer& p) {
  return {{"what", p.what},
          {"rows", p.rows},
          {"dimension", p.dimension},
          {"seconds", p.seconds},
          {"times_ours", p.times_ours()}};
}

Json to_json(const bench::JointResult& r) {
  const auto of = [](const bench::Quartiles& q) { return Json{q.low, q.median, q.high}; };
  return {{"model", r.model},
          {"workers", r.workers},
          {"batch", r.batch},
          {"seconds",
           {{"joint", r.joint},
            {"joint_at_weights_of_each", r.at_own},
            {"one_batch", r.one_batch},
            {"one_by_one", r.one_by_one},
            {"one_by_one_not_recorded", r.launched}}},
          {"joint_in_batches", of(r.joint_in_batches)},
          {"one_by_one_in_joint", of(r.one_by_one_in_joint)},
          {"not_recorded_in_joint", of(r.launched_in_joint)},
          {"one_by_one_in_joint_at_weights_of_each", of(r.one_by_one_in_at_own)},
          {"not_recorded_in_joint_at_weights_of_each", of(r.launched_in_at_own)}};
}

/// The bars are for a round of ResNet-56 (docs/results/gpu.md); the others stand beside it.
std::string in_words(const bench::JointResult& r) {
  const bool barred = r.model == "cifar_resnet56_v1";
  const double slower = r.joint_in_batches.median, faster = r.launched_in_joint.median;
  const auto verdict = [&](bool met, const std::string& bar) {
    return !barred ? "" : (met ? " (met: " : " (missed: ") + bar + ")";
  };
  const std::string of = r.model + ", " + std::to_string(r.workers) + " workers of " + std::to_string(r.batch);
  return table(
      {{of, "one pass", bench::in_time(r.joint),
        fixed(slower, 2) + " × one batch of " + std::to_string(r.workers * r.batch) + verdict(slower <= 1.6, "≤ 1.6")},
       {"", "one batch", bench::in_time(r.one_batch), ""},
       {"", "one by one, recorded", bench::in_time(r.one_by_one),
        fixed(r.one_by_one_in_joint.median, 2) + " × one pass"},
       {"", "one by one, launched anew", bench::in_time(r.launched),
        fixed(faster, 2) + " × one pass" + verdict(faster >= 5, "≥ 5")},
       {"", "one pass, weights of each", bench::in_time(r.at_own),
        "one by one, recorded: " + fixed(r.one_by_one_in_at_own.median, 2) + " × that; launched anew: " + fixed(r.launched_in_at_own.median, 2) +
            " ×"}});
}

int act(const Arguments& a) {
  const auto cards = cuda::cards();
  if (cards.empty())
    throw UserError(UserError::run_failed, "bench gpu needs a GPU, and there is none: " + cuda::why_no_cards());
  Json results = Json::array(), peers = Json::array(), training = Json::array(), missing = Json::array();
  const auto found = std::ranges::find(cards, a.options.device.index, &cuda::Card::index);
  const std::string card = found == cards.end() ? "" : found->name;
  if (!a.json && !card.empty()) std::cout << card << ", " << cuda::versions() << "\n" << std::flush;
  const auto measured = [&](const bench::GpuResult& r) {
    results.push_back(to_json(r));
    if (a.json) return;
    std::cout << table({{r.what, std::to_string(r.rows) + " rows of " + std::to_string(r.dimension),
                         bench::in_time(r.seconds), fixed(100 * r.share.median, 0) + " % of a copy's speed",
                         r.copy_varies > 0.25 ? "(the copy's speed varied)" : ""}})
              << std::flush;
  };
  const auto peer = [&](const bench::GpuPeer& p) {
    peers.push_back(to_json(p));
    if (!a.json)
      std::cout << table({{p.what, std::to_string(p.rows) + " rows of " + std::to_string(p.dimension),
                           bench::in_time(p.seconds), fixed(p.times_ours(), 1) + " × ours"}})
                << std::flush;
  };
  const auto trained = [&](const bench::JointResult& r) {
    training.push_back(to_json(r));
    if (!a.json) std::cout << in_words(r) << std::flush;
  };
  const auto left_out = [&](const std::string& sentence) {
    missing.push_back(sentence);
    if (!a.json) std::cout << "not measured: " << sentence << "\n" << std::flush;
  };
  try {
    bench::bench_gpu(a.options, {.measured = measured, .peer = peer, .trained = trained, .left_out = left_out});
  } catch (const cuda::Error& error) {
    throw UserError(UserError::run_failed, error.what());
  }
  if (a.json)
    std::cout << line({{"version", version_line()},
                       {"card", card},
                       {"cuda", cuda::versions()},
                       {"results", std::move(results)},
                       {"peers", std::move(peers)},
                       {"training", std::move(training)},
                       {"missing", std::move(missing)}})
              << "\n";
  return 0;
}

}  // namespace

Command add_bench_gpu(CLI::App& bench) {
  auto a = std::make_shared<Arguments>();
  auto* app = bench.add_subcommand(
      "gpu", "aggregation on a CUDA card beside a copy within it and beside torch, and training there");
  app->add_option("--rows", a->options.rows, "numbers of rows")
      ->delimiter(',')
      ->check(CLI::Range(3, 512))
      ->capture_default_str();
  app->add_option("--dimensions", a->options.dimensions, "numbers in a row")
      ->delimiter(',')
      ->check(CLI::Range(1000, 1'000'000'000))
      ->capture_default_str();
  app->add_option("--device", a->options.device.index, "which card, counted from 0")
      ->check(CLI::Range(0, 1023))
      ->capture_default_str();
  app->add_option("--repetitions", a->options.repetitions, "of each measurement, the median counts")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app->add_flag("!--no-torch", a->options.torch, "leave out torch's sort, median and cdist, and training");
  app->add_option("--seconds", a->options.seconds, "how long to train in each of the four ways")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  app->add_flag("--json", a->json, "print a JSON object");
  app->footer(
      "Each time is taken turn by turn with a copy within the card, whose speed it is held against: rows read once and "
      "the\n"
      "result written, as a copy moves as many bytes. 10 rows of 860000 numbers fit into a large card's cache.\n"
      "Torch's sort, median and cdist of the same rows follow each dimension, as multiples of our time; then the "
      "gradients "
      "of 15\n"
      "workers' batches of 32: in one pass, as one batch, one by one, and one by one with nothing recorded.\n"
      "Without a card it says why and ends with exit code 1.\n\n"
      "Example: zenops-cli bench gpu --rows 10,50 --dimensions 11200000");
  return {app, [a] { return act(*a); }};
}

}  // namespace zenops
