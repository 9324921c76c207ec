#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "cli/repl/editor.hpp"
#include "cli/repl/local_run.hpp"
#include "cli/repl/shell.hpp"
#include "cli/repl/visit.hpp"
#include "cli/terminal.hpp"

namespace zenops {
namespace {

struct Arguments {
  std::string config, address, script;
  std::vector<std::string> overrides, commands;
  bool echo = false;
  bool scripted() const { return !script.empty() || !commands.empty(); }
  /// What is to be done, and what its positions are called. `read`: what stands in the script.
  std::vector<std::pair<std::string, std::string>> texts(const std::string& read) const {
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& text : commands) out.emplace_back(text, out.empty() ? "-c" : "-c#" + std::to_string(out.size() + 1));
    if (!script.empty()) out.emplace_back(read, script);
    return out;
  }
};

/// Whether the terminal shows UTF-8, as far as the environment tells.
bool utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view locale(value);
    return locale.find("UTF-8") != locale.npos || locale.find("utf8") != locale.npos;
  }
  return false;
}

std::unique_ptr<repl::Connection> connect(const Arguments& arguments, const Catalogue& catalogue) {
  if (arguments.config.empty())
    return std::make_unique<repl::Visit>(arguments.address.empty() ? default_address : arguments.address);
  const Config config = load_config(arguments.config, arguments.overrides, catalogue);
  if (config.plumbing)
    throw UserError(UserError::bad_config,
                    arguments.config + ": checks the plumbing and trains nothing: expected a run");
  return std::make_unique<repl::LocalRun>(config, catalogue);
}

int converse(const Arguments& arguments, const Catalogue& catalogue) {
  if (!arguments.config.empty() && !arguments.address.empty())
    throw UserError(UserError::bad_config,
                    "--address is of a cluster that runs, and a config begins a run: expected one of them");
  // Before anything starts: a script that cannot be read is no reason to begin a run.
  const std::string script = arguments.script.empty() ? "" : repl::read_script(arguments.script);
  // Likewise one with commands that there are not.
  const std::vector<std::pair<std::string, std::string>> texts = arguments.texts(script);
  for (const auto& [text, source] : texts) repl::check(text, source);
  repl::Signals signals;
  const auto connection = connect(arguments, catalogue);
  const Terminal terminal(STDOUT_FILENO);
  const bool typed = !arguments.scripted() && isatty(STDIN_FILENO) == 1 && terminal.interactive();
  repl::Session session(*connection, catalogue, signals, std::cout,
                        {.interactive = typed, .echo = arguments.echo && !typed, .news = typed || arguments.echo ? nullptr : &std::cerr, .width = terminal.width(), .braille = utf8()});
  repl::Shell shell(session, std::cerr);
  int code = 0;
  if (typed || arguments.echo) std::cout << connection->what() << std::endl;
  if (typed) {
    repl::Editor editor(session, signals, repl::HistoryFile(repl::HistoryFile::usual_path()));
    code = shell.run(editor, "stdin");
  } else if (arguments.scripted()) {
    for (const auto& [text, source] : texts)
      if (code == 0 && !shell.left()) code = shell.run(text, source);
  } else {
    repl::PlainLines lines(STDIN_FILENO, signals);
    code = shell.run(lines, "stdin");
  }
  return shell.leave(code);
}

}  // namespace

Command add_repl(CLI::App& program, const Catalogue& catalogue) {
  auto* app = program.add_subcommand("repl", "a shell that speaks to the actors of a run, or of a cluster");
  auto arguments = std::make_shared<Arguments>();
  app->add_option("config", arguments->config,
                  "begins a run of its own, which stands before its first round: the YAML file, or preset:NAME")
      ->type_name("FILE");
  app->add_option("--set", arguments->overrides, "change a key of the config, the value in YAML; may be repeated")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  app->get_option("--set")->needs(app->get_option("config"));
  app->add_option("--address", arguments->address,
                  std::string("of the head of a running cluster; ") + default_address + " without a config")
      ->type_name("HOST:PORT");
  app->add_option("-c", arguments->commands, "does that, and leaves; may be repeated")
      ->allow_extra_args(false)
      ->type_name("COMMANDS");
  app->add_option("--script", arguments->script, "does what that file says, after what -c says, and leaves")
      ->type_name("FILE");
  app->add_flag("--echo", arguments->echo, "print each command before what comes of it, as a terminal shows it");
  app->footer(
      "Without -c and --script commands are read from standard input; in a terminal with history and Tab. `help` lists "
      "them.\n\n"
      "Exit codes: 0 done, 1 a command or the run failed, 2 a command or this one was mistyped, 4 nobody reads what it writes,\n"
      "129 its terminal is gone, 130 interrupted, 143 SIGTERM; after one that fails no command is run.\n\n"
      "Example: zenops-cli repl configs/demo.yaml -c 'until 10; attack worker/3 negative scale=200; step 5; score'");
  return {app, [arguments, &catalogue] { return converse(*arguments, catalogue); }};
}

}  // namespace zenops
