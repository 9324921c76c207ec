#include <unistd.h>

#include <filesystem>

#include "actors/cast.hpp"
#include "cli/command.hpp"
#include "cli/job.hpp"
#include "configs/config.hpp"
#include "runtime/birth.hpp"
#include "runtime/nursery.hpp"

namespace zenops {
namespace {

/// How many threads compute in a process. A worker's local steps are one after the other.
int threads_of(const std::string& label, const ClusterOptions& cluster) {
  return label.starts_with("worker/") ? 1 : cluster.threads;
}

std::function<int(std::string)> prepare(const std::string& job, const Catalogue& catalogue) {
  const auto cast = std::make_shared<Cast>(config_of_job(job, catalogue).training, catalogue);
  return [cast](const std::string& birth) {
    return live(
        birth, version_line(), [&](const std::string& label) { return threads_of(label, cast->options().cluster); },
        [cast](const Means& means) -> Troupe {
          cast->train_with(means.pool.threads(), std::make_shared<Rows>(means.memory));
          return [cast](Context& context, const std::string& name, std::string_view) { return cast->make(context, name); };
        });
  };
}

}  // namespace

Command add_nursery(CLI::App& program, const Catalogue& catalogue) {
  auto* app = program.add_subcommand("nursery", "what a node runs to start the processes of a job")->group("");
  return {app, [&catalogue] { return run_nursery([&](const std::string& job) { return prepare(job, catalogue); }); }};
}

}  // namespace zenops
