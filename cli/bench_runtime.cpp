#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>

#include "base/pool.hpp"
#include "bench/falls.hpp"
#include "bench/local_talk.hpp"
#include "bench/program_talk.hpp"
#include "bench/remote_talk.hpp"
#include "bench/sum_of_words.hpp"
#include "cli/bench.hpp"
#include "cli/bench_peers.hpp"
#include "cli/report.hpp"
#include "cli/table.hpp"
#include "configs/job.hpp"

namespace zenops {
namespace {

using bench::Figure;

constexpr double steady = 0.25;  // a bound that varied more is no measure

struct Arguments {
  double seconds = 2;
  std::vector<std::string> only;
  bool json = false;
  std::string python;
};

/// How much of the machine others used while we measured.
class Neighbours {
 public:
  /// Cores.
  double busy() const {
    const Times now = read();
    const double passed = now.wall - begin_.wall;
    return passed <= 0 ? 0 : std::max(0.0, (now.all - begin_.all) - (now.ours - begin_.ours)) / passed;
  }

 private:
  struct Times {
    double wall, all, ours;
  };
  static double cpu(int who) {
    rusage usage{};
    getrusage(who, &usage);
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  static Times read() {
    std::string word;
    double user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0, steal = 0;
    std::ifstream("/proc/stat") >> word >> user >> nice >> system >> idle >> wait >> irq >> soft >> steal;
    const double tick = static_cast<double>(sysconf(_SC_CLK_TCK));
    return {bench::wall_seconds(), (user + nice + system + irq + soft + steal) / tick,
            cpu(RUSAGE_SELF) + cpu(RUSAGE_CHILDREN)};
  }
  const Times begin_ = read();
};

double load() {
  double average = 0;
  return getloadavg(&average, 1) == 1 ? average : 0;
}

bool is_steady(const Figure& f) { return f.bound_varies <= steady; }

Json to_json(const Figure& f) {
  Json out{{"name", f.name}, {"value", f.value.median}, {"unit", f.unit}, {"quartiles", {f.value.low, f.value.high}}};
  if (f.target) {
    out[f.target->at_least ? "at_least" : "at_most"] = f.target->value;
    out["met"] = f.target->met(f.value.median);
  }
  if (!f.detail.empty()) out["detail"] = f.detail;
  if (f.bound_varies > 0) out["bound_varies"] = f.bound_varies;
  return out;
}

std::string number(double value) { return fixed(value, value < 10 ? 2 : value < 100 ? 1 : 0); }

std::vector<std::string> in_words(const Figure& f) {
  const auto& [low, median, high] = f.value;
  std::string judged;
  if (f.target)
    judged = std::string(f.target->met(median) ? "met" : "missed") + (f.target->at_least ? ": ≥ " : ": ≤ ") +
             number(f.target->value);
  if (!is_steady(f)) judged += judged.empty() ? "unsteady" : ", unsteady";
  return {f.name, number(median), low == high ? "" : number(low) + "–" + number(high), f.unit, judged, f.detail};
}

constexpr uint32_t workers = 10;

/// A run of ten workers, in one process or in as many as it has actors.
class Run {
 public:
  Run(const std::string& data, uint32_t rounds, const Catalogue& catalogue)
      : catalogue_(catalogue),
        config_(
            parse_config("name: bench\nseed: 1\ndata: {name: " + data + ", partition: iid, batch: 32}\nmodel: {name: " +
                             (data == "blobs" ? "mlp" : "cnn_mnist") + "}\ntrain: {rounds: " + std::to_string(rounds) +
                             ", local_steps: 2, eval_every: " + std::to_string(rounds) +
                             "}\ncluster: {workers: 10, validators: 1, shards: 2}\nrule: {name: average}\n",
                         "bench runtime", {}, catalogue)) {}

  struct Times {
    double wall, compute;  // seconds of a round; of local steps, added over threads
  };
  Times measure(Isolation isolation) {
    Config config = config_;
    config.training.cluster.isolation = isolation;
    Training training(config.training, catalogue_);
    training.plan_processes(process_plan(config, catalogue_, version_line(), {"zenops-cli", "nursery"}));
    dimension_ = training.dimension();
    std::vector<double> wall, compute;
    training.run([&](const RoundReport& round) {
      if (round.round == 1) return;  // torch chooses its kernels, and memory is mapped
      wall.push_back(round.wall_seconds);
      compute.push_back(round.compute_seconds);
    });
    return {bench::quantile(wall, 0.5), bench::quantile(compute, 0.5)};
  }
  size_t dimension() const { return dimension_; }

