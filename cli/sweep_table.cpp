#include "cli/sweep_table.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "cli/table.hpp"

namespace zenops {
namespace {

/// The labels of `at`, but for the columns' axis and `without`.
std::string labels_of(const Sweep& sweep, const std::vector<size_t>& at, std::optional<size_t> without) {
  std::string name;
  for (size_t a = 0; a < at.size(); ++a) {
    if (a == sweep.columns || a == without) continue;
    name += (name.empty() ? "" : ", ") + sweep.axes[a].labels[at[a]];
  }
  return name;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

Spread spread_of(const std::vector<double>& values) {
  Spread spread{.seeds = values.size()};
  const auto n = static_cast<double>(values.size());
  for (const double v : values) spread.mean += v / n;
  double squares = 0;
  for (const double v : values) squares += (v - spread.mean) * (v - spread.mean);
  if (values.size() > 1) spread.deviation = std::sqrt(squares / (n - 1));
  return spread;
}

std::string row_name(const Sweep& sweep, const std::vector<size_t>& at) { return labels_of(sweep, at, {}); }

SweepTable tabulate(const Sweep& sweep, const std::vector<CellOutcome>& outcomes) {
  const size_t columns = sweep.axes[sweep.columns].labels.size();
  SweepTable table{sweep.axes[sweep.columns].key, sweep.axes[sweep.columns].labels, {}};
  std::map<std::vector<size_t>, std::vector<double>> seeds;
  for (size_t k = 0; k < outcomes.size(); ++k) {
    auto& values = seeds[sweep.cells[k].at];
    if (outcomes[k].state == CellOutcome::State::done)
      values.push_back(outcomes[k].result.at("accuracy").get<double>());
  }
  const auto row = [&](const std::string& name, bool worst) -> SweepTable::Row& {
    const auto found =
        std::ranges::find_if(table.rows, [&](const auto& r) { return r.name == name && r.worst == worst; });
    if (found != table.rows.end()) return *found;
    return table.rows.emplace_back(SweepTable::Row{name, std::vector<std::optional<Spread>>(columns), worst});
  };
  for (const auto& [at, values] : seeds) {
    auto& cell = row(row_name(sweep, at), false).cells[at[sweep.columns]];
    if (!values.empty()) cell = spread_of(values);
  }
  if (!sweep.worst_over) return table;
  for (const auto& [at, values] : seeds) {
    auto& cell = row(labels_of(sweep, at, sweep.worst_over), true).cells[at[sweep.columns]];
    if (values.empty()) continue;
    const Spread spread = spread_of(values);
    if (!cell || spread.mean < cell->mean) cell = spread;
  }
  for (auto& worst : table.rows)
    if (worst.worst) worst.name = "worst" + (worst.name.empty() ? "" : ", " + worst.name);
  return table;
}

std::string to_text(const std::optional<Spread>& spread) {
  if (!spread) return "–";
  return fixed(spread->mean, 3) + (spread->seeds > 1 ? " ± " + fixed(spread->deviation, 3) : "");
}

std::string to_markdown(const SweepTable& table, const std::string& title) {
  std::string text = "# " + title + "\n\nAccuracy on the test set, mean ± standard deviation over the seeds.\n\n| |";
  for (const auto& column : table.columns) text += " " + column + " |";
  text += "\n|---|";
  for (size_t k = 0; k < table.columns.size(); ++k) text += "---|";
  text += "\n";
  for (const auto& row : table.rows) {
    text += "| " + row.name + " |";
    for (const auto& cell : row.cells) text += " " + to_text(cell) + " |";
    text += "\n";
  }
  return text;
}

std::string to_text(const SweepTable& table) {
  std::vector<std::vector<std::string>> rows{{""}};
  std::vector<size_t> right;
  for (const auto& column : table.columns) {
    rows[0].push_back(column);
    right.push_back(right.size() + 1);
  }
  for (const auto& row : table.rows) {
    auto& cells = rows.emplace_back(std::vector{row.name});
    for (const auto& cell : row.cells) cells.push_back(to_text(cell));
  }
  return zenops::table(rows, right);
}

std::string to_csv(const Sweep& sweep, const std::vector<CellOutcome>& outcomes) {
  std::string text;
  for (const auto& axis : sweep.axes) text += csv_field(axis.key) + ",";
  text += "seed,state,accuracy,loss,rounds,seconds,honest_accepted,poisoned_accepted,attack_success,sha256,cause\n";
  const auto number = [](const Json& value) { return value.is_null() ? std::string() : value.dump(); };
  for (size_t k = 0; k < outcomes.size(); ++k) {
    const auto& cell = sweep.cells[k];
    const auto& outcome = outcomes[k];
    for (size_t a = 0; a < cell.at.size(); ++a) text += csv_field(sweep.axes[a].labels[cell.at[a]]) + ",";
    text += std::to_string(cell.seed) + ",";
    switch (outcome.state) {
      case CellOutcome::State::done: {
        const Json& r = outcome.result;
        text += "done," + number(r.at("accuracy")) + "," + number(r.at("loss")) + "," + number(r.at("rounds")) + "," +
                number(r.at("seconds")) + "," + number(r.at("accepted").at("honest")) + "," +
                number(r.at("accepted").at("poisoned")) + "," + number(r.value("attack_success", Json())) + "," + r.at("sha256").get<std::string>() + ",\n";
        break;
      }
      case CellOutcome::State::failed:
        text += "failed,,,,,,,,," + csv_field(outcome.cause) + "\n";
        break;
      case CellOutcome::State::waiting:
        text += "waiting,,,,,,,,,\n";
        break;
    }
  }
  return text;
}

}  // namespace zenops
