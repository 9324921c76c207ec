#include "bench/turns.hpp"

#include <algorithm>
#include <chrono>

#include "bench/stopwatch.hpp"

namespace zenops::bench {

double quantile(std::vector<double> values, double share) {
  const auto at = values.begin() + static_cast<ptrdiff_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

Quartiles quartiles(std::vector<double> values) {
  return {quantile(values, 0.25), quantile(values, 0.5), quantile(values, 0.75)};
}

Beside take_turns(int repeats, const Side& bound, const Side& ours) {
  bound(), ours();  // what is done for the first time is not measured
  std::vector<double> mine, others{bound()}, ratios;
  for (int r = 0; r < repeats; ++r) {
    mine.push_back(ours());
    others.push_back(bound());
    ratios.push_back(2 * mine.back() / (others[others.size() - 2] + others.back()));
  }
  return {median(mine), median(others), quartiles(ratios), spread(others)};
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double seconds_of_one(double at_least, size_t operations, const std::function<void()>& batch) {
  const double begin = wall_seconds();
  size_t batches = 0;
  double passed = 0;
  do {
    batch();
    ++batches;
    passed = wall_seconds() - begin;
  } while (passed < at_least);
  return passed / static_cast<double>(batches * operations);
}

}  // namespace zenops::bench
