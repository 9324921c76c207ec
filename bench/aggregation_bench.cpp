// What robustness costs beside reading the rows once: every benchmark reports its time as a ratio to that read, both
// measured in the same process, turn by turn.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <functional>
#include <vector>

#include "aggregation/geometry.hpp"
#include "aggregation/plan.hpp"
#include "base/philox.hpp"
#include "base/rows.hpp"

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

/// The roof: every row's bytes reach a register, in the order and with the prefetches that suit the memory best.
void read_once(const Updates& updates) {
  constexpr size_t tile = 64, ahead = 256, line = 16;
  uint64_t bits[8] = {};
  for (size_t i = 0; i + tile <= updates.rows[0].size(); i += tile)
    for (const float* row : updates.pointers)
      for (size_t at = i; at < i + tile; at += line) {
        __builtin_prefetch(row + at + ahead);
        uint64_t words[8];
        std::memcpy(words, row + at, sizeof words);
        for (size_t k = 0; k < 8; ++k) bits[k] |= words[k];
      }
  benchmark::DoNotOptimize(bits);
}

/// Seconds of this thread: what others run on the machine does not count, except for the memory they use.
double seconds(const std::function<void()>& work) {
  const auto now = [] {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  const double start = now();
  work();
  return now() - start;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

using Work = std::function<void(const Updates&, float* out)>;

void compare(benchmark::State& state, size_t d, const Work& work) {
  const Updates updates(state.range(0), d);
  std::vector<float> out(d);
  std::vector<double> reads, works;
  for (auto _ : state) {
    reads.push_back(seconds([&] { read_once(updates); }));
    works.push_back(seconds([&] { work(updates, out.data()); }));
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
    state.SetIterationTime(works.back());
  }
  state.counters["ratio_to_read"] = median(works) / median(reads);
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

/// What implementations without networks do: a column at a time.
template <class Order>
Work by_column(Order order) {
  return [order](const Updates& updates, float* out) {
    const size_t n = updates.pointers.size(), trim = n / 5;
    std::vector<float> column(n);
    for (size_t i = 0; i < updates.rows[0].size(); ++i) {
      for (size_t k = 0; k < n; ++k) column[k] = updates.pointers[k][i];
      order(column, trim);
      float sum = 0;
      for (size_t r = trim; r < n - trim; ++r) sum += column[r];
      out[i] = sum / static_cast<float>(n - 2 * trim);
    }
  };
}

void measured(const Updates& updates, float*) {
  benchmark::DoNotOptimize(measure(updates.pointers, updates.pointers[0], updates.rows[0].size()));
}
void sorted(std::vector<float>& column, size_t) { std::sort(column.begin(), column.end()); }
void selected(std::vector<float>& column, size_t trim) {
  std::nth_element(column.begin(), column.begin() + trim, column.end());
  std::nth_element(column.begin() + trim, column.end() - trim - 1, column.end());
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
  add("read", kDimension, [](const Updates& updates, float*) { read_once(updates); });
  add("average", kDimension, combined(Combine::weighted_sum));
  add("trimmed_mean", kDimension, combined(Combine::trimmed_mean));
  add("phocas", kDimension, combined(Combine::nearest_mean));
  add("zeno_measure", kDimension, measured);
  add("trimmed_mean_by_sort", kPeerDimension, by_column(sorted));
  add("trimmed_mean_by_nth_element", kPeerDimension, by_column(selected));
}

}  // namespace
}  // namespace zenops

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  zenops::register_all();
  benchmark::RunSpecifiedBenchmarks();
}
