#include "bench/aggregation.hpp"

#include <algorithm>
#include <atomic>
#include <memory>

#include "aggregation/kernels/selection.hpp"
#include "aggregation/pipeline.hpp"
#include "aggregation/probes.hpp"
#include "base/layout.hpp"
#include "base/philox.hpp"
#include "base/rows.hpp"
#include "bench/columns.hpp"
#include "bench/stopwatch.hpp"

namespace zenops::bench {
namespace {

enum class Arithmetic { none, minmax, fma };

struct Work {
  std::string name;
  std::function<void(size_t segment)> per_segment;     // a pass
  std::function<void()> between = {};                  // after it
  std::function<void(size_t segment)> second = {};     // another pass
  std::function<double()> reads = [] { return 1.0; };  // of every row, once it is done
  Arithmetic arithmetic = Arithmetic::none;
  double operations = 0;  // per coordinate
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

Parameters fifth(const RuleEntry& entry, size_t n) {
  Parameters values = with_defaults(entry, {});
  for (const Parameter& p : entry.parameters)
    if (p.name == "f") values["f"] = static_cast<double>(entry.name == "bulyan" ? (n - 3) / 4 : n / 5);
  return values;
}

Work distances(const BenchRows& rows) {
  const auto n = static_cast<double>(rows.count());
  return {.name = "distances",
          .per_segment = [&rows](size_t s) { measure(rows.at(s), nullptr, rows.size(s), true); },
          .arithmetic = Arithmetic::fma,
          .operations = n * (n - 1)};  // a subtraction and a multiply-add for each pair
}

/// A rule as shards and validator carry it out.
Work whole(const BenchRows& rows, const Rules& rules, const std::string& name, std::vector<float>& out) {
  const RuleEntry& entry = *rules.find(name);
  struct State {
    std::shared_ptr<const Rule> rule;
    std::vector<Products> measured;
    Plan plan;
  };
  auto state = std::make_shared<State>();
  state->rule = entry.make(fifth(entry, rows.count()));
  state->measured.resize(rows.segments());
  const Needs needs = state->rule->needs();
  const auto decide = [state, &rows, needs] {
    Geometry geometry{.rows = rows.count(), .blocks = std::vector<Products>(1)};
    if (needs.anything()) {
      geometry.blocks[0] = state->measured[0];
      for (size_t s = 1; s < state->measured.size(); ++s) geometry.blocks[0].add(state->measured[s]);
    }
    state->plan = state->rule->decide(geometry);
  };
  const auto apply = [state, &rows, &out](size_t s) {
    combine(state->plan.blocks[0], rows.at(s), rows.trusted(s), rows.size(s), rows.out(out, s));
  };
  const auto n = static_cast<double>(rows.count());
  if (!needs.anything()) {
    decide();
    const BlockPlan& plan = state->plan.blocks[0];
    const bool sum = plan.combine == Combine::weighted_sum;
    return {.name = name,
            .per_segment = apply,
            .arithmetic = sum ? Arithmetic::none : Arithmetic::minmax,
            .operations = sum ? 0 : static_cast<double>(selection(rows.count(), plan.trim, plan.drop).operations())};
  }
  const bool trusts = needs.trusted != Trust::nobody;
  const double points = n + trusts;
  return {.name = name,
          .per_segment =
              [state, &rows, needs, trusts](size_t s) {
                state->measured[s] = measure(rows.at(s), trusts ? rows.trusted(s) : nullptr, rows.size(s), needs.table);
              },
          .between = decide,
          .second = apply,
          .reads =
              [state, n, trusts] {
                const BlockPlan& plan = state->plan.blocks[0];
                return (n + trusts + static_cast<double>(rows_read(plan)) + (plan.trusted_weight != 0)) / n;
              },
          .arithmetic = needs.table ? Arithmetic::fma : Arithmetic::none,
          .operations = needs.table ? points * (points - 1) : 0};
}

template <class Order>
Work by_column(const std::string& name, const BenchRows& rows, std::vector<float>& out, Order order) {
  return {.name = name, .per_segment = [&rows, &out, order](size_t s) {
            trimmed_mean_by_column(rows.at(s), rows.size(s), rows.out(out, s), order);
          }};
}

class Bench {
 public:
  Bench(const BenchRows& rows, int threads, int repetitions) : rows_(rows), pool_(threads), repetitions_(repetitions) {}

