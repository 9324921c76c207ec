#include "cli/job.hpp"

#include <filesystem>

#include "cli/command.hpp"
#include "configs/resolved.hpp"

namespace zenops {

ProcessPlan process_plan(const Config& config, const Catalogue& catalogue) {
  return {.version = version_line(),
          .job = std::filesystem::current_path().string() + '\n' + to_yaml(config, catalogue),
          .nursery = {"zenops-cli", "nursery"},
          .address = config.address,
          .bind = config.bind};
}

Config config_of_job(const std::string& job, const Catalogue& catalogue) {
  const size_t end = job.find('\n');
  const std::string folder = job.substr(0, end);
  std::error_code error;
  std::filesystem::current_path(folder, error);
  if (error) throw UserError(UserError::bad_data, "the folder of the run is not here: " + folder + ": " + error.message());
  return parse_config(job.substr(end + 1), "the job's configuration", {}, catalogue);
}

}  // namespace zenops
