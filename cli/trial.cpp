#include "cli/trial.hpp"

#include <iostream>

#include "base/interrupt.hpp"
#include "base/sha256.hpp"
#include "cli/command.hpp"
#include "configs/job.hpp"
#include "configs/resolved.hpp"

namespace zenops {
namespace {

ProcessPlan processes(const Config& config, const Catalogue& catalogue) {
  return process_plan(config, catalogue, version_line(), {"zenops-cli", "nursery"});
}

void say(const std::string& news) { std::cerr << news + '\n'; }

Outcome until_interrupted(Trial& trial, const std::function<void(const RoundReport&)>& observer) {
  Interrupt interrupt([&] {
    std::cerr << "\nstopping after this round; once more ends at once, without the weights\n";
    trial.training().stop();
  });
  return trial.run(observer);
}

}  // namespace

// The folder comes after the data were found: a run that cannot start leaves the folder of the one before in its place.
Trial::Trial(const Config& config, const Catalogue& catalogue, Log log)
    : config_(config), yaml_(to_yaml(config, catalogue)), training_(config.training, catalogue, std::move(log)) {
  training_.plan_processes(processes(config, catalogue));
  folder_ = std::make_unique<RunFolder>(config.runs, config.training.name, yaml_);
}

Trial::Trial(const Resumption& resumption, const Catalogue& catalogue, Log log)
    : config_(resumption.config),
      yaml_(to_yaml(config_, catalogue)),
      training_(config_.training, catalogue, std::move(log)) {
  training_.plan_processes(processes(config_, catalogue));
  training_.go_on_from(resumption.snapshot);
  folder_ = std::make_unique<RunFolder>(resumption.folder, yaml_, resumption.snapshot->round);
}

Outcome Trial::run(const std::function<void(const RoundReport&)>& observer) {
  std::map<std::string, std::string> metadata{{"name", config_.training.name},
                                              {"seed", std::to_string(config_.training.seed)},
                                              {"config_sha256", sha256(std::as_bytes(std::span(yaml_)))}};
  training_.keep_checkpoints(folder() / "checkpoints", metadata);
  training_.keep_snapshots(folder() / "snapshots");
  TrainingResult result = training_.run([&](const RoundReport& report) {
    folder_->add_round(line(to_json(report)));
    for (const Evidence& evidence : report.evidence) folder_->add_evidence(line(to_json(evidence)));
    observer(report);
  });

  for (const Evidence& evidence : result.evidence) folder_->add_evidence(line(to_json(evidence)));
  metadata["rounds"] = std::to_string(result.rounds);
  folder_->write_weights(result.layout, result.weights, metadata);
  Json what = summary(config_.training, result, folder_->weights());
  folder_->write_result(line(what));
  return {std::move(result), folder(), std::move(what)};
}

Outcome train(const Config& config, const Catalogue& catalogue,
              const std::function<void(const RoundReport&)>& observer) {
  Trial trial(config, catalogue, say);
  return until_interrupted(trial, observer);
}

Outcome train(const Resumption& resumption, const Catalogue& catalogue,
              const std::function<void(const RoundReport&)>& observer) {
  Trial trial(resumption, catalogue, say);
  return until_interrupted(trial, observer);
}

}  // namespace zenops
