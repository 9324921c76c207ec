#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "aggregation/pipeline.hpp"

namespace zenops {

/// A rule and what stands before it, as a command line names them.
struct RuleArguments {
  std::string name;
  std::vector<std::string> pre, parameters;  // "nu=1e-3"
  std::optional<uint32_t> f;                 // for all that take it
};

/// The choice they name. Throws UserError (bad_config) for an unknown name, with the one that was meant, for a rule that aggregates no
/// rows, and for a parameter that none of them takes or that is out of its limits. `f_is_needed`: f has to be taken by one of them.
RuleChoice choice_of(const RuleArguments& arguments, const Rules& rules, bool f_is_needed = true);

/// Of a catalogue's entries, the names.
template <class Entries>
std::vector<std::string> names_of(const Entries& entries) {
  std::vector<std::string> names;
  for (const auto& entry : entries) names.push_back(entry.name);
  return names;
}

/// Throws UserError (bad_config): unknown, and what was meant or which command lists what there is.
[[noreturn]] void unknown(const std::string& kind, const std::string& name, const std::vector<std::string>& names, const std::string& command);

/// The entry of that name; throws likewise. `command` lists what there is.
template <class Entries>
const auto& chosen(const Entries& entries, const std::string& name, const std::string& kind, const std::string& command) {
  const auto at = std::ranges::find(entries, name, [](const auto& entry) -> const std::string& { return entry.name; });
  if (at == entries.end()) unknown(kind, name, names_of(entries), command);
  return *at;
}

/// Whose parameters a command line may give, and where they go.
struct Taker {
  const Description* entry;
  Parameters* parameters;
};

/// "nu=1e-3" to the first of them that takes it; f to all of them. Throws UserError (bad_config), in which the first stands for all.
void assign(const std::vector<Taker>& takers, const std::string& assignment);

}  // namespace zenops
