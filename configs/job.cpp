#include "configs/job.hpp"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <numeric>
#include <vector>

#include "actors/cast.hpp"
#include "actors/placing.hpp"
#include "configs/resolved.hpp"
#include "models/device.hpp"
#include "runtime/birth.hpp"

namespace zenops {
namespace {

constexpr const char* kind = "training";  // of a program's job

/// How many threads compute in a process. A worker's local steps are one after the other.
int threads_of(const std::string& label, const ClusterOptions& cluster) {
  return label.starts_with("worker/") ? 1 : cluster.threads;
}

/// A process sees those that it was given, and no others. Shards do not train.
GpusHere gpus_of(const Means& means) {
  GpusHere out;
  if (means.label.starts_with("shard/")) return out;
  out.training.resize(static_cast<size_t>(means.gpus));
  std::iota(out.training.begin(), out.training.end(), 0);
  return out;
}

}  // namespace

ProcessPlan process_plan(const Config& config, const Catalogue& catalogue, std::string version,
                         std::vector<std::string> nursery) {
  return {.version = std::move(version),
          .job = std::filesystem::current_path().string() + '\n' + to_yaml(config, catalogue),
          .nursery = std::move(nursery),
          .address = config.address,
          .bind = config.bind};
}

Config config_of_job(const std::string& job, const Catalogue& catalogue) {
  const size_t end = job.find('\n');
  const std::string folder = job.substr(0, end);
  std::error_code error;
  std::filesystem::current_path(folder, error);
  if (error)
    throw UserError(UserError::bad_data, "the folder of the run is not here: " + folder + ": " + error.message());
  return parse_config(job.substr(end + 1), "the job's configuration", {}, catalogue);
}

std::function<int(std::string)> prepare_training(const std::string& job, const Catalogue& catalogue,
                                                 const std::string& version) {
  TrainingOptions options = config_of_job(job, catalogue).training;
  // Before torch is used, and before a process is forked that will train on them. What is missing is said by one that was given some.
  if (asks_for_gpus(options.placement)) static_cast<void>(load_gpus());
  const auto cast = std::make_shared<Cast>(std::move(options), catalogue);
  return [cast, version](const std::string& birth) {
    return live(
        birth, version, [&](const std::string& label) { return threads_of(label, cast->options().cluster); },
        [cast](const Means& means) -> Troupe {
          // It sees those of its node; torch would take room on each of them.
          if (means.gpus == 0 && asks_for_gpus(cast->options().placement)) setenv("CUDA_VISIBLE_DEVICES", "", 1);
          cast->train_with(means.pool.threads(), std::make_shared<Rows>(means.memory), gpus_of(means));
          return
              [cast](Context& context, const std::string& name, std::string_view) { return cast->make(context, name); };
        });
  };
}

void add_training(Program& program, const Catalogue& catalogue) {
  program.add_job(kind, [catalogue, version = program.version()](const std::string& job) {
    return prepare_training(job, catalogue, version);
  });
}

ProcessPlan process_plan(const Config& config, const Catalogue& catalogue, const Program& program) {
  ProcessPlan plan = process_plan(config, catalogue, program.version(), {program.name(), "nursery"});
  plan.job = std::string(kind) + '\n' + plan.job;
  return plan;
}

}  // namespace zenops
