#include "bench/aggregation.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <numeric>
#include <optional>

#include "aggregation/kernels/selection.hpp"
#include "aggregation/probes.hpp"
#include "base/layout.hpp"
#include "base/philox.hpp"
#include "base/rows.hpp"
#include "bench/columns.hpp"
#include "bench/machine.hpp"
#include "bench/stopwatch.hpp"
#include "bench/turns.hpp"

namespace zenops::bench {
namespace {

/// What a pass does at least: of memory, and per coordinate of arithmetic.
struct Least {
  double rows = 0;  // that it reads
  bool writes = false;
  double minmax = 0, fma = 0;  // operations
};

struct Pass {
  std::function<void(size_t segment)> run;
  std::function<Least()> least;  // once it has run
};

/// Measures, decides, combines; or only one of the two passes.
struct Work {
  std::string name;
  size_t points;  // rows, and the trusted one where there is one
  std::optional<Pass> measure = {};
  std::function<void()> decide = {};
  std::optional<Pass> combine = {};
};

/// Normal numbers, a thousand different ones: they cost time to draw, and sorting does not care.
void fill(std::span<float> row, size_t k) {
  Stream stream({.seed = 1, .role = Role::worker, .index = static_cast<uint32_t>(k), .purpose = Purpose::noise});
  std::vector<float> numbers(1009);
  for (float& x : numbers) x = stream.normal();
  for (size_t i = 0; i < row.size(); ++i) row[i] = numbers[i % numbers.size()];
}

/// n rows of d normal numbers, cut as shards cut them.
class BenchRows {
 public:
  BenchRows(size_t n, size_t d) : layout_({{.name = "rows", .shape = {static_cast<int64_t>(d)}}}) {
    for (size_t k = 0; k <= n; ++k) {
      rows_.push_back(pool_.make(d));
      fill(rows_.back().mutable_view(), k);
    }
  }
  size_t count() const { return rows_.size() - 1; }
  size_t segments() const { return layout_.segments().size(); }
  size_t size(size_t segment) const { return layout_.segments()[segment].size; }
  size_t dimension() const { return layout_.dimension(); }
  std::vector<const float*> at(size_t segment) const {
    std::vector<const float*> out;
    for (size_t k = 0; k < count(); ++k) out.push_back(rows_[k].view().data() + layout_.segments()[segment].offset);
    return out;
  }
  const float* trusted(size_t segment) const { return rows_.back().view().data() + layout_.segments()[segment].offset; }
  float* out(std::vector<float>& values, size_t segment) const {
    return values.data() + layout_.segments()[segment].offset;
  }

 private:
  Layout layout_;
  Rows pool_;
  std::vector<Row> rows_;
};

/// A subtraction and a multiply-add for each pair.
double of_pairs(size_t points) { return static_cast<double>(points * (points - 1)); }

Work distances(const BenchRows& rows) {
  const size_t n = rows.count();
  return {.name = "distances",
          .points = n,
          .measure = Pass{[&rows](size_t s) { measure(rows.at(s), nullptr, rows.size(s), true); },
                          [n] { return Least{.rows = static_cast<double>(n), .fma = of_pairs(n)}; }}};
}

/// Norms, and dot products with a trusted row.
Work scores(const BenchRows& rows) {
  const size_t points = rows.count() + 1;
  return {.name = "zeno scores",
          .points = points,
          .measure = Pass{[&rows](size_t s) { measure(rows.at(s), rows.trusted(s), rows.size(s)); },
                          [points] { return Least{.rows = static_cast<double>(points)}; }}};
}

/// What carrying out the plan takes.
Least least(const BlockPlan& plan, size_t n) {
  Least out{.rows = static_cast<double>(rows_read(plan)) + (plan.trusted_weight != 0), .writes = true};
  if (plan.combine != Combine::trimmed_mean && plan.combine != Combine::nearest_mean) return out;
  if (plan.mix.empty()) out.rows = static_cast<double>(n);
  out.minmax =
      static_cast<double>(selection(plan.mix.empty() ? n : plan.mix.size(), plan.trim, plan.drop).operations());
  // A row alone is taken as it is, and what is mixed alike is mixed once.
  for (auto terms = plan.mix.begin(); terms != plan.mix.end(); ++terms)
    if (terms->size() > 1 && std::find(plan.mix.begin(), terms, *terms) == terms)
      out.fma += static_cast<double>(terms->size());
  return out;
}

/// A rule as shards and validator carry it out, perhaps with a pre-aggregator before it: "nnm + trimmed_mean".
Work whole(const BenchRows& rows, const Rules& rules, const std::string& name, std::vector<float>& out) {
  struct State {
    std::shared_ptr<const Rule> rule;
    std::vector<Products> measured;
    Plan plan;
  };
  const size_t n = rows.count();
  auto state = std::make_shared<State>();
  state->rule = make_rule(rules, bench_choice(rules, name, n));
  state->measured.resize(rows.segments());
  const Needs needs = state->rule->needs();
  const auto decide = [state, n, needs] {
    Geometry geometry{.rows = n, .blocks = std::vector<Products>(1)};
    if (needs.anything()) {
      geometry.blocks[0] = state->measured[0];
      for (size_t s = 1; s < state->measured.size(); ++s) geometry.blocks[0].add(state->measured[s]);
    }
    state->plan = state->rule->decide(geometry);
  };
  const size_t points = n + (needs.trusted != Trust::nobody);
  Work work{.name = name, .points = points};
  work.combine = Pass{[state, &rows, &out](size_t s) {
                        combine(state->plan.blocks[0], rows.at(s), rows.trusted(s), rows.size(s), rows.out(out, s));
                      },
                      [state, n] { return least(state->plan.blocks[0], n); }};
  if (!needs.anything()) {
    decide();  // the same whatever the rows are
    return work;
  }
  work.measure = Pass{[state, &rows, needs](size_t s) {
                        const float* trusted = needs.trusted != Trust::nobody ? rows.trusted(s) : nullptr;
                        state->measured[s] = measure(rows.at(s), trusted, rows.size(s), needs.table);
                      },
                      [points, needs] {
                        return Least{.rows = static_cast<double>(points), .fma = needs.table ? of_pairs(points) : 0};
                      }};
  work.decide = decide;
  return work;
}

template <class Order>
Work by_column(const std::string& name, const BenchRows& rows, std::vector<float>& out, Order order) {
  const size_t n = rows.count();
  return {.name = name,
          .points = n,
          .combine = Pass{[&rows, &out, order](size_t s) {
                            trimmed_mean_by_column(rows.at(s), rows.size(s), rows.out(out, s), order);
                          },
                          [n] { return Least{.rows = static_cast<double>(n), .writes = true}; }}};
}

class Bench {
 public:
  Bench(const BenchRows& rows, size_t dimension, int threads, int repetitions)
      : rows_(rows), dimension_(dimension), pool_(threads), repetitions_(repetitions), made_(rows.dimension()) {}

