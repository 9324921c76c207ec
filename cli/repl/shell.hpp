#pragma once
#include "cli/repl/lines.hpp"
#include "cli/repl/session.hpp"

namespace zenops::repl {

/// Commands for a session, from wherever they come. `complaints` gets what went wrong. Each returns the exit code so
/// far: 0; that of the command that failed, after which no other is run; or whoever leaves.
class Shell {
 public:
  Shell(Session& session, std::ostream& complaints) : session_(session), complaints_(complaints) {}
  /// `source` is what its positions are called.
  int run(const std::string& text, const std::string& source);
  /// Line by line. When somebody types, an error ends nothing.
  int run(Lines& lines, const std::string& source);
  /// Whether `quit` or the world has ended it: nothing else is to be run.
  bool left() const { return left_; }
  /// Ends what ends with the shell, and says so. A run that trains when its script is over trains to its end. Returns
  /// the exit code.
  int leave(int exit_code);

 private:
  template <class Work>
  int guarded(Work work);
  void complain(const std::string& sentence);
  /// Of the run; empty: it does not say.
  std::string phase();
  Session& session_;
  std::ostream& complaints_;
  bool left_ = false;
};

}  // namespace zenops::repl
