#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/sweep_runner.hpp"

namespace zenops {

/// Mean and standard deviation (n − 1) over the seeds that are done.
struct Spread {
  double mean = 0, deviation = 0;
  size_t seeds = 0;
};
Spread spread_of(const std::vector<double>& values);

/// Accuracies of a sweep as a table: a column for each value of the sweep's column axis, a row for each combination of
/// the others.
struct SweepTable {
  struct Row {
    std::string name;
    std::vector<std::optional<Spread>> cells;  // nothing: no seed is done
    bool worst = false;                        // the worst case over an axis, not a combination of its own
  };
  std::string axis;  // what the columns are
  std::vector<std::string> columns;
  std::vector<Row> rows;
};
/// The row of a cell: its labels on all axes but the columns'.
std::string row_name(const Sweep& sweep, const std::vector<size_t>& at);
SweepTable tabulate(const Sweep& sweep, const std::vector<CellOutcome>& outcomes);

/// "0.853 ± 0.004"; "0.853" of one seed; "–" of none.
std::string to_text(const std::optional<Spread>& spread);
std::string to_markdown(const SweepTable& table, const std::string& title);
/// For a terminal.
std::string to_text(const SweepTable& table);
/// A line for each cell: its labels, seed, state and numbers.
std::string to_csv(const Sweep& sweep, const std::vector<CellOutcome>& outcomes);

}  // namespace zenops
