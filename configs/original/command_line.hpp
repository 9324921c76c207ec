#pragma once
#include <string>
#include <utility>
#include <vector>

#include "configs/original/flags.hpp"
#include "configs/problems.hpp"

namespace zenops::original {

/// What a command of Zeno-PS's starts.
enum class Script {
  none,  // launch.py alone: a scheduler or a server
  worker,
  validator,
  byteps,              // train_cifar10_byteps.py: averages every step's gradients
  plumbing_worker,     // test_zenops_worker.py
  plumbing_validator,  // test_zenops_validator.py
  ssh_launcher,
  mpi_launcher,
  intel_launcher,
};
bool launches(Script script);

struct Given {
  const Flag* flag;
  std::string value;
};
using Assignments = std::vector<std::pair<std::string, std::string>>;

/// One command: KEY=VALUE … [python3] [launch.py] [python3] SCRIPT FLAGS.
struct CommandLine {
  Script script = Script::none;
  std::string speaker;    // whose it is, for messages: "worker's line"
  std::string text;       // as it was written
  Assignments variables;  // before it
  std::vector<Given> flags;  // each value is what its flag may have
  /// The last value that was given for the flag; null when none was.
  const std::string* value(std::string_view flag) const;
  std::vector<std::string> values(std::string_view flag) const;
};

/// Reads a command; what is wrong with it is added to `problems`.
CommandLine read_command(const std::vector<std::string>& words, Problems& problems);

/// What is wrong with a value of the flag's; empty when nothing is.
std::string objection(const Flag& flag, const std::string& value);
std::string objection(const Variable& variable, const std::string& value);

const Flag& flag_named(std::string_view name);

/// "100,150" → 100, 150.
std::vector<uint32_t> epochs_of(const std::string& text);

}  // namespace zenops::original
