#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "actors/catalogue.hpp"
#include "actors/options.hpp"
#include "configs/document.hpp"

namespace zenops {

/// Everything a YAML file says: the run, and where its files go.
struct Config {
  TrainingOptions training;  // what Training is given
  bool plumbing = false;  // nothing is trained: known numbers are pushed through the shards and compared
  std::filesystem::path runs = "runs";  // runs/NAME/ is made in it
  /// Of the head of a running cluster where its processes shall live; empty: they are its own. Not in the file.
  std::string address = {};
  std::string bind = "127.0.0.1";  // where this process listens then; not in the file either
};

/// Reads, overrides and checks; all of it comes before anything starts. `overrides` are "key=value" with values in
/// YAML; a map replaces the whole map. Throws ConfigError with a line for every mistake.
Config load_config(const std::filesystem::path& path, const std::vector<std::string>& overrides,
                   const Catalogue& catalogue);
/// The same for a text; messages call it `source`.
Config parse_config(const std::string& text, const std::string& source, const std::vector<std::string>& overrides,
                    const Catalogue& catalogue);

/// The same for a document that was read already; mistakes are added to `problems`.
Config resolve_config(const Node& root, const Catalogue& catalogue, Problems& problems);
/// What the file at `path` holds, or what "preset:NAME" stands for. Throws ConfigError when it cannot be read.
std::string read_config_file(const std::filesystem::path& path);

}  // namespace zenops
