#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "aggregation/pipeline.hpp"
#include "bench/aggregation_result.hpp"

namespace zenops::bench {

/// n rows of d numbers.
struct AggregationInput {
  size_t rows = 0, dimension = 0;
  bool operator==(const AggregationInput&) const = default;
};

/// Each number of rows of each dimension.
std::vector<AggregationInput> every(const std::vector<size_t>& rows, const std::vector<size_t>& dimensions);

struct AggregationOptions {
  std::vector<AggregationInput> inputs;
  std::vector<int> threads = {1, 2};
  int repetitions = 9;  // of each piece of work, and fewer of long ones
};

/// Who is told what is measured.
struct AggregationAudience {
  std::function<void(const std::string& what)> begins;                  // "median, n = 10, d = 860000, 1 thread"
  std::function<void(const std::vector<AggregationResult>&)> measured;  // all of one n, d and number of threads
  std::function<void(const std::string& sentence)> left_out;            // what was not measured, and why
};

/// Measures reading a few rows at a time, and every rule's work: the coordinate-wise rules and average (one pass), the
/// table of distances, the scores of zeno, and whole rules that measure, decide and combine. Then what others do, on a
/// twentieth of the coordinates: std::sort and std::nth_element, a column at a time. Of a phase, the roof is the longer
/// of two: moving its memory, and its arithmetic.
void bench_aggregation(const Rules& rules, const AggregationOptions& options, const AggregationAudience& audience);

/// That rule, or "nnm + trimmed_mean", for n rows of which a fifth may lie; of bulyan's fewer.
RuleChoice bench_choice(const Rules& rules, const std::string& name, size_t n);

/// Why that input is not measured where so many bytes are free, or nothing.
std::string too_large(const AggregationInput& input, uint64_t available);

/// The rows that are measured, one after the other: n × d.
std::vector<float> bench_rows(size_t n, size_t d);

}  // namespace zenops::bench
