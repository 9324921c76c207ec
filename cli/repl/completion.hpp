#pragma once
#include <string>
#include <vector>

#include "cli/repl/session.hpp"

namespace zenops::repl {

/// What can stand where the cursor is.
struct Completion {
  std::string word;                     // as far as it is typed
  std::vector<std::string> candidates;  // that begin so, in order, each once
  /// What all of them have beyond the word.
  std::string common() const;
};

/// For the line as far as the cursor. What cannot be asked in time offers nothing; never throws.
Completion complete(Session& session, std::string_view line);

/// Parts of which commands make their answers.
using Words = std::vector<std::string>;
Words actor_names(Session& session);
/// Of a command whose only word is one.
Words complete_actor(Session& session, const Words& before);
/// Those of the workers, and worker/*.
Words worker_names(Session& session);
Words node_names(Session& session);
Words attack_names(Session& session);
/// With pre-aggregators.
Words rule_names(Session& session);
/// "scale=", …: the settings of an attack, a rule or a pre-aggregator.
Words setting_names(Session& session, const std::string& of);

}  // namespace zenops::repl
