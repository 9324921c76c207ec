#pragma once
#include <functional>
#include <string>
#include <vector>

#include "aggregation/rule.hpp"

namespace zenops::bench {

struct AggregationOptions {
  std::vector<size_t> rows = {10, 50};                     // n
  std::vector<size_t> dimensions = {860'000, 11'200'000};  // d
  std::vector<int> threads = {1, 2};
  int repetitions = 9;
};

/// One piece of work beside the machine's roof for it, both measured in this process, turn by turn.
struct AggregationResult {
  std::string name;
  size_t rows = 0, dimension = 0;
  int threads = 1;
  double seconds = 0;       // median, of the busiest thread
  double roof_seconds = 0;  // max(bytes to read / read bandwidth, arithmetic / its throughput)
  double read_seconds = 0;  // reading every row once
  std::string bound;        // which of the two it is: "memory", "arithmetic"
  double ratio() const { return seconds / roof_seconds; }
  double reads() const { return seconds / read_seconds; }
  double spread = 0;  // of the probes: interquartile range over median
  bool unreliable() const { return spread > 0.25; }
};

/// Calls `report` for every rule's work as it is measured: the coordinate-wise rules and average (one pass), the table
/// of distances, and whole rules that measure, decide and combine. Then what others do, on a twentieth of the
/// coordinates: std::sort and std::nth_element, a column at a time.
void bench_aggregation(const Rules& rules, const AggregationOptions& options,
                       const std::function<void(const AggregationResult&)>& report);

/// The rows that are measured, one after the other: n × d.
std::vector<float> bench_rows(size_t n, size_t d);

}  // namespace zenops::bench
