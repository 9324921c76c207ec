#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "cli/narrated.hpp"
#include "cli/output_file.hpp"
#include "cli/zeno_ps_log.hpp"
#include "configs/original/job.hpp"
#include "configs/original/words.hpp"
#include "configs/resolved.hpp"

namespace zenops {
namespace {

struct Arguments {
  std::vector<std::string> words, overrides;
  bool print = false, flags = false;
  Narration narration;
};

/// Commands stand one after the other, with "--" between them.
std::vector<std::vector<std::string>> commands_of(const std::vector<std::string>& words) {
  std::vector<std::vector<std::string>> commands(1);
  for (const auto& word : words)
    if (word == "--")
      commands.emplace_back();
    else
      commands.back().push_back(word);
  std::erase_if(commands, [](const auto& command) { return command.empty(); });
  return commands;
}

/// What this process's environment has of the variables that decide something for all.
original::Assignments environment() {
  original::Assignments result;
  for (const auto& variable : original::variables())
    if (!variable.key.empty() && variable.name != "DMLC_WORKER_ID")
      if (const char* value = std::getenv(variable.name.c_str())) result.emplace_back(variable.name, value);
  return result;
}

original::Job read(const Arguments& arguments, bool launch, const Catalogue& catalogue) {
  const auto commands = commands_of(arguments.words);
  if (commands.empty())
    throw ConfigError("found no command, expected one after --, like: zenops-cli zeno-ps -- train_cifar10_zeno_validator.py --validation-type zeno");
  Problems problems;
  std::vector<original::CommandLine> lines;
  for (const auto& words : commands) lines.push_back(original::read_command(words, problems));
  const bool launched = lines.size() == 1 && original::launches(lines[0].script);
  if (launch && !launched)
    throw ConfigError("launch: found " + legible(lines[0].text) + ", expected one launcher's line, like: dist_launcher_zeno.py --worker-hostfile …");
  original::Saying saying;
  if (launched) {
    saying = original::launched(lines[0], environment(), problems);
  } else {
    saying.lines = std::move(lines);
    saying.environment = environment();
  }
  original::Job job = original::make_job(saying, catalogue, problems);
  problems.raise();
  job.experiment.sentence = "zenops-cli zeno-ps " + std::string(launch ? "launch " : "") + "-- " + original::join_words(arguments.words);
  return job;
}

/// The old log, beside the run's other files.
class OldLog {
 public:
  OldLog(const original::Job& job, const Config& config)
      : file_name_(config.runs / config.training.name / ZenoPsLog::file_name(job.log_name)), log_(job.validator_options, config.training) {}
  void add(const RoundReport& report) {
    if (!file_) {  // the first round: the run has its folder now
      file_ = std::make_unique<OutputFile>(file_name_);
      file_->append(log_.begin());
    }
    file_->append(log_.after(report));
  }

 private:
  std::filesystem::path file_name_;
  ZenoPsLog log_;
  std::unique_ptr<OutputFile> file_;
};

int act(const Arguments& arguments, bool launch, const Catalogue& catalogue) {
  if (arguments.flags) {
    std::cout << original::flags_page();
    return 0;
  }
  const original::Job job = read(arguments, launch, catalogue);
  const std::string yaml = to_yaml(job.experiment);
  const Config config = parse_config(yaml, "zeno-ps", arguments.overrides, catalogue);
  if (arguments.print) {
    std::cout << (arguments.overrides.empty() ? yaml : comments(job.experiment) + to_yaml(config, catalogue));
    return 0;
  }
  OldLog log(job, config);
  return run_narrated(config, catalogue, arguments.narration, [&](const RoundReport& report) { log.add(report); });
}

void add_options(CLI::App& app, Arguments& arguments) {
  app.add_flag("--print", arguments.print, "print the config and what has no effect, and run nothing");
  app.add_option("--set", arguments.overrides, "change a key, the value in YAML; may be repeated")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  app.add_flag("--json", arguments.narration.json, "print one JSON object at the end; progress goes to stderr");
  app.add_flag("--quiet", arguments.narration.quiet, "no progress");
  app.add_option("command", arguments.words, "after --: a command of Zeno-PS's; several with -- between them")
      ->type_name("-- COMMAND")
      ->expected(1, CLI::detail::expected_max_vector_size);
}

}  // namespace

Command add_zeno_ps(CLI::App& program, const Catalogue& catalogue) {
  auto* app = program.add_subcommand("zeno-ps", "run what a command line of Zeno-PS's says");
  auto arguments = std::make_shared<Arguments>();
  add_options(*app, *arguments);
  app->add_flag("--flags", arguments->flags, "what becomes of each flag and variable, in Markdown");
  auto* launch = app->add_subcommand("launch", "the same for a launcher's line: all roles on this machine");
  add_options(*launch, *arguments);
  launch->footer("Example: zenops-cli zeno-ps launch --print -- dist_launcher_zeno.py --worker-hostfile workers …");
  app->footer(
      "Give the validator's line, or the workers' and the validator's; one line alone stands for all roles. DMLC_NUM_WORKER,\n"
      "DMLC_NUM_VALIDATOR and DMLC_NUM_SERVER say how many there are, in the environment or before a command. docs/zeno-ps.md has every\n"
      "flag and what becomes of it. Besides a run's files there is runs/NAME/cifar10-validator-0-cpu-NAME.log, in the old form.\n\n"
      "Example: zenops-cli zeno-ps --print -- train_cifar10_zeno_validator.py --validation-type zeno --sync-interval 16");
  return {app, [arguments, launch, &catalogue] { return act(*arguments, launch->parsed(), catalogue); }};
}

}  // namespace zenops
