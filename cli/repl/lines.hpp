#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cli/repl/signals.hpp"

namespace zenops::repl {

/// Where commands come from, line by line.
class Lines {
 public:
  virtual ~Lines() = default;
  enum class End { line, interrupted, over };
  /// The next line, without its end. interrupted: Ctrl-C, and what was typed is forgotten; over: nothing more comes.
  virtual End next(std::string& line, bool goes_on) = 0;
  /// A whole statement was read, as it was typed.
  virtual void remember(const std::string& /*statement*/) {}
};

/// A descriptor that is no terminal.
class PlainLines final : public Lines {
 public:
  PlainLines(int descriptor, Signals& signals) : descriptor_(descriptor), signals_(signals) {}
  End next(std::string& line, bool goes_on) override;

 private:
  int descriptor_;
  Signals& signals_;
  std::string read_;
  bool over_ = false;
};

}  // namespace zenops::repl