  AggregationResult measure(const Work& work) {
    std::vector<double> times, reads, arithmetic;
    for (int r = 0; r < repetitions_; ++r) {
      reads.push_back(busiest_seconds(pool_, rows_.segments(),
                                      [this](size_t s) { sink_ |= read_once(rows_.at(s), rows_.size(s)); }));
      if (work.arithmetic != Arithmetic::none) arithmetic.push_back(seconds_per_operation(work.arithmetic));
      double time = busiest_seconds(pool_, rows_.segments(), work.per_segment);
      if (work.between) time += busiest_seconds(pool_, 1, [&](size_t) { work.between(); });
      if (work.second) time += busiest_seconds(pool_, rows_.segments(), work.second);
      times.push_back(time);
    }
    AggregationResult out{.name = work.name,
                          .rows = rows_.count(),
                          .dimension = rows_.dimension(),
                          .threads = pool_.threads(),
                          .bound = "memory"};
    out.seconds = median(times);
    out.read_seconds = median(reads);
    out.roof_seconds = work.reads() * out.read_seconds;
    out.spread = spread(reads);
    if (arithmetic.empty()) return out;
    out.spread = std::max(out.spread, spread(arithmetic));
    const double bound = median(arithmetic) * work.operations * static_cast<double>(rows_.dimension());
    if (bound > out.roof_seconds) {
      out.roof_seconds = bound;
      out.bound = "arithmetic";
    }
    return out;
  }

 private:
  /// Of one operation on one float, all threads together.
  double seconds_per_operation(Arithmetic kind) {
    constexpr uint64_t count = 4'000'000;
    std::vector<uint64_t> done(static_cast<size_t>(pool_.threads()));
    const double seconds = busiest_seconds(pool_, done.size(), [&](size_t k) {
      done[k] = kind == Arithmetic::minmax ? minmax_operations(count) : fma_operations(count);
    });
    double all = 0;
    for (const uint64_t operations : done) all += 16 * static_cast<double>(operations);
    return seconds / all;
  }

  const BenchRows& rows_;
  Pool pool_;
  int repetitions_;
  std::atomic<uint64_t> sink_ = 0;
};

}  // namespace

void bench_aggregation(const Rules& rules, const AggregationOptions& options,
                       const std::function<void(const AggregationResult&)>& report) {
  for (const size_t d : options.dimensions)
    for (const size_t n : options.rows) {
      const BenchRows rows(n, d), fewer(n, d / 20);
      std::vector<float> out(d);
      for (const int threads : options.threads) {
        Bench bench(rows, threads, options.repetitions);
        for (const std::string name : {"average", "median", "trimmed_mean", "phocas", "meamed"})
          report(bench.measure(whole(rows, rules, name, out)));
        report(bench.measure(distances(rows)));
        for (const std::string name :
             {"krum", "multi_krum", "bulyan", "geometric_median", "centered_clipping", "fltrust", "zeno"})
          report(bench.measure(whole(rows, rules, name, out)));
        Bench peers(fewer, threads, options.repetitions);
        report(peers.measure(by_column("trimmed_mean by std::sort", fewer, out, sorted)));
        report(peers.measure(by_column("trimmed_mean by std::nth_element", fewer, out, selected)));
      }
    }
}

std::vector<float> bench_rows(size_t n, size_t d) {
  std::vector<float> rows(n * d);
  for (size_t k = 0; k < n; ++k) fill(std::span(rows).subspan(k * d, d), k);
  return rows;
}

}  // namespace zenops::bench
