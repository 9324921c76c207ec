#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <iostream>

#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "base/nearest.hpp"

namespace zenops {
namespace {

std::vector<Command> add_commands(CLI::App& program, const Catalogue& catalogue) {
  return {add_run(program, catalogue),
          add_repl(program, catalogue),
          add_demo(program, catalogue),
          add_eval(program, catalogue),
          add_check(program, catalogue),
          add_plan(program, catalogue),
          add_config(program, catalogue),
          add_presets(program, catalogue),
          add_rules(program, catalogue),
          add_attacks(program, catalogue),
          add_models(program, catalogue),
          add_datasets(program, catalogue),
          add_sweep(program, catalogue),
          add_aggregate(program, catalogue),
          add_attack(program, catalogue),
          add_bench(program, catalogue),
          add_zeno_ps(program, catalogue),
          add_up(program),
          add_join(program),
          add_status(program),
          add_down(program),
          add_nursery(program, catalogue),
          add_version(program)};
}

/// The sentence about a first word that is not a command, or nothing.
std::string objection(const std::vector<Command>& commands, const std::string& word) {
  if (word.starts_with('-')) return "";
  std::vector<std::string> names;
  for (const auto& command : commands) names.push_back(command.app->get_name());
  if (std::find(names.begin(), names.end(), word) != names.end()) return "";
  const auto near = nearest(word, names);
  return "unknown command \"" + word + "\"; " + (near ? "did you mean \"" + *near + "\"?" : "see zenops-cli --help");
}

int usage_error(const std::string& sentence) {
  complain(sentence);
  return UserError::bad_config;
}

int act(int argc, char** argv) {
  const Catalogue catalogue;
  CLI::App program("zenops: trains models with parameter servers on machines you do not trust", "zenops-cli");
  program.set_version_flag("--version", version_line());
  program.require_subcommand(1);
  program.footer(
      "Exit codes: 0 done, 1 the run failed, 2 wrong config or usage, 3 missing or wrong data, 4 cannot write,\n"
      "130 interrupted (the weights are saved).\n\n"
      "Example: zenops-cli run configs/fashion_mnist_zeno.yaml");
  const auto commands = add_commands(program, catalogue);
  if (argc < 2) {
    std::cerr << program.help();
    return UserError::bad_config;
  }
  if (const auto sentence = objection(commands, argv[1]); !sentence.empty()) return usage_error(sentence);
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return program.exit(e);  // --help and --version: prints them
  } catch (const CLI::ParseError& e) {
    return usage_error(std::string(e.what()) + " (see --help)");
  }
  for (const auto& command : commands)
    if (command.app->parsed()) return command.act();
  return UserError::bad_config;
}

/// Output that was lost is a failure, whatever the command says.
int flushed(int exit_code) {
  if (std::cout.flush()) return exit_code;
  complain("cannot write to standard output");
  return exit_code == 0 ? UserError::cannot_write : exit_code;
}

}  // namespace
}  // namespace zenops

int main(int argc, char** argv) {
  // What a run opens must not take the places of those that were closed.
  while (true) {
    const int lowest = open("/dev/null", O_RDWR);
    if (lowest > STDERR_FILENO) close(lowest);
    if (lowest < 0 || lowest > STDERR_FILENO) break;
  }
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes is then a write that fails, and is reported like a full disk
  try {
    return zenops::flushed(zenops::act(argc, argv));
  } catch (const zenops::UserError& e) {
    zenops::complain(e.what());
    return e.exit_code();
  } catch (const std::exception& e) {
    zenops::complain(e.what());
    return zenops::UserError::run_failed;
  }
}
