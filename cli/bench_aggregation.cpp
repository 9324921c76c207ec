#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>

#include "bench/aggregation.hpp"
#include "bench/torch_peers.hpp"
#include "cli/aggregation_table.hpp"
#include "cli/bench.hpp"
#include "cli/bench_peers.hpp"
#include "cli/terminal.hpp"

namespace zenops {
namespace {

/// Others take minutes for more.
constexpr size_t kPeerDimension = 1'000'000;
/// Too large to be measured with many rows, but once.
constexpr bench::AggregationInput kLarge{10, 100'000'000};

struct Arguments {
  std::vector<size_t> rows, dimensions;  // empty: the usual ones
  std::vector<int> threads = {1, 2};
  int repetitions = 0;  // 0: as many as usual
  std::string python, plot;
  bool quick = false, peers = false, json = false, markdown = false;
};

bench::AggregationOptions options_of(const Arguments& a) {
  const std::vector<size_t> rows = a.quick ? std::vector<size_t>{10, 50} : std::vector<size_t>{10, 15, 50, 100},
                            dimensions =
                                a.quick ? std::vector<size_t>{860'000} : std::vector<size_t>{860'000, 11'200'000};
  bench::AggregationOptions out{
      .inputs = bench::every(a.rows.empty() ? rows : a.rows, a.dimensions.empty() ? dimensions : a.dimensions),
      .threads = a.threads,
      .repetitions = a.repetitions > 0 ? a.repetitions
                     : a.quick         ? 3
                                       : bench::AggregationOptions().repetitions};
  if (!a.quick && a.rows.empty() && a.dimensions.empty()) out.inputs.push_back(kLarge);
  return out;
}

/// A line on stderr that is written again and again, where somebody looks.
class Status {
 public:
  void say(const std::string& text) const {
    if (terminal_.interactive())
      std::cerr << "\r" << text.substr(0, static_cast<size_t>(std::max(1, terminal_.width() - 1))) << "\x1b[K"
                << std::flush;
  }
  void clear() const { say(""); }

 private:
  Terminal terminal_{STDERR_FILENO};
};

class Measuring {
 public:
  explicit Measuring(const Arguments& a) : arguments_(a), options_(options_of(a)), prints_(!a.json && !a.markdown) {}

  AggregationTable measured(const Rules& rules) {
    bench::bench_aggregation(rules, options_,
                             {.begins = [this](const std::string& what) { status_.say(what); },
                              .measured =
                                  [this](const std::vector<bench::AggregationResult>& group) {
                                    table_.results.insert(table_.results.end(), group.begin(), group.end());
                                    print((std::exchange(first_, false) ? "" : "\n") + to_text(group));
                                  },
                              .left_out = [this](const std::string& sentence) { miss(sentence); }});
    if (arguments_.peers) measure_torch();
    measure_others();
    print("\n" + missed_text(table_));
    return std::move(table_);
  }

 private:
  void measure_torch() {
    for (const auto& [n, d] : options_.inputs) {
      if (d > kPeerDimension || !table_.beside("average", n, d, 1)) continue;
      status_.say("torch, n = " + std::to_string(n) + ", d = " + std::to_string(d));
      const std::vector<float> numbers = bench::bench_rows(n, d);
      std::vector<const float*> rows;
      for (size_t k = 0; k < n; ++k) rows.push_back(numbers.data() + k * d);
      bench::bench_torch_peers(rows, d, options_.repetitions, {},
                               {.measured =
                                    [this](const bench::TorchPeerResult& r) {
                                      lay_beside(r.rules[0] + " by " + r.peer, r.rows, r.dimension, 1, r.seconds);
                                    },
                                .left_out = [this](const std::string& sentence) { miss(sentence); }});
    }
  }
  void lay_beside(const std::string& peer, size_t n, size_t d, int threads, double seconds) {
    const auto* ours = table_.beside(peer, n, d, threads);
    if (!ours) return;
    table_.peers.push_back({peer, n, d, threads, seconds, ours->seconds, ours->roof_seconds()});
    print(to_text(table_.peers.back()));
  }
  void measure_others() {
    const std::filesystem::path python =
        arguments_.python.empty() ? python_for_comparisons() : std::filesystem::path(arguments_.python);
    if (python.empty()) return miss("torch and ByzFL; `./dev setup --python` installs them");
    for (const auto& [n, d] : options_.inputs)
      for (const int threads : options_.threads) {
        if (d > kPeerDimension || !table_.beside("average", n, d, threads)) continue;
        status_.say("others, n = " + std::to_string(n) + ", d = " + std::to_string(d));
        const Peers peers = measure_peers(python, bench::bench_rows(n, d), n, d, n / 5, threads, options_.repetitions);
        for (const auto& sentence : peers.missing) miss(sentence);
        for (const auto& [name, seconds] : peers.peers) lay_beside(name, n, d, threads, seconds);
      }
  }
  void miss(const std::string& sentence) {
    if (std::ranges::find(table_.missing, sentence) != table_.missing.end()) return;
    table_.missing.push_back(sentence);
    print("not measured: " + sentence + "\n");
  }
  void print(const std::string& text) const {
    status_.clear();
    if (prints_) std::cout << text << std::flush;
  }

