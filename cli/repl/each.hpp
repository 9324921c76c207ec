#pragma once
#include "cli/repl/session.hpp"

namespace zenops::repl {

/// Does something to each of the actors that are meant; what fails for one is told when it was tried for all.
template <class Each>
void for_each_of(Session& session, Arguments& arguments, Each each) {
  const std::string pattern = arguments.take("an actor's name").text;
  arguments.end();
  const auto names = session.names(pattern);
  const auto here = session.here();
  std::string failures;
  std::vector<std::string> done;
  for (const auto& name : names) try {
      each(name);
      done.push_back(name);
    } catch (const UserError& e) {
      failures += (failures.empty() ? "" : "\n") + std::string(e.what());
    }
  if (done == names) return session.record(here, arguments.statement().text);
  for (const auto& name : done) session.record(here, arguments.statement().words.front().text + " " + quoted(name));
  throw UserError(UserError::run_failed, failures);
}

}  // namespace zenops::repl
