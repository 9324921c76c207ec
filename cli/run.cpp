#include <memory>

#include "cli/bind.hpp"
#include "cli/command.hpp"
#include "cli/narrated.hpp"

namespace zenops {
namespace {

struct Arguments {
  ConfigArguments config;
  std::string init, resume, address;
  BindArguments bind;
  Narration narration;
};

/// The cluster that the command line names, if it does.
void use_cluster(const Arguments& arguments, Config& config) {
  if (arguments.address.empty()) return;
  config.address = arguments.address;
  config.bind = arguments.bind.address;
  config.training.cluster.isolation = Isolation::process;
}

int run(const Arguments& arguments, const Catalogue& catalogue) {
  arguments.bind.check();
  if (!arguments.resume.empty()) {
    if (!arguments.config.path.empty() || !arguments.init.empty())
      throw UserError(UserError::bad_config, "--resume takes the config of the run that it goes on with: expected no other, and no --init");
    Resumption resumption = take_up(arguments.resume, arguments.config.overrides, catalogue);
    use_cluster(arguments, resumption.config);
    return run_narrated(resumption, catalogue, arguments.narration);
  }
  if (arguments.config.path.empty()) throw UserError(UserError::bad_config, "config is required (see --help)");
  Config config = load_config(arguments.config.path, arguments.config.overrides, catalogue);
  if (!arguments.init.empty()) config.training.model.init = arguments.init;
  use_cluster(arguments, config);
  return run_narrated(config, catalogue, arguments.narration);
}

}  // namespace

void ConfigArguments::add_to(CLI::App& command) {
  command.add_option("config", path, "the YAML file, or preset:NAME; `zenops-cli config` lists the keys, `presets` the names")
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
  app->get_option("config")->required(false);
  app->add_option("--resume", arguments->resume,
                  "go on with the run in that folder, from its newest snapshot, as if it had never been interrupted")
      ->type_name("FOLDER");
  app->add_option("--init", arguments->init, "initial weights: a run's folder or a safetensors file; sets model.init")
      ->type_name("PATH");
  app->add_option("--address", arguments->address, "of the head of a running cluster, whose nodes start the processes of this run; sets "
                                                   "cluster.isolation to process")
      ->type_name("HOST:PORT");
  arguments->bind.add_to(*app);
  app->get_option("--bind")->needs(app->get_option("--address"));
  app->add_flag("--json", arguments->narration.json, "print one JSON object at the end; progress goes to stderr");
  app->add_flag("--quiet", arguments->narration.quiet, "no progress");
  app->footer(
      "It leaves runs/NAME/ with config.yaml, metrics.jsonl, weights.safetensors and, last, result.json, and with a\n"
      "reputation evidence.jsonl; a folder of that name is moved to NAME~1. Ctrl-C ends after the current round with the weights saved.\n\n"
      "A run that was interrupted, in whatever way, goes on with --resume runs/NAME: the weights will be those of a run that "
      "was\n"
      "not. --set then takes train.rounds, cluster.threads, cluster.shards and other keys that change no bits.\n\n"
      "Example: zenops-cli run configs/fashion_mnist_zeno.yaml --set train.rounds=20 --set 'rule={name: average}'");
  return {app, [arguments, &catalogue] { return run(*arguments, catalogue); }};
}

}  // namespace zenops
