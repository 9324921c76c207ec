#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/plot.hpp"
#include "models/dataset.hpp"
#include "models/partition.hpp"

namespace zenops {

/// Who has how many samples of which label.
struct PartitionTable {
  struct Row {
    std::string name;     // "worker/3", "validators"
    size_t samples = 0;
    std::vector<uint64_t> labels;  // by label; of texts every character counts
    /// Half the sum of the differences between its shares of the labels and those of the whole set: 0 when they are alike,
    /// 1 when it has none of the labels that the set has.
    double distance = 0;
  };
  std::vector<Row> rows;  // the workers in their order, then the validators
  /// Of the workers.
  double mean_distance() const;
};

/// O(samples + workers × classes).
PartitionTable tabulate(const Partition& partition, const Samples& samples);

/// Every count when that is no wider than `width` characters, else of each part the labels it has most of. Of very many workers the
/// first ones.
std::string to_text(const PartitionTable& table, size_t width);
nlohmann::ordered_json to_json(const PartitionTable& table);
CountMap to_map(const PartitionTable& table, std::string title);

}  // namespace zenops
