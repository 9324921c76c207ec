#include "cli/conformance_table.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/table.hpp"

namespace zenops {
namespace {

/// To one digit.
std::string shown(const ConformanceCell& cell) {
  if (!cell.fault.empty()) return "!";
  if (!cell.error) return "refused";
  if (*cell.error == 0) return "0";
  char text[16];
  std::snprintf(text, sizeof text, "%.0e", *cell.error);
  return text;
}

/// A row per rule, a column per input, and the names of both.
std::vector<std::vector<std::string>> matrix(const std::vector<ConformanceCell>& cells) {
  std::vector<std::vector<std::string>> rows = {{"rule"}};
  for (const auto& cell : cells) {
    if (rows.back()[0] != cell.rule) rows.push_back({cell.rule});
    if (rows.size() == 2) rows[0].push_back(cell.input);
    rows.back().push_back(shown(cell));
  }
  return rows;
}

std::string summary(const std::vector<ConformanceCell>& cells) {
  const auto refused = std::ranges::count_if(cells, [](const auto& c) { return !c.error; });
  double worst = 0;
  for (const auto& cell : cells) worst = std::max(worst, cell.error.value_or(0));
  char text[200];
  std::snprintf(text, sizeof text,
                "%zu cells: %zu results, the worst %.0e from its formula; %zu refusals with a reason", cells.size(),
                cells.size() - static_cast<size_t>(refused), worst, static_cast<size_t>(refused));
  return text;
}

constexpr const char* introduction = R"(# Conformance

This page is what `zenops-cli rules --conformance --markdown` prints; a test keeps it true.

Every rule, and some chains of pre-aggregators, on every input that a liar may send or that honest workers may: the largest
difference between the result and the rule's formula in double, over the largest honest value. `refused`: too few rows, said with
the inequality. The formulae are written apart from the library but for what is drawn: dnc's coordinates, flame's noise and the
random numbers behind bucketing's order come from the same functions for both. Every result is the same bit for bit for 1, 2, 3 and 5
shards, with and without threads.

The rows are 11 of 37 normal numbers around a common direction, of which up to two lie, and f = 2 where the rule takes f:

- `usual`: nobody lies.
- `NaN rows`, `+Inf`, `-Inf`: the liars send nothing else; `one NaN`: one number of each. A row that holds one is refused: n and f
  shrink.
- `1e38`, `1e20`: one liar sends that everywhere, the other half its negative. Squares do not fit a float.
- `denormal`: all rows times 1e-39. `-0`: the liars send it. `all equal`: so are all rows. `duplicates`: five rows are the same one.
- `offset`: all rows are 1e4 plus 1e-3 of a row.
- `n = least`, `n < least`: as many rows as the rule needs for f = 2, and one fewer.
- `d = …`: of that many numbers.

)";

}  // namespace

std::string conformance_text(const std::vector<ConformanceCell>& cells) {
  std::string result = table(matrix(cells)) + "\n" + summary(cells) + "\n";
  for (const auto& cell : cells)
    if (!cell.fault.empty()) result += cell.rule + " on " + cell.input + ": " + cell.fault + " " + cell.reason + "\n";
  return result;
}

std::string conformance_json(const std::vector<ConformanceCell>& cells) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& cell : cells) {
    nlohmann::ordered_json item{{"rule", cell.rule}, {"input", cell.input}};
    item["outcome"] = cell.error ? "result" : "refused";
    if (cell.error) item["error"] = *cell.error;
    if (!cell.reason.empty()) item["reason"] = cell.reason;
    if (!cell.fault.empty()) item["fault"] = cell.fault;
    list.push_back(std::move(item));
  }
  return nlohmann::ordered_json{
      {"conforms", conforms(cells)}, {"tolerance", kConformanceTolerance}, {"cells", std::move(list)}}
      .dump();
}

std::string conformance_page(const std::vector<ConformanceCell>& cells) {
  std::string result = introduction;
  const auto rows = matrix(cells);
  for (size_t r = 0; r < rows.size(); ++r) {
    result += "|";
    for (const auto& text : rows[r]) result += " " + text + " |";
    result += "\n";
    if (r > 0) continue;
    result += "|";
    for (size_t k = 0; k < rows[r].size(); ++k) result += "---|";
    result += "\n";
  }
  return result + "\n" + summary(cells) + ".\n";
}

bool conforms(const std::vector<ConformanceCell>& cells) {
  return std::ranges::all_of(cells, [](const auto& cell) { return cell.fault.empty(); });
}

}  // namespace zenops
