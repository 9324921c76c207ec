#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "bench/aggregation.hpp"
#include "cli/bench.hpp"
#include "cli/bench_peers.hpp"

namespace zenops {
namespace {

using Json = nlohmann::ordered_json;
using bench::AggregationResult;

/// Others take minutes for more.
constexpr size_t kPeerDimension = 1'000'000;

std::string line(const AggregationResult& r) {
  char text[200];
  std::snprintf(text, sizeof text, "%-32s n %3zu  d %9zu  %d thread%s  %9.3f ms  %6.2f x roof (%s)  %6.2f reads%s\n",
                r.name.c_str(), r.rows, r.dimension, r.threads, r.threads == 1 ? " " : "s", 1e3 * r.seconds, r.ratio(),
                r.bound.c_str(), r.reads(), r.unreliable() ? "  unreliable: the probe varied" : "");
  return text;
}

Json to_json(const AggregationResult& r) {
  return {{"name", r.name},
          {"rows", r.rows},
          {"dimension", r.dimension},
          {"threads", r.threads},
          {"seconds", r.seconds},
          {"roof_seconds", r.roof_seconds},
          {"ratio", r.ratio()},
          {"bound", r.bound},
          {"reads", r.reads()},
          {"spread", r.spread},
          {"unreliable", r.unreliable()}};
}

struct Arguments {
  bench::AggregationOptions options;
  std::string python;
  bool json = false;
};

/// A peer's rule beside ours: "median by torch.median" is beside "median".
const AggregationResult* ours(const std::vector<AggregationResult>& results, const std::string& peer, size_t n,
                              size_t d, int threads) {
  const std::string name = peer.substr(0, peer.find(' '));
  for (const auto& r : results)
    if (r.name == name && r.rows == n && r.dimension == d && r.threads == threads) return &r;
  return nullptr;
}

int act(const Arguments& a, const Rules& rules) {
  std::vector<AggregationResult> results;
  const auto say = [&](const std::string& text) {
    if (!a.json) std::cout << text << std::flush;
  };
  bench::bench_aggregation(rules, a.options, [&](const AggregationResult& result) {
    results.push_back(result);
    say(line(result));
  });
  Json out{{"results", Json::array()}, {"peers", Json::array()}, {"missing", Json::array()}};
  for (const auto& result : results) out["results"].push_back(to_json(result));
  const auto miss = [&](const std::string& sentence) {
    out["missing"].push_back(sentence);
    say("not measured: " + sentence + "\n");
  };
  const std::filesystem::path python = a.python.empty() ? python_for_comparisons() : std::filesystem::path(a.python);
  if (python.empty()) miss("torch and ByzFL; `./dev setup --python` installs them");
  for (const size_t d : a.options.dimensions)
    for (const size_t n : a.options.rows)
      for (const int threads : a.options.threads) {
        if (python.empty() || d > kPeerDimension) continue;
        const Peers peers = measure_peers(python, bench::bench_rows(n, d), n, d, n / 5, threads, a.options.repetitions);
        for (const auto& sentence : peers.missing) miss(sentence);
        for (const auto& [name, seconds] : peers.peers) {
          const AggregationResult* mine = ours(results, name, n, d, threads);
          if (!mine) continue;
          const double ratio = seconds / mine->seconds;
          char text[160];
          std::snprintf(text, sizeof text, "%-32s n %3zu  d %9zu  %d thread%s  %9.3f ms  %6.1f x ours\n", name.c_str(),
                        n, d, threads, threads == 1 ? " " : "s", 1e3 * seconds, ratio);
          say(text);
          out["peers"].push_back({{"name", name},
                                  {"rows", n},
                                  {"dimension", d},
                                  {"threads", threads},
                                  {"seconds", seconds},
                                  {"times_ours", ratio}});
        }
      }
  if (a.json) std::cout << out.dump() << "\n";
  return 0;
}

}  // namespace

Command add_bench_aggregation(CLI::App& program, const Catalogue& catalogue) {
  auto a = std::make_shared<Arguments>();
  auto* app = program.add_subcommand("aggregation",
                                     "rules and their kernels beside the roof: reading the rows, or their arithmetic");
  app->add_option("--rows", a->options.rows, "numbers of rows")->delimiter(',')->check(CLI::Range(3, 1000));
  app->add_option("--dimensions", a->options.dimensions, "numbers in a row")
      ->delimiter(',')
      ->check(CLI::Range(1000, 1'000'000'000));
  app->add_option("--threads", a->options.threads, "numbers of threads")->delimiter(',')->check(CLI::Range(1, 1024));
  app->add_option("--repetitions", a->options.repetitions, "of each measurement; the median counts")
      ->check(CLI::Range(1, 10000));
  app->add_option("--python", a->python,
                  "a Python with torch, and ByzFL if it is to be compared; usually what `./dev setup --python` made")
      ->check(CLI::ExistingFile);
  app->add_flag("--json", a->json, "print a JSON object");
  app->footer(
      "Times are those of the busiest thread's own work, each beside the probes of its roof, turn by turn; a line is "
      "marked when a\n"
      "probe's interquartile range was over 25 % of its median.\n\n"
      "Example: zenops-cli bench aggregation --rows 10,50 --dimensions 860000");
  return {app, [a, &catalogue] { return act(*a, catalogue.rules); }};
}

}  // namespace zenops