  /// Long work has had its median by kAtLeast repetitions when kSeconds are over.
  static constexpr int kAtLeast = 3;
  static constexpr double kSeconds = 2;

  AggregationResult measure(const Work& work) {
    Times times;
    const double begin = wall_seconds();
    for (int r = 0; r < repetitions_; ++r) {
      if (r >= kAtLeast && wall_seconds() - begin > kSeconds) break;
      times.reads.push_back(over_the_rows([this](size_t s) { sink_ |= read_once(rows_.at(s), rows_.size(s)); }));
      times.writes.push_back(over_the_rows(
          [this](size_t s) { sink_ |= read_and_write(rows_.at(s), rows_.size(s), rows_.out(made_, s)); }));
      times.minmax.push_back(seconds_per_operation(minmax_operations));
      times.fma.push_back(seconds_per_operation(fma_operations));
      const double first = work.measure ? over_the_rows(work.measure->run) : 0;
      const double between = work.decide ? busiest_seconds(pool_, 1, [&](size_t) { work.decide(); }) : 0;
      const double second = work.combine ? over_the_rows(work.combine->run) : 0;
      times.measure.push_back(first);
      times.decide.push_back(between);
      times.combine.push_back(second);
      times.whole.push_back(first + between + second);
    }
    const double read_each = median(times.reads) / static_cast<double>(rows_.count());
    AggregationResult out{.name = work.name,
                          .rows = rows_.count(),
                          .dimension = dimension_,
                          .coordinates = rows_.dimension(),
                          .threads = pool_.threads(),
                          .seconds = median(times.whole),
                          .read_seconds = read_each * static_cast<double>(work.points),
                          .spread = spread(times.reads)};
    if (work.measure) add(out, "measure", times.measure, work.measure->least(), times);
    if (work.decide) out.phases.push_back({.name = "decide", .seconds = median(times.decide)});
    if (work.combine) add(out, "combine", times.combine, work.combine->least(), times);
    out.bar = bar_of(work.name, rows_.count());
    return out;
  }

 private:
  struct Times {
    std::vector<double> reads, writes, minmax, fma;       // the probes
    std::vector<double> measure, decide, combine, whole;  // the work
  };

  double over_the_rows(const std::function<void(size_t segment)>& pass) {
    return busiest_seconds(pool_, rows_.segments(), pass);
  }

