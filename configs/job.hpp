#pragma once
#include <functional>
#include <string>
#include <vector>

#include "actors/process_plan.hpp"
#include "configs/config.hpp"
#include "runtime/program.hpp"

namespace zenops {

/// What the processes of a run are started with, here or on another node: its configuration, and the folder from which its paths
/// count. `version` is that of the program, which is a nursery with these arguments.
ProcessPlan process_plan(const Config& config, const Catalogue& catalogue, std::string version, std::vector<std::string> nursery);
/// The configuration of such a job; its paths count from the current folder then. Throws UserError.
Config config_of_job(const std::string& job, const Catalogue& catalogue);
/// What the processes of such a job run; see run_nursery(). Throws UserError.
std::function<int(std::string birth)> prepare_training(const std::string& job, const Catalogue& catalogue, const std::string& version);

/// From now on that program's binary also starts the processes of trainings that have this catalogue.
void add_training(Program& program, const Catalogue& catalogue);
/// Those processes, for Training::plan_processes().
ProcessPlan process_plan(const Config& config, const Catalogue& catalogue, const Program& program);

}  // namespace zenops
