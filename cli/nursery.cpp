#include <unistd.h>

#include <filesystem>

#include "cli/command.hpp"
#include "configs/job.hpp"
#include "runtime/nursery.hpp"

namespace zenops {
namespace {

std::function<int(std::string)> prepare(const std::string& job, const Catalogue& catalogue) {
  if (const auto types = types_of_job(job))
    throw UserError(UserError::bad_config, "zenops-cli (" + std::filesystem::read_symlink("/proc/self/exe").string() +
                                               ") has no actors of other programs: not " + *types +
                                               "; a cluster for them is brought up by that program itself");
  return prepare_training(job, catalogue, version_line());
}

}  // namespace

Command add_nursery(CLI::App& program, const Catalogue& catalogue) {
  auto* app = program.add_subcommand("nursery", "what a node runs to start the processes of a job")->group("");
  return {app, [&catalogue] { return run_nursery([&](const std::string& job) { return prepare(job, catalogue); }); }};
}

}  // namespace zenops
