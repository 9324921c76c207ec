#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "configs/problems.hpp"

namespace zenops::original {

/// A process of Zeno-PS's, by the line that says where it runs.
struct Host {
  std::string name;
  int ssh_port = 22, gpu = -1;  // -1: none is said
};

enum class HostForm {
  ssh,  // ip[:ssh-port[:gpu]]
  mpi,  // ip[:gpu]
};

/// The lines of a hostfile, one for each process, the last whether a newline ends it or not; blank ones are skipped. Lines that are
/// none are added to `problems` with their place.
std::vector<Host> read_hostfile(const std::filesystem::path& path, HostForm form, Problems& problems);
/// The same for a text; messages call it `source`.
std::vector<Host> parse_hostfile(const std::string& text, const std::string& source, HostForm form, Problems& problems);

}  // namespace zenops::original
