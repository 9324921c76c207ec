#include "configs/config.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "configs/consistency.hpp"
#include "configs/presets.hpp"
#include "configs/schema.hpp"

namespace zenops {

Config load_config(const std::filesystem::path& path, const std::vector<std::string>& overrides,
                   const Catalogue& catalogue) {
  return parse_config(read_config_file(path), path.string(), overrides, catalogue);
}

Config parse_config(const std::string& text, const std::string& source, const std::vector<std::string>& overrides,
                    const Catalogue& catalogue) {
  Problems problems;
  Node root = read_document(text, source, problems);
  if (root.kind != Node::Kind::map) problems.raise();
  for (const auto& assignment : overrides) override_value(root, assignment, problems);
  Config config = resolve_config(root, catalogue, problems);
  problems.raise();
  return config;
}

Config resolve_config(const Node& root, const Catalogue& catalogue, Problems& problems) {
  Reading reading = read_config(root, Schema(catalogue), problems);
  if (problems.empty()) check_consistency(reading, root, catalogue, problems);
  return std::move(reading.config);
}

std::string read_config_file(const std::filesystem::path& path) {
  if (path.string().starts_with(preset_prefix)) return preset_yaml(path.string());
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    throw ConfigError(path.string() + ": is a folder, expected a YAML file");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad()) throw ConfigError(path.string() + ": cannot read: " + std::strerror(errno));
  return text;
}

}  // namespace zenops
