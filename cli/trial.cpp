#include "cli/trial.hpp"

#include <iostream>

#include "base/interrupt.hpp"
#include "base/sha256.hpp"
#include "cli/command.hpp"
#include "cli/run_folder.hpp"
#include "configs/job.hpp"
#include "configs/resolved.hpp"

namespace zenops {

namespace {

void say(const std::string& news) { std::cerr << news + '\n'; }

Outcome train(const Config& config, const std::string& yaml, Training& training, RunFolder& folder,
              const std::function<void(const RoundReport&)>& observer) {
  Interrupt interrupt([&] {
    std::cerr << "\nstopping after this round; once more ends at once, without the weights\n";
    training.stop();
  });

  std::map<std::string, std::string> metadata{{"name", config.training.name},
                                              {"seed", std::to_string(config.training.seed)},
                                              {"config_sha256", sha256(std::as_bytes(std::span(yaml)))}};
  training.keep_checkpoints(folder.path() / "checkpoints", metadata);
  training.keep_snapshots(folder.path() / "snapshots");
  TrainingResult result = training.run([&](const RoundReport& report) {
    folder.add_round(line(to_json(report)));
    for (const Evidence& evidence : report.evidence) folder.add_evidence(line(to_json(evidence)));
    observer(report);
  });

  metadata["rounds"] = std::to_string(result.rounds);
  folder.write_weights(result.layout, result.weights, metadata);
  Json what = summary(config.training, result, folder.weights());
  folder.write_result(line(what));
  return {std::move(result), folder.path(), std::move(what)};
}

}  // namespace

Outcome train(const Config& config, const Catalogue& catalogue,
              const std::function<void(const RoundReport&)>& observer) {
  Training training(config.training, catalogue, say);
  training.plan_processes(process_plan(config, catalogue, version_line(), {"zenops-cli", "nursery"}));
  // After the data were found: a run that cannot start leaves the folder of the one before in its place.
  const std::string yaml = to_yaml(config, catalogue);
  RunFolder folder(config.runs, config.training.name, yaml);
  return train(config, yaml, training, folder, observer);
}

Outcome train(const Resumption& resumption, const Catalogue& catalogue, const std::function<void(const RoundReport&)>& observer) {
  Training training(resumption.config.training, catalogue, say);
  training.plan_processes(process_plan(resumption.config, catalogue, version_line(), {"zenops-cli", "nursery"}));
  training.go_on_from(resumption.snapshot);
  const std::string yaml = to_yaml(resumption.config, catalogue);
  RunFolder folder(resumption.folder, yaml, resumption.snapshot->round);
  return train(resumption.config, yaml, training, folder, observer);
}

}  // namespace zenops
