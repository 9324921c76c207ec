#pragma once
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/parameter.hpp"
#include "cli/command.hpp"

namespace zenops {

/// A line of a catalogue and what only its kind has: ("tolerates", "f < n/2"). In JSON each fact is a
/// member, its label with underscores.
struct Listed {
  const Description* description;
  std::vector<std::pair<std::string, nlohmann::ordered_json>> facts;
};

/// A command that lists a catalogue, for people or with --json.
Command add_listing(CLI::App& program, const std::string& name, const std::string& sentence, const std::string& section,
                    std::function<std::vector<Listed>()> list);

}  // namespace zenops
