// What robustness costs beside reading the rows once: every benchmark reports its time as a ratio to that read, both
// measured in the same process, turn by turn.
#include <benchmark/benchmark.h>

#include <functional>
#include <vector>

#include "aggregation/geometry.hpp"
#include "aggregation/plan.hpp"
#include "aggregation/probes.hpp"
#include "base/philox.hpp"
#include "base/rows.hpp"
#include "bench/columns.hpp"
#include "bench/stopwatch.hpp"

namespace zenops {
namespace {

constexpr size_t kDimension = 860'000;           // ResNet-56's parameters
constexpr size_t kPeerDimension = 860'000 / 20;  // the peers are that much slower

/// n rows of d normal numbers.
struct Updates {
  Updates(size_t n, size_t d) {
    for (size_t k = 0; k < n; ++k) {
      Row row = pool.make(d);
      Stream stream({.seed = 1, .role = Role::worker, .index = static_cast<uint32_t>(k), .purpose = Purpose::noise});
      for (float& x : row.mutable_view()) x = stream.normal();
      rows.push_back(row);
      pointers.push_back(row.view().data());
    }
  }
  Rows pool;
  std::vector<Row> rows;
  std::vector<const float*> pointers;
};

/// Seconds of this thread: what others run on the machine does not count, except for the memory they use.
double seconds(const std::function<void()>& work) {
  const double start = bench::thread_seconds();
  work();
  return bench::thread_seconds() - start;
}

/// The roof.
void read(const Updates& updates) { benchmark::DoNotOptimize(read_once(updates.pointers, updates.rows[0].size())); }

using Work = std::function<void(const Updates&, float* out)>;

void compare(benchmark::State& state, size_t d, const Work& work) {
  const Updates updates(state.range(0), d);
  std::vector<float> out(d);
  std::vector<double> reads, works;
  for (auto _ : state) {
    reads.push_back(seconds([&] { read(updates); }));
    works.push_back(seconds([&] { work(updates, out.data()); }));
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
    state.SetIterationTime(works.back());
  }
  state.counters["ratio_to_read"] = bench::median(works) / bench::median(reads);
}

Work combined(Combine kind) {
  return [kind](const Updates& updates, float* out) {
    const size_t n = updates.pointers.size();
    BlockPlan plan{.combine = kind, .trim = static_cast<uint32_t>(n / 5), .weights = {}, .verdicts = {}};
    if (kind == Combine::nearest_mean) plan.drop = plan.trim;
    if (kind == Combine::weighted_sum) plan.weights.assign(n, 1 / static_cast<float>(n));
    combine(plan, updates.pointers, updates.rows[0].size(), out);
  };
}

template <class Order>
Work by_column(Order order) {
  return [order](const Updates& updates, float* out) {
    bench::trimmed_mean_by_column(updates.pointers, updates.rows[0].size(), out, order);
  };
}

void measured(const Updates& updates, float*) {
  benchmark::DoNotOptimize(measure(updates.pointers, updates.pointers[0], updates.rows[0].size()));
}

void register_all() {
  const auto add = [](const char* name, size_t d, Work work) {
    benchmark::RegisterBenchmark(name, [=](benchmark::State& state) { compare(state, d, work); })
        ->Arg(10)
        ->Arg(15)
        ->Arg(50)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
  };
  add("read", kDimension, [](const Updates& updates, float*) { read(updates); });
  add("average", kDimension, combined(Combine::weighted_sum));
  add("trimmed_mean", kDimension, combined(Combine::trimmed_mean));
  add("phocas", kDimension, combined(Combine::nearest_mean));
  add("zeno_measure", kDimension, measured);
  add("trimmed_mean_by_sort", kPeerDimension, by_column(bench::sorted));
  add("trimmed_mean_by_nth_element", kPeerDimension, by_column(bench::selected));
}

}  // namespace
}  // namespace zenops

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  zenops::register_all();
  benchmark::RunSpecifiedBenchmarks();
}
