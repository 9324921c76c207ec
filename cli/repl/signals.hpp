#pragma once
#include "cli/repl/attention.hpp"

namespace zenops::repl {

/// While it lives, SIGINT, SIGHUP and SIGTERM are for the shell, and a broken pipe is a write that fails. One at a
/// time: signals belong to the process.
class Signals final : public Attention {
 public:
  Signals();
  ~Signals() override;
  Signals(const Signals&) = delete;
  void look() override;
  /// Waits for input on that descriptor, or a signal, at most so many milliseconds (-1: without end). Whether there is
  /// input (also its end).
  bool input(int descriptor, int milliseconds);
  /// Signals that came since the last call.
  bool take_resize();
  bool take_continue();
};

}  // namespace zenops::repl