  const Arguments& arguments_;
  const bench::AggregationOptions options_;
  const bool prints_;
  bool first_ = true;
  Status status_;
  AggregationTable table_;
};

int act(const Arguments& a, const Rules& rules) {
  const AggregationTable table = Measuring(a).measured(rules);
  if (a.json) std::cout << line(to_json(table)) << "\n";
  if (a.markdown) std::cout << to_markdown(table);
  if (!a.plot.empty()) {
    std::filesystem::path stem = a.plot;
    if (stem.extension() == ".png" || stem.extension() == ".svg") stem.replace_extension();
    plot(to_ratios(table), stem);
    std::cerr << "the picture is in " << stem.string() << ".png and .svg\n";
  }
  return 0;
}

}  // namespace

Command add_bench_aggregation(CLI::App& program, const Catalogue& catalogue) {
  auto a = std::make_shared<Arguments>();
  auto* app = program.add_subcommand("aggregation",
                                     "rules and their kernels beside the roof: reading the rows, or their arithmetic");
  app->add_option("--rows", a->rows, "numbers of rows; without it 10, 15, 50 and 100")
      ->delimiter(',')
      ->check(CLI::Range(3, 1000));
  app->add_option("--dimensions", a->dimensions,
                  "numbers in a row; without it 860000 and 11200000, and without --rows also 100000000 for 10 rows")
      ->delimiter(',')
      ->check(CLI::Range(1000, 1'000'000'000));
  app->add_option("--threads", a->threads, "numbers of threads; without it 1 and 2")
      ->delimiter(',')
      ->check(CLI::Range(1, 1024));
  app->add_option("--repetitions", a->repetitions, "of each measurement, the median counts; without it 9, and fewer of what takes long")
      ->check(CLI::Range(1, 10000));
  app->add_flag("--quick", a->quick, "10 and 50 rows, 860000 numbers, 3 repetitions, unless they are given");
  app->add_flag(
      "--peers", a->peers,
      "also torch's sort, median and cdist, by the torch that is here for training: of up to 1000000 numbers, one "
      "thread; seconds each");
  app->add_option("--python", a->python,
                  "a Python with torch, and ByzFL if it is to be compared; usually what `./dev setup --python` made")
      ->check(CLI::ExistingFile);
  app->add_option(
         "--plot", a->plot,
         "draw the ratios over the number of rows, of the first dimension and the most threads: a .svg and a .png of "
         "that name")
      ->type_name("FILE");
  auto* json = app->add_flag("--json", a->json, "print a JSON object");
  app->add_flag("--markdown", a->markdown, "print the tables of docs/benchmarks.md")->excludes(json);
  app->footer(
      "Times are those of the busiest thread's own work, each beside the probes of its roof, turn by turn; a line is "
      "marked when a\n"
      "probe's interquartile range was over 25 % of its median. Each line that has a bar says whether it is met, and "
      "if "
      "not why.\n\n"
      "Example: zenops-cli bench aggregation --quick --plot aggregation.svg");
  return {app, [a, &catalogue] { return act(*a, catalogue.rules); }};
}

}  // namespace zenops
