#pragma once
#include "cli/repl/completion.hpp"
#include "cli/repl/history.hpp"
#include "cli/repl/lines.hpp"

namespace zenops::repl {

/// A terminal: a prompt, a line that can be edited, the lines before it, Tab.
class Editor final : public Lines {
 public:
  Editor(Session& session, Signals& signals, HistoryFile history);
  ~Editor() override;
  Editor(const Editor&) = delete;
  End next(std::string& line, bool goes_on) override;
  void remember(const std::string& statement) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zenops::repl
