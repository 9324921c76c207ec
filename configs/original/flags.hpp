#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "configs/shape.hpp"

namespace zenops::original {

/// Zeno-PS's programs, as bits.
enum Program : unsigned {
  worker_script = 1,     // train_cifar10_zeno_worker.py
  validator_script = 2,  // train_cifar10_zeno_validator.py
  ssh_launcher = 4,      // dist_launcher_zeno.py
  mpi_launcher = 8,      // dist_launcher_zeno_mpi.py
  intel_launcher = 16,   // configfile_zeno_intel_mpi.py
  scripts = worker_script | validator_script,
  mpi_launchers = mpi_launcher | intel_launcher,
  launchers = ssh_launcher | mpi_launchers,
};

/// A flag of theirs and what becomes of it: all that is known of it, for reading command lines and for the page that lists them.
struct Flag {
  enum class Takes { integer, number, text, epochs, nothing };
  std::string name, letter;  // "--num-data-workers", "-j"
  unsigned programs;
  Takes takes;
  Shape shape;          // of integers, numbers and texts
  std::string usual;    // its default there, as one writes it; empty: none
  std::string example;  // a value that is not the default
  std::string key;      // the config's key that it decides; "(read)", "(checked)": it decides several, or none; empty: no effect
  std::string remark;   // what else is to be known; with an empty key: why it has no effect
  std::string because;  // why other values are refused
};
const std::vector<Flag>& flags();

/// An environment variable that Zeno-PS reads, likewise.
struct Variable {
  std::string name, example, key, remark;
  Shape shape = {};
};
const std::vector<Variable>& variables();

const Variable* find_variable(std::string_view name);

/// The tables of both, in Markdown: the end of docs/zeno-ps.md.
std::string flags_page();

}  // namespace zenops::original