  void add(AggregationResult& out, const std::string& name, const std::vector<double>& seconds, const Least& least,
           const Times& times) const {
    Phase phase{.name = name, .seconds = median(seconds), .writes = least.writes};
    phase.memory_seconds = least.rows * median(times.reads) / static_cast<double>(rows_.count());
    if (least.writes) {
      phase.memory_seconds += std::max(0.0, median(times.writes) - median(times.reads));
      out.spread = std::max(out.spread, spread(times.writes));
    }
    // The two kinds may run on different units, so that only the longer one is sure to take its time.
    const auto take = [&](const char* what, double operations, const std::vector<double>& probe) {
      if (operations == 0) return;
      out.spread = std::max(out.spread, spread(probe));
      const double takes = operations * static_cast<double>(rows_.dimension()) * median(probe);
      if (takes <= phase.arithmetic_seconds) return;
      phase.arithmetic_seconds = takes;
      phase.operations = what;
    };
    take("minima and maxima", least.minmax, times.minmax);
    take("subtractions and multiply-adds", least.fma, times.fma);
    out.phases.push_back(std::move(phase));
  }

  /// Of one operation on one float, when all threads work. A thread that the machine left waiting does nothing of it,
  /// and another one twice as much: so it is the threads' own time that counts, shared out evenly.
  double seconds_per_operation(uint64_t (*operate)(uint64_t count)) {
    constexpr uint64_t count = 4'000'000;
    const auto threads = static_cast<size_t>(pool_.threads());
    std::vector<double> each(threads);
    pool_.for_each_and_wait(threads, [&](size_t k, int) {
      const double start = thread_seconds();
      const uint64_t done = operate(count);
      each[k] = (thread_seconds() - start) / (16 * static_cast<double>(done));
    });
    return std::accumulate(each.begin(), each.end(), 0.0) / static_cast<double>(threads * threads);
  }

  const BenchRows& rows_;
  size_t dimension_;
  Pool pool_;
  int repetitions_;
  std::vector<float> made_;
  std::atomic<uint64_t> sink_ = 0;
};

}  // namespace

std::vector<AggregationInput> every(const std::vector<size_t>& rows, const std::vector<size_t>& dimensions) {
  std::vector<AggregationInput> out;
  for (const size_t d : dimensions)
    for (const size_t n : rows) out.push_back({n, d});
  return out;
}

RuleChoice bench_choice(const Rules& rules, const std::string& name, size_t n) {
  RuleChoice out;
  const size_t plus = name.find(" + ");
  if (plus != std::string::npos) out.pre.push_back({.name = name.substr(0, plus)});
  out.rule.name = plus == std::string::npos ? name : name.substr(plus + 3);
  for (const Parameter& p : rules.find(out.rule.name)->parameters)
    if (p.name == "f") out.rule.parameters["f"] = static_cast<double>(name == "bulyan" ? (n - 3) / 4 : n / 5);
  return out;
}

std::string too_large(const AggregationInput& input, uint64_t available) {
  const double rows =
      static_cast<double>(input.rows) * 1.05 + 3;  // a twentieth for the others, and those that are made
  const double bytes = rows * static_cast<double>(input.dimension) * sizeof(float);
  if (bytes <= 0.5 * static_cast<double>(available)) return "";
  char text[160];
  std::snprintf(text, sizeof text, "n = %zu, d = %zu: it takes %.1f GB, more than half of the %.1f GB that are free",
                input.rows, input.dimension, bytes / 1e9, static_cast<double>(available) / 1e9);
  return text;
}

void bench_aggregation(const Rules& rules, const AggregationOptions& options, const AggregationAudience& audience) {
  for (const AggregationInput& input : options.inputs) {
    const auto [n, d] = input;
    const auto available = available_memory();
    if (const std::string sentence = available ? too_large(input, *available) : ""; !sentence.empty()) {
      audience.left_out(sentence);
      continue;
    }
    const BenchRows rows(n, d), fewer(n, d / 20);
    std::vector<float> out(d);
    for (const int threads : options.threads) {
      std::vector<AggregationResult> results;
      Bench bench(rows, d, threads, options.repetitions), peers(fewer, d, threads, options.repetitions);
      const auto run = [&](Bench& by, const Work& work) {
        audience.begins(work.name + ", n = " + std::to_string(n) + ", d = " + std::to_string(d) + ", " +
                        std::to_string(threads) + (threads == 1 ? " thread" : " threads"));
        results.push_back(by.measure(work));
      };
      for (const std::string name : {"average", "median", "trimmed_mean", "phocas", "meamed"})
        run(bench, whole(rows, rules, name, out));
      run(bench, distances(rows));
      run(bench, scores(rows));
      for (const std::string name : {"krum", "multi_krum", "nnm + trimmed_mean", "bulyan", "geometric_median",
                                     "centered_clipping", "fltrust", "zeno"})
        run(bench, whole(rows, rules, name, out));
      run(peers, by_column("trimmed_mean by std::sort", fewer, out, sorted));
      run(peers, by_column("trimmed_mean by std::nth_element", fewer, out, selected));
      audience.measured(results);
    }
  }
}

std::vector<float> bench_rows(size_t n, size_t d) {
  std::vector<float> rows(n * d);
  for (size_t k = 0; k < n; ++k) fill(std::span(rows).subspan(k * d, d), k);
  return rows;
}

}  // namespace zenops::bench
