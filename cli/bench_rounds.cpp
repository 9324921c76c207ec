#include <algorithm>
#include <iostream>
#include <memory>

#include "actors/training.hpp"
#include "bench/aggregation.hpp"
#include "bench/figure.hpp"
#include "bench/stopwatch.hpp"
#include "cli/bench.hpp"
#include "cli/report.hpp"
#include "cli/table.hpp"

namespace zenops {
namespace {

constexpr double kAtMost = 1.05;
const std::vector<std::string> kRules = {"median",
                                         "trimmed_mean",
                                         "phocas",
                                         "meamed",
                                         "krum",
                                         "multi_krum",
                                         "bulyan",
                                         "fltrust",
                                         "zeno",
                                         "geometric_median",
                                         "centered_clipping",
                                         "nnm + trimmed_mean"};

struct Arguments {
  std::vector<uint32_t> workers = {10, 50};
  std::vector<std::string> rules = kRules;
  std::string model = "cnn_mnist";
  uint32_t rounds = 8;
  int repetitions = 3, threads = 0;
  bool json = false;
};

/// Seconds of a round: medians over rounds, then over turns.
struct Round {
  double whole, aggregation;
};

class Rounds {
 public:
  void add(const Round& r) {
    whole_.push_back(r.whole);
    aggregation_.push_back(r.aggregation);
  }
  Round typical() const { return {bench::median(whole_), bench::median(aggregation_)}; }

 private:
  std::vector<double> whole_, aggregation_;
};

/// A run that trains for real.
Round round_of(const std::string& rule, uint32_t workers, const Arguments& a, const Catalogue& catalogue) {
  TrainingOptions o;
  o.model.name = a.model;
  o.data.name = a.model.starts_with("cifar") ? "cifar10" : "fashion_mnist";
  o.train.rounds = o.train.eval_every = a.rounds + 1;
  o.cluster.workers = workers;
  o.cluster.threads = a.threads;
  const RuleChoice choice = with_defaults(catalogue.rules, bench::bench_choice(catalogue.rules, rule, workers));
  o.rule.name = choice.rule.name;
  o.rule.parameters = choice.rule.parameters;
  o.rule.pre = choice.pre;
  Rounds rounds;
  Training(o, catalogue).run([&](const RoundReport& r) {
    if (r.round > 1) rounds.add({r.wall_seconds, r.aggregation_seconds});  // the first makes the buffers
  });
  return rounds.typical();
}

/// Whether a validator takes a local step of its own for it in each round.
bool trains_validator(const std::string& rule, uint32_t workers, const Catalogue& catalogue) {
  return make_rule(catalogue.rules, bench::bench_choice(catalogue.rules, rule, workers))->needs().trusted == Trust::validator;
}

int act(const Arguments& a, const Catalogue& catalogue) {
  Json list = Json::array();
  for (const uint32_t workers : a.workers) {
    std::vector<std::vector<std::string>> rows{
        {"W = " + std::to_string(workers), "a round", "average's", "÷", "aggregation", "average's", "by it alone", ""}};
    for (const auto& rule : a.rules) {
      Rounds ours, averages;
      std::vector<double> ratios;
      for (int r = 0; r < a.repetitions; ++r) {
        const Round plain = round_of("average", workers, a, catalogue), mine = round_of(rule, workers, a, catalogue);
        averages.add(plain);
        ours.add(mine);
        ratios.push_back(mine.whole / plain.whole);
      }
      const Round mine = ours.typical(), plain = averages.typical();
      const double ratio = bench::median(ratios), alone = 1 + (mine.aggregation - plain.aggregation) / plain.whole;
      const bool met = ratio <= kAtMost;
      const std::string reason = met               ? ""
                                 : alone > kAtMost ? "aggregation"
                                 : trains_validator(rule, workers, catalogue)
                                     ? "the validator's own local step, which average does without: aggregation alone would meet it"
                                     : "local steps, or what else the machine did: aggregation alone would meet it";
      rows.push_back({rule, bench::in_time(mine.whole), bench::in_time(plain.whole), fixed(ratio, 3),
                      bench::in_time(mine.aggregation), bench::in_time(plain.aggregation), fixed(alone, 3),
                      met ? "✓" : "misses 1.05: " + reason});
      list.push_back({{"rule", rule},
                      {"workers", workers},
                      {"round_seconds", mine.whole},
                      {"average_round_seconds", plain.whole},
                      {"ratio", ratio},
                      {"aggregation_seconds", mine.aggregation},
                      {"average_aggregation_seconds", plain.aggregation},
                      {"ratio_by_aggregation_alone", alone},
                      {"bar", kAtMost},
                      {"met", met},
                      {"reason", reason}});
    }
    if (!a.json) std::cout << table(rows, {1, 2, 3, 4, 5, 6}) << std::flush;
  }
  if (a.json) std::cout << line({{"version", version_line()}, {"model", a.model}, {"rounds", std::move(list)}}) << "\n";
  return 0;
}

}  // namespace

Command add_bench_rounds(CLI::App& program, const Catalogue& catalogue) {
  auto a = std::make_shared<Arguments>();
  auto* app = program.add_subcommand("rounds", "a training round by each rule beside average's");
  app->add_option("--workers", a->workers, "numbers of workers")
      ->delimiter(',')
      ->check(CLI::Range(5, 1000))
      ->capture_default_str();
  app->add_option("--rules", a->rules, "which rules; without it all that are measured")
      ->delimiter(',')
      ->check(CLI::IsMember(kRules));
  app->add_option("--model", a->model, "what is trained, on Fashion-MNIST or CIFAR-10")
      ->check(CLI::IsMember({"mlp", "cnn_mnist", "cifar_resnet20_v1"}))
      ->capture_default_str();
  app->add_option("--rounds", a->rounds, "of each run, after a first that does not count")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app->add_option("--repetitions", a->repetitions, "turns of each rule: a run by average, then one by it")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app->add_option("--threads", a->threads, "threads that compute; 0: one per core")->check(CLI::Range(0, 1024));
  app->add_flag("--json", a->json, "print a JSON object");
  app->footer(
      "Workers train for real, one local step of 32 samples a round. Rounds are timed by the wall clock, so the machine "
      "must do\n"
      "nothing else; what aggregation alone makes of average's round is shown beside it.\n\n"
      "Example: zenops-cli bench rounds --workers 10 --rules trimmed_mean,krum");
  return {app, [a, &catalogue] { return act(*a, catalogue); }};
}

}  // namespace zenops
