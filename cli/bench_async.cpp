#include <iostream>
#include <memory>

#include "actors/training.hpp"
#include "base/pool.hpp"
#include "cli/bench.hpp"
#include "cli/free_updates.hpp"
#include "cli/report.hpp"

namespace zenops {
namespace {

struct Arguments {
  std::vector<size_t> dimensions = {860'000, 11'200'000};
  std::vector<uint32_t> shards = {1, 2};
  uint32_t workers = 8, updates = 800, rounds = 10;
  int threads = 0;
  bool json = false;
};

/// Samples that workers take a second, of a run that trains for real.
double samples_per_second(Mode mode, const std::string& rule, const Arguments& a, const Catalogue& catalogue) {
  TrainingOptions o;
  o.model.name = "cnn_mnist";
  o.train.mode = mode;
  o.train.rounds = a.rounds;
  o.train.local_steps = 8;
  o.train.eval_every = a.rounds;
  o.async.simulated = false;
  o.cluster.workers = a.workers;
  o.cluster.shards = 2;
  o.cluster.threads = a.threads;
  o.rule.name = rule;
  o.rule.parameters = with_defaults(*catalogue.rules.find(rule), {});
  const auto result = Training(o, catalogue).run();
  return result.rounds * a.workers * o.train.local_steps * o.data.batch / result.wall_seconds;
}

int act(const Arguments& a, const Catalogue& catalogue) {
  const int threads = a.threads > 0 ? a.threads : usable_cores();
  Json out{{"threads", threads}, {"free", Json::array()}, {"trained", Json::array()}};
  const auto say = [&](const std::string& text) {
    if (!a.json) std::cout << text << "\n" << std::flush;
  };
  for (const size_t d : a.dimensions)
    for (const uint32_t shards : a.shards)
      for (const char* rule : {"naive_async", "zenopp"}) {
        const auto updates = static_cast<uint32_t>(std::max<size_t>(80, a.updates * 860'000 / std::max<size_t>(d, 860'000)));
        const FreeUpdates f = measure_free_updates({.rule = rule,
                                                    .dimension = d,
                                                    .workers = a.workers,
                                                    .shards = shards,
                                                    .rounds = updates / a.workers,
                                                    .threads = threads},
                                                   catalogue.rules);
        out["free"].push_back({{"rule", rule},
                               {"dimension", d},
                               {"shards", shards},
                               {"updates_per_second", 1 / f.seconds},
                               {"bound_per_second", 1 / f.bound_seconds},
                               {"ratio", f.ratio()}});
        say(std::string(rule) + ", d = " + std::to_string(d) + ", " + std::to_string(shards) + (shards == 1 ? " shard: " : " shards: ") +
            fixed(1 / f.seconds, 0) + " updates/s with workers that cost nothing, " + fixed(f.ratio(), 2) +
            " of what the memory allows");
      }
  for (const auto& [sync, async] : {std::pair("average", "naive_async"), std::pair("zeno", "zenopp")}) {
    const double together = samples_per_second(Mode::sync, sync, a, catalogue),
                 alone = samples_per_second(Mode::async, async, a, catalogue);
    out["trained"].push_back({{"sync", sync},
                              {"async", async},
                              {"sync_samples_per_second", together},
                              {"async_samples_per_second", alone},
                              {"ratio", alone / together}});
    say("cnn_mnist, " + std::string(async) + ": " + fixed(alone, 0) + " samples/s, " + fixed(alone / together, 2) + " of " + sync +
        "'s in rounds");
  }
  if (a.json) std::cout << out.dump() << "\n";
  return 0;
}

}  // namespace

Command add_bench_async(CLI::App& program, const Catalogue& catalogue) {
  auto a = std::make_shared<Arguments>();
  auto* app = program.add_subcommand("async", "asynchronous training beside the memory's speed, and beside training in rounds");
  app->add_option("--dimensions", a->dimensions, "numbers of parameters")->delimiter(',')->check(CLI::Range(1000, 1'000'000'000));
  app->add_option("--shards", a->shards, "numbers of shards")->delimiter(',')->check(CLI::Range(1, 1000));
  app->add_option("--workers", a->workers, "workers")->check(CLI::Range(1, 1000));
  app->add_option("--updates", a->updates, "updates to measure; fewer of more than 860000 parameters")->check(CLI::Range(1, 10'000'000));
  app->add_option("--rounds", a->rounds, "rounds to train for real, on Fashion-MNIST")->check(CLI::Range(1, 10000));
  app->add_option("--threads", a->threads, "threads that compute; 0: one per core")->check(CLI::Range(0, 1024));
  app->add_flag("--json", a->json, "print a JSON object");
  app->footer(
      "The bound moves the memory that an update must: its row is read, beside the row it is judged by where there is one;\n"
      "then parameters and row are read and new parameters written. It is measured in the same process.\n\n"
      "Example: zenops-cli bench async --dimensions 860000");
  return {app, [a, &catalogue] { return act(*a, catalogue); }};
}

}  // namespace zenops
