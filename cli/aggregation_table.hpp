#pragma once
#include <string>
#include <vector>

#include "bench/aggregation_result.hpp"
#include "cli/plot.hpp"
#include "cli/report.hpp"

namespace zenops {

/// What others took for a rule: "median by torch.median".
struct AggregationPeer {
  std::string name;
  size_t rows = 0, dimension = 0;
  int threads = 1;
  double seconds = 0;
  double ours = 0;  // seconds
  double roof = 0;  // of ours, in seconds
  double times_ours() const { return seconds / ours; }
};

/// All that `bench aggregation` has measured, and what it has not.
struct AggregationTable {
  std::vector<bench::AggregationResult> results;
  std::vector<AggregationPeer> peers;
  std::vector<std::string> missing;  // sentences

  /// Ours that the peer is to be laid beside: "median by torch.median" beside "median". Null: there is none.
  const bench::AggregationResult* beside(const std::string& peer, size_t n, size_t d, int threads) const;
  /// Those that miss their bar.
  std::vector<const bench::AggregationResult*> missed() const;
};

/// Of one n, d and number of threads: which they are, and a line for each.
std::string to_text(const std::vector<bench::AggregationResult>& group);
std::string to_text(const AggregationPeer& peer);
/// Every line that misses its bar, with the reason.
std::string missed_text(const AggregationTable& table);

Json to_json(const AggregationTable& table);

/// A table for each dimension and number of threads, with a row for each rule and a column for each n; then what misses
/// its bar and why, others' speeds, and what was not measured.
std::string to_markdown(const AggregationTable& table);

/// Ratios to the roof over n, of the first dimension and the most threads: beside others, and ours alone.
Ratios to_ratios(const AggregationTable& table);

}  // namespace zenops
