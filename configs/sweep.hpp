#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "configs/config.hpp"

namespace zenops {

/// A grid of runs: every combination of the axes' values, with every seed.
struct Sweep {
  /// A key of the config, or a name for several, and the values that it takes, each under a label.
  struct Axis {
    std::string key;
    std::vector<std::string> labels;
  };
  struct Cell {
    std::vector<size_t> at;  // by axis: which label
    uint64_t seed = 1;
    Config config;  // its name is the labels and the seed; it runs in the sweep's folder
  };
  std::string name = "sweep";
  std::vector<Axis> axes;
  std::vector<uint64_t> seeds;
  uint32_t jobs = 0;                 // cells at a time; 0: one per core
  size_t columns = 0;                // the axis whose values are the table's columns
  std::optional<size_t> worst_over;  // the axis of which the table also has the worst case
  std::filesystem::path folder;      // runs/<name>
  std::vector<Cell> cells;           // the last axis changes fastest, but for the seed
};

/// Reads a sweep: a YAML map with
///   name        of the sweep and of its folder
///   config      a config's file, beside this one, or preset:NAME; the keys that no axis changes
///   base        keys over those of `config`, or instead of it
///   axes        key → {label: value, …} or [value, …]; a name that is no key → {label: {key: value, …}, …}, which set
///               several keys at once. An axis that comes later sets what it names over those before it
///   seeds       a list of integers; [1] without it
///   jobs, columns, worst_over
/// Every cell is resolved. Throws ConfigError with a line for every mistake: an axis without values, two values
/// under one label, a cell that is no config.
Sweep load_sweep(const std::filesystem::path& path, const std::vector<std::string>& overrides,
                 const Catalogue& catalogue);

}  // namespace zenops
