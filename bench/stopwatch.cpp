#include "bench/stopwatch.hpp"

#include <algorithm>
#include <ctime>

namespace zenops::bench {
namespace {

double quantile(std::vector<double>& values, double q) {
  const auto at = values.begin() + static_cast<ptrdiff_t>(q * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

double thread_seconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double busiest_seconds(Pool& pool, size_t count, const std::function<void(size_t)>& body) {
  std::vector<double> busy(static_cast<size_t>(pool.threads()));
  pool.for_each_and_wait(count, [&](size_t k, int thread) {
    const double start = thread_seconds();
    body(k);
    busy[static_cast<size_t>(thread)] += thread_seconds() - start;
  });
  return *std::ranges::max_element(busy);
}

double median(std::vector<double> values) { return quantile(values, 0.5); }

double spread(std::vector<double> values) {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / quantile(values, 0.5);
}

}  // namespace zenops::bench
