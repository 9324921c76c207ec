#pragma once
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <functional>
#include <string>
#include <vector>

#include "actors/catalogue.hpp"

namespace zenops {

/// A command: how it is asked for, and what it does when it was. `act` returns the exit code; it throws UserError for
/// what the user can mend.
struct Command {
  CLI::App* app;
  std::function<int()> act;
};

Command add_run(CLI::App& program, const Catalogue& catalogue);
Command add_eval(CLI::App& program, const Catalogue& catalogue);
Command add_plan(CLI::App& program, const Catalogue& catalogue);
Command add_check(CLI::App& program, const Catalogue& catalogue);
Command add_config(CLI::App& program, const Catalogue& catalogue);
Command add_presets(CLI::App& program, const Catalogue& catalogue);
Command add_rules(CLI::App& program, const Catalogue& catalogue);
Command add_attacks(CLI::App& program, const Catalogue& catalogue);
Command add_models(CLI::App& program, const Catalogue& catalogue);
Command add_datasets(CLI::App& program, const Catalogue& catalogue);
Command add_aggregate(CLI::App& program, const Catalogue& catalogue);
Command add_attack(CLI::App& program, const Catalogue& catalogue);
Command add_bench(CLI::App& program, const Catalogue& catalogue);
Command add_demo(CLI::App& program, const Catalogue& catalogue);
Command add_repl(CLI::App& program, const Catalogue& catalogue);
Command add_sweep(CLI::App& program, const Catalogue& catalogue);
Command add_up(CLI::App& program);
Command add_join(CLI::App& program);
Command add_status(CLI::App& program);
Command add_down(CLI::App& program);
Command add_nursery(CLI::App& program, const Catalogue& catalogue);
Command add_zeno_ps(CLI::App& program, const Catalogue& catalogue);
Command add_version(CLI::App& program);

/// "zenops 0.1.0 (release, g++ 12.2.0)"
std::string version_line();

/// CONFIG and --set, as `run` and `check` take them.
struct ConfigArguments {
  std::string path;
  std::vector<std::string> overrides;
  void add_to(CLI::App& command);
};

/// Exit code of whoever was interrupted: 128 + SIGINT, as shells count.
constexpr int interrupted = 130;

}  // namespace zenops
