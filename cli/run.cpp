#include <unistd.h>

#include <iostream>
#include <memory>

#include "base/clock.hpp"
#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"
#include "cli/trial.hpp"

namespace zenops {
namespace {

struct Arguments {
  ConfigArguments config;
  std::string init;
  bool json = false, quiet = false;
};

Progress progress(const Arguments& arguments, const Terminal& terminal, const Clock& clock) {
  using Style = Progress::Style;
  const Style style = arguments.quiet ? Style::silent : terminal.interactive() ? Style::bar : Style::lines;
  return {style, terminal.width(), clock};
}

std::string in_words(const Outcome& outcome) {
  const auto& result = outcome.result;
  const auto& tally = result.tally;
  const double speed = result.wall_seconds > 0 ? result.rounds / result.wall_seconds : 0;
  std::string text = "accuracy " + fixed(result.evaluation.accuracy, 4) + ", loss " + fixed(result.evaluation.loss, 4) +
                     " after " + std::to_string(result.rounds) +
                     (result.stopped ? " of " + std::to_string(result.planned_rounds) : "") + " rounds" +
                     (result.stopped ? ", stopped" : "") + "\n";
  text += "accepted: " + percent(share(tally.honest_accepted, tally.honest)) + " of the honest messages, " +
          (tally.poisoned > 0 ? percent(share(tally.poisoned_accepted, tally.poisoned)) + " of the poisoned"
                              : "none were poisoned") +
          "\n";
  text += "time:     " + fixed(result.wall_seconds, 1) + " s, " + fixed(speed, 1) + " rounds/s on " +
          std::to_string(result.threads) + (result.threads == 1 ? " thread, " : " threads, ") +
          percent(result.outside_compute()) + " of it outside local steps\n";
  return text + "weights:  " + outcome.summary["weights"].get<std::string>() + "\n";
}

int run(const Arguments& arguments, const Catalogue& catalogue) {
  Config config = load_config(arguments.config.path, arguments.config.overrides, catalogue);
  if (!arguments.init.empty()) config.training.model.init = arguments.init;
  const SystemClock clock;
  auto& out = arguments.json ? std::cerr : std::cout;
  auto bar = progress(arguments, Terminal(arguments.json ? STDERR_FILENO : STDOUT_FILENO), clock);
  const auto outcome =
      train(config, catalogue, [&](const RoundReport& report) { out << bar.after(report) << std::flush; });
  out << bar.end();
  if (arguments.json)
    std::cout << line(outcome.summary) << "\n";
  else
    std::cout << in_words(outcome);
  return outcome.result.stopped ? interrupted : 0;
}

}  // namespace

void ConfigArguments::add_to(CLI::App& command) {
  command.add_option("config", path, "the YAML file; `zenops-cli config` lists its keys")
      ->required()
      ->type_name("FILE");
  command.add_option("--set", overrides, "change a key, the value in YAML; may be repeated")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
}

Command add_run(CLI::App& program, const Catalogue& catalogue) {
  auto* app = program.add_subcommand("run", "train as a config says");
  auto arguments = std::make_shared<Arguments>();
  arguments->config.add_to(*app);
  app->add_option("--init", arguments->init, "initial weights: a run's folder or a safetensors file; sets model.init")
      ->type_name("PATH");
  app->add_flag("--json", arguments->json, "print one JSON object at the end; progress goes to stderr");
  app->add_flag("--quiet", arguments->quiet, "no progress");
  app->footer(
      "It leaves runs/NAME/ with config.yaml, metrics.jsonl, weights.safetensors and, last, result.json; a folder of "
      "that\n"
      "name is moved to NAME~1. Ctrl-C ends after the current round with the weights saved.\n\n"
      "Example: zenops-cli run configs/fashion_mnist_zeno.yaml --set train.rounds=20 --set 'rule={name: average}'");
  return {app, [arguments, &catalogue] { return run(*arguments, catalogue); }};
}

}  // namespace zenops
