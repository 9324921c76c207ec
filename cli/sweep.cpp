#include "configs/sweep.hpp"

#include <fstream>
#include <iostream>
#include <map>
#include <memory>

#include "base/interrupt.hpp"
#include "cli/command.hpp"
#include "cli/output_file.hpp"
#include "cli/plot.hpp"
#include "cli/progress.hpp"
#include "cli/sweep_runner.hpp"
#include "cli/sweep_table.hpp"
#include "cli/terminal.hpp"

namespace zenops {
namespace {

struct Arguments {
  ConfigArguments config;
  uint32_t jobs = 0;
  bool json = false, quiet = false, dry_run = false;
};

HeatMap heat_map(const Sweep& sweep, const SweepTable& table) {
  HeatMap map{sweep.name + ": accuracy", table.columns, {}, {}};
  for (const auto& row : table.rows) {
    map.rows.push_back(row.name);
    auto& values = map.values.emplace_back();
    for (const auto& cell : row.cells) values.push_back(cell ? std::optional(cell->mean) : std::nullopt);
  }
  return map;
}

/// Round → accuracy, of a cell that is done.
std::map<uint32_t, double> history(const std::filesystem::path& metrics) {
  std::map<uint32_t, double> accuracies;
  std::ifstream file(metrics);
  for (std::string line; std::getline(file, line);) {
    const auto json = Json::parse(line, nullptr, false);
    if (!json.is_discarded() && json.contains("accuracy") && json["accuracy"].is_number())
      accuracies[json.at("round").get<uint32_t>()] = json["accuracy"].get<double>();
  }
  return accuracies;
}

Curves curves_of(const Sweep& sweep, const std::vector<CellOutcome>& outcomes) {
  Curves curves{sweep.name + ": accuracy over rounds, mean and standard deviation over seeds",
                sweep.axes[sweep.columns].labels,
                {}};
  std::map<std::vector<size_t>, std::map<uint32_t, std::vector<double>>> values;  // by row and column, then by round
  for (size_t k = 0; k < outcomes.size(); ++k) {
    auto& cell = values[sweep.cells[k].at];
    if (outcomes[k].state != CellOutcome::State::done) continue;
    const auto folder = sweep.folder / sweep.cells[k].config.training.name;
    for (const auto& [round, accuracy] : history(folder / "metrics.jsonl")) cell[round].push_back(accuracy);
  }
  for (const auto& [at, rounds] : values) {
    const std::string title = row_name(sweep, at);
    auto panel = std::ranges::find(curves.panels, title, &Curves::Panel::title);
    if (panel == curves.panels.end()) {
      curves.panels.push_back({title, std::vector<std::vector<Curves::Point>>(curves.columns.size())});
      panel = curves.panels.end() - 1;
    }
    for (const auto& [round, accuracies] : rounds) {
      const Spread spread = spread_of(accuracies);
      panel->lines[at[sweep.columns]].push_back({static_cast<double>(round), spread.mean, spread.deviation});
    }
  }
  return curves;
}

/// "12/60 cells  negative200-zeno-s1: accuracy 0.853  ETA 3 min 20 s"
std::string progress(const Sweep& sweep, size_t cell, const CellOutcome& outcome, size_t ended, double seconds,
                     size_t run) {
  std::string text = std::to_string(ended) + "/" + std::to_string(sweep.cells.size()) + " cells  " +
                     sweep.cells[cell].config.training.name + ": ";
  if (outcome.state == CellOutcome::State::failed)
    text += "FAILED: " + outcome.cause;
  else
    text += "accuracy " + fixed(outcome.result.at("accuracy").get<double>(), 3);
  const size_t left = sweep.cells.size() - ended;
  if (run > 0 && left > 0)
    text += "  ETA " + duration_text(seconds * static_cast<double>(left) / static_cast<double>(run));
  return text;
}

Json summary_of(const Sweep& sweep, const SweepTable& table, const std::vector<CellOutcome>& outcomes) {
  size_t failed = 0, done = 0;
  for (const auto& outcome : outcomes) {
    failed += outcome.state == CellOutcome::State::failed;
    done += outcome.state == CellOutcome::State::done;
  }
  Json rows = Json::array();
  for (const auto& row : table.rows) {
    Json cells = Json::object();
    for (size_t c = 0; c < table.columns.size(); ++c)
      cells[table.columns[c]] = row.cells[c] ? Json{{"mean", row.cells[c]->mean},
                                                    {"deviation", row.cells[c]->deviation},
                                                    {"seeds", row.cells[c]->seeds}}
                                             : Json();
    rows.push_back({{"row", row.name}, {"cells", std::move(cells)}});
  }
  return {{"name", sweep.name}, {"cells", outcomes.size()},        {"done", done},
          {"failed", failed},   {"folder", sweep.folder.string()}, {table.axis, std::move(rows)}};
}

int run(const Arguments& arguments, const Catalogue& catalogue) {
  Sweep sweep = load_sweep(arguments.config.path, arguments.config.overrides, catalogue);
  if (arguments.jobs > 0) sweep.jobs = arguments.jobs;
  if (arguments.dry_run) {
    for (const auto& cell : sweep.cells) std::cout << cell.config.training.name << "\n";
    return 0;
  }
  SweepRunner runner(sweep, catalogue);
  auto& out = arguments.json ? std::cerr : std::cout;
  const SystemClock clock;
  const auto begin = clock.now();
  size_t kept = 0;
  const auto outcomes = [&] {
    Interrupt interrupt([&] {
      std::cerr << "\nstopping after the round of the running cells; the same command goes on later\n";
      runner.stop();
    });
    return runner.run([&](size_t cell, const CellOutcome& outcome, size_t ended) {
      if (outcome.kept) {
        ++kept;
        return;
      }
      if (arguments.quiet) return;
      const double seconds = std::chrono::duration<double>(clock.now() - begin).count();
      out << progress(sweep, cell, outcome, ended, seconds, ended - kept) + "\n" << std::flush;
    });
  }();

  const SweepTable table = tabulate(sweep, outcomes);
  OutputFile::replace(sweep.folder / "table.md", to_markdown(table, sweep.name));
  OutputFile::replace(sweep.folder / "table.csv", to_csv(sweep, outcomes));
  plot(heat_map(sweep, table), sweep.folder / "heatmap");
  plot(curves_of(sweep, outcomes), sweep.folder / "curves");

  const Json summary = summary_of(sweep, table, outcomes);
  OutputFile::replace(sweep.folder / "summary.json", line(summary) + "\n");
  const auto failed = summary["failed"].get<size_t>(), done = summary["done"].get<size_t>();
  if (arguments.json) {
    std::cout << line(summary) << "\n";
  } else {
    std::cout << "\n" << to_text(table) << "\n";
    std::cout << done << " of " << outcomes.size() << " cells done"
              << (kept > 0 ? ", " + std::to_string(kept) + " of them before" : "")
              << (failed > 0 ? ", " + std::to_string(failed) + " failed" : "") << "\n";
    std::cout << "files: " << sweep.folder.string()
              << "/table.md, table.csv, heatmap.svg, heatmap.png, curves.svg, curves.png\n";
  }
  for (size_t k = 0; k < outcomes.size(); ++k)
    if (outcomes[k].state == CellOutcome::State::failed)
      complain("cell " + sweep.cells[k].config.training.name + " failed: " + outcomes[k].cause);
  if (done + failed < outcomes.size()) return interrupted;
  return failed > 0 ? UserError::run_failed : 0;
}

}  // namespace

Command add_sweep(CLI::App& program, const Catalogue& catalogue) {
  auto* app = program.add_subcommand("sweep", "run a grid of configs and make its table and pictures");
  auto arguments = std::make_shared<Arguments>();
  arguments->config.add_to(*app);
  app->add_option("--jobs", arguments->jobs, "cells at a time; without it as the file says, or one per core")
      ->check(CLI::Range(1, 1024));
  app->add_flag("--dry-run", arguments->dry_run, "print the names of the cells and run none");
  app->add_flag("--json", arguments->json, "print one JSON object at the end; progress goes to stderr");
  app->add_flag("--quiet", arguments->quiet, "no progress");
  app->footer(
      "The file names a config, the keys that change (axes) with their values, and seeds; --set changes a key of the "
      "config\n"
      "for all cells. Each cell runs in a process of its own and leaves runs/NAME/CELL/; a cell whose result is there "
      "is not run\n"
      "again, so that the same command goes on after Ctrl-C. A cell that fails is marked, the others go on, and the "
      "exit code\n"
      "is 1. It leaves runs/NAME/ with table.md, table.csv, heatmap and curves as svg and png, summary.json.\n\n"
      "Example: zenops-cli sweep configs/sweeps/blobs.yaml --jobs 2");
  return {app, [arguments, &catalogue] { return run(*arguments, catalogue); }};
}

}  // namespace zenops
