#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace zenops {

/// Another zenops-cli, for work that must not take this one down with it. It is in a process group of its own, so that
/// a Ctrl-C at the terminal reaches it only through us, and it is told to stop when we die.
class Child {
 public:
  /// Standard output and error go to `log`. Throws std::system_error when it cannot be started.
  Child(const std::vector<std::string>& arguments, const std::filesystem::path& log);
  /// Waits for its end.
  ~Child();
  Child(const Child&) = delete;
  /// Asks it to stop, as Ctrl-C does. From any thread, as long as this object lives.
  void stop() const;
  /// Its exit code; 128 + the signal's number when a signal ended it.
  int wait() const;

 private:
  pid_t pid_;
};

}  // namespace zenops
