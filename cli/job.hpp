#pragma once
#include <string>

#include "actors/company.hpp"
#include "configs/config.hpp"

namespace zenops {

/// What the processes of a run are started with, here or on another node: its configuration, and the folder from which its paths
/// count.
ProcessPlan process_plan(const Config& config, const Catalogue& catalogue);
/// The configuration of such a job; its paths count from the current folder then. Throws UserError.
Config config_of_job(const std::string& job, const Catalogue& catalogue);

}  // namespace zenops