 private:
  const Catalogue& catalogue_;
  const Config config_;
  size_t dimension_ = 0;
};

/// Seconds for a number of this machine's memory to be read by all cores.
double seconds_of_a_number() {
  Pool pool;
  constexpr size_t each = size_t{1} << 24;
  std::vector<std::vector<float>> rows(static_cast<size_t>(pool.threads()), std::vector<float>(each, 1.0f));
  std::atomic<uint32_t> sum = 0;
  const double seconds = bench::seconds_of_one(0.2, 1, [&] {
    pool.for_each_and_wait(rows.size(), [&](size_t k, int) { sum += bench::sum_of_words(rows[k]); });
  });
  return seconds / static_cast<double>(each * rows.size());
}

void measure_rounds(const bench::Effort& effort, const Catalogue& catalogue,
                    const std::function<void(Figure)>& report) {
  std::string data = "fashion_mnist";
  const uint32_t rounds = 8;
  auto run = std::make_unique<Run>(data, rounds, catalogue);
  try {
    run->measure(Isolation::thread);
  } catch (const UserError&) {  // the images are not here
    data = "blobs";
    run = std::make_unique<Run>(data, rounds, catalogue);
  }
  const double number = seconds_of_a_number();
  std::vector<double> over_bound, bounds;
  // In one process no more threads compute than there are cores: only there is the time of local steps what they cost.
  double steps = 0;
  const auto in_one = [&] {
    const auto [wall, compute] = run->measure(Isolation::thread);
    steps = compute / usable_cores();
    return wall;
  };
  const auto in_processes = [&] {
    const double wall = run->measure(Isolation::process).wall;
    bounds.push_back(steps + number * static_cast<double>((workers + 1) * run->dimension()));
    over_bound.push_back(wall / bounds.back());
    return wall;
  };
  const bench::Beside beside = bench::take_turns(effort.repeats, in_one, in_processes);
  const std::string name =
      "a round of 10 workers in processes (" + data + ", d = " + std::to_string(run->dimension()) + ")";
  report(bench::times(name, "one process", beside, bench::at_most(1.15)));
  Figure bound{name, "× its lower bound", bench::quartiles(over_bound), bench::at_most(1.5)};
  bound.detail = bench::in_time(beside.ours) +
                 "; local steps on all cores, then its rows read once: " + bench::in_time(bench::quantile(bounds, 0.5));
  report(bound);
}

/// Ours of the lines that Ray has too, over Ray's. It is measured after ours, not in turn: it has processes of its own that would disturb.
std::vector<std::string> compare_with_ray(const std::filesystem::path& python, const bench::Effort& effort,
                                          const std::vector<Figure>& ours, const std::function<void(Figure)>& report) {
  if (python.empty()) return {"Ray: no Python was given (--python), and `./dev setup --python` has made none"};
  const Peers ray = measure_ray(python, effort.seconds);
  for (const Peer& line : ray.peers) {
    const auto same = std::ranges::find_if(ours, [&](const Figure& f) { return f.name == line.name && f.seconds > 0; });
    if (same == ours.end()) continue;
    const double ratio = same->seconds / line.seconds;
    report({line.name, "× the time of Ray", {ratio, ratio, ratio}, {}, bench::in_time(same->seconds) + "; Ray: " + bench::in_time(line.seconds)});
  }
  return ray.missing;
}

int act(const Arguments& a, const Catalogue& catalogue) {
  const bench::Effort effort{.seconds = a.seconds};
  const double load_before = load();
  const Neighbours neighbours;
  std::vector<Figure> figures;
  std::vector<std::string> missing;
  const auto report = [&](Figure f) {
    std::cerr << f.name + ": " + number(f.value.median) + " " + f.unit + "\n";
    figures.push_back(std::move(f));
  };
  const auto part = [&](const std::string& name, const std::function<void()>& measure) {
    if (!a.only.empty() && std::ranges::find(a.only, name) == a.only.end()) return;
    try {
      measure();
    } catch (const std::exception& e) {
      missing.push_back(name + ": " + e.what());
    }
  };
  part("local", [&] { bench::measure_local_talk(effort, report); });
  part("programs", [&] { bench::measure_program_talk(effort, report); });
  const auto peer = [&](const auto& measure) {
    const bench::PeerProcess peer({"zenops-cli", "bench", "peer", "answers"});
    measure(peer, effort, report);
  };
  part("remote", [&] { peer(bench::measure_remote_talk); });
  part("rows", [&] { peer(bench::measure_rows); });
  part("falls", [&] {
    bench::measure_falls({"zenops-cli", "bench", "peer", "falls"}, version_line(), effort, report);
  });
  part("many", [&] { bench::measure_many_actors(10'000, effort, report); });
  part("rounds", [&] { measure_rounds(effort, catalogue, report); });
  std::vector<std::string> absent;
  part("ray", [&] {
    const auto ours = figures;
    absent = compare_with_ray(a.python.empty() ? python_for_comparisons() : std::filesystem::path(a.python), effort, ours, report);
  });
  const double others = neighbours.busy();

  if (a.json) {
    Json list = Json::array();
    for (const Figure& f : figures) list.push_back(to_json(f));
    std::cout << line({{"version", version_line()},
                       {"cores", usable_cores()},
                       {"load", {load_before, load()}},
                       {"cores_used_by_others", others},
                       {"figures", std::move(list)},
                       {"missing", missing},
                       {"absent", absent}})
              << "\n";
  } else {
    std::vector<std::vector<std::string>> rows{{"", "median", "quartiles", "", "", ""}};
    for (const Figure& f : figures) rows.push_back(in_words(f));
    std::cout << table(rows, {1}) << "\nOther programs used " << fixed(others, 1) << " of " << usable_cores()
              << " cores meanwhile; the load was " << fixed(load_before, 1) << ", then " << fixed(load(), 1) << ".\n";
    for (const auto* some : {&missing, &absent})
      for (const auto& what : *some) std::cout << "Not measured: " << what << "\n";
  }
  return missing.empty() ? 0 : static_cast<int>(UserError::run_failed);
}

}  // namespace

Command add_bench_runtime(CLI::App& bench, const Catalogue& catalogue) {
  auto a = std::make_shared<Arguments>();
  auto* app = bench.add_subcommand("runtime", "actors and processes beside bare CAF, raw sockets and memcpy");
  app->add_option("--seconds", a->seconds, "how long to measure each side of a ratio, in all its turns")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  app->add_option("--only", a->only, "measure these parts alone: local, programs, remote, rows, many, falls, rounds, ray (beside remote and rows)")
      ->delimiter(',')
      ->check(CLI::IsMember({"local", "programs", "remote", "rows", "many", "falls", "rounds", "ray"}));
  app->add_flag("--json", a->json, "print one JSON object; progress goes to stderr");
  app->add_option("--python", a->python, "a Python with Ray and NumPy, to be measured beside; usually what `./dev setup --python` made");
  app->footer(
      "Each ratio is to a bound that is measured in the same process, turn by turn: bound, ours, bound, …; shown are "
      "the median and\n"
      "the quartiles of nine turns. \"unsteady\": the bound itself varied by more than a quarter, so that the machine "
      "was too busy.\n"
      "Bare CAF has as many threads, the same scheduler, and the same deadline for each question; its messages are "
      "ints.\n"
      "Rows that Ray's microbenchmark has too are called as there, and Ray is measured where the Python has it (`pip install ray numpy`).\n\n"
      "Example: zenops-cli bench runtime --json");
  return {app, [a, &catalogue] { return act(*a, catalogue); }};
}

Command add_bench_peer(CLI::App& bench) {
  auto kind = std::make_shared<std::string>();
  auto* app = bench.add_subcommand("peer", "what `bench runtime` starts as its other processes")->group("");
  app->add_option("kind", *kind)->required()->check(CLI::IsMember({"answers", "falls"}));
  return {app, [kind] {
            return *kind == "falls" ? bench::fallen_nursery(version_line())
                                    : bench::serve_a_peer(bench::Effort{}.threads);
          }};
}

}  // namespace zenops
