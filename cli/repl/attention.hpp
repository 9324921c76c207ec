#pragma once
#include <atomic>

namespace zenops::repl {

/// What the world wants of a shell that is at work.
class Attention {
 public:
  virtual ~Attention() = default;
  /// Looks again.
  virtual void look() {}
  /// Ctrl-C since the last call.
  bool take_interrupt() { return interrupt_.exchange(false); }
  /// The exit code of a shell that has to leave: its terminal is gone, or nobody reads what it writes; 0: it may stay.
  int must_leave() const { return leave_; }
  void interrupt() { interrupt_ = true; }
  void leave(int exit_code) { leave_ = exit_code; }

 private:
  std::atomic<bool> interrupt_ = false;
  std::atomic<int> leave_ = 0;
};

}  // namespace zenops::repl
