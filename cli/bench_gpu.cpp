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

int act(const Arguments& a) {
  const auto cards = cuda::cards();
  if (cards.empty())
    throw UserError(UserError::run_failed, "bench gpu needs a GPU, and there is none: " + cuda::why_no_cards());
  Json results = Json::array(), missing = Json::array();
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
  const auto left_out = [&](const std::string& sentence) {
    missing.push_back(sentence);
    if (!a.json) std::cout << "not measured: " << sentence << "\n" << std::flush;
  };
  try {
    bench::bench_gpu(a.options, {.measured = measured, .left_out = left_out});
  } catch (const cuda::Error& error) {
    throw UserError(UserError::run_failed, error.what());
  }
  if (a.json)
    std::cout << line({{"version", version_line()},
                       {"card", card},
                       {"cuda", cuda::versions()},
                       {"results", std::move(results)},
                       {"missing", std::move(missing)}})
              << "\n";
  return 0;
}

}  // namespace

Command add_bench_gpu(CLI::App& bench) {
  auto a = std::make_shared<Arguments>();
  auto* app = bench.add_subcommand("gpu", "aggregation on a CUDA card beside a copy within it");
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
  app->add_flag("--json", a->json, "print a JSON object");
  app->footer(
      "Each time is taken turn by turn with a copy within the card, whose speed it is held against: rows read once and "
      "the\n"
      "result written, as a copy moves as many bytes. 10 rows of 860000 numbers fit into a large card's cache.\n"
      "Without a card it says why and ends with exit code 1.\n\n"
      "Example: zenops-cli bench gpu --rows 10,50 --dimensions 11200000");
  return {app, [a] { return act(*a); }};
}

}  // namespace zenops
