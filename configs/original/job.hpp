#pragma once
#include <string>
#include <vector>

#include "actors/catalogue.hpp"
#include "configs/original/command_line.hpp"
#include "configs/original/experiment.hpp"

namespace zenops::original {

/// How many there are of a role, and who says so.
struct Claim {
  uint32_t count;
  std::string speaker;  // "worker-hostfile", "--num-workers"
};

/// Everything that decides a run of Zeno-PS's.
struct Saying {
  std::vector<CommandLine> lines;  // of workers, validators, servers
  Assignments environment;         // of this process, or --env; those that variables() knows
  std::vector<Claim> workers = {}, validators = {}, servers = {};
  bool launched = false;  // by a launcher, whose --sync-mode is the servers'
  std::string servers_mode = "sync";
};

/// A run as it is done here.
struct Job {
  Experiment experiment;   // its remarks say what has no effect
  std::string log_name;    // --logging-file
  std::string validator_options;  // as the old log begins: "Namespace(alpha=0.8, …)"
};

/// What the lines come to. The validators' flags decide rule and length; flags that both scripts have must agree, as one value
/// holds here for all. One line alone stands for all roles. What cannot be, or cannot be told, is added to `problems`.
Job make_job(const Saying& saying, const Catalogue& catalogue, Problems& problems);

/// The same of a launcher's line: its hostfiles are read, and the commands in it.
Saying launched(const CommandLine& launcher, Assignments environment, Problems& problems);

}  // namespace zenops::original
