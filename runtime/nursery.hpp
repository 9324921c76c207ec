#pragma once
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace zenops {

/// In a node's daemon: the parent of a job's processes, a process itself. It has made its preparations (loaded a
/// library, read the data) and has no threads, so that a process costs one fork and shares what was prepared.
///
///   preparing --ready--> open --it fell or could not prepare--> failed: whatever is started now has ended
///
/// A process's number is not 0 and used once. A process is killed when the nursery ends, and the nursery when this
/// process ends. Both ignore SIGINT: a Ctrl-C at the terminal is for the daemon.
class Nursery {
 public:
  /// They come on one thread, the nursery's own, until the destructor returns.
  struct Callbacks {
    std::function<void(uint64_t process, pid_t pid)> started = [](auto, auto) {};
    /// Once for each process that start() was called for, when it is gone: "it ended with exit code 3", "it was killed
    /// by signal 9 (Killed)", "its parent was killed by signal 9 (Killed)", "it was not started: …".
    std::function<void(uint64_t process, const std::string& cause)> ended = [](auto, auto&) {};
    /// A line of its standard output or error, cut where it is longer than 4 KB; process 0 is the nursery itself.
    std::function<void(uint64_t process, const std::string& line)> said = [](auto, auto&) {};
    /// At most once: nothing can be started here any more.
    std::function<void(const std::string& why)> failed = [](auto&) {};
  };
  /// Runs `program` with `arguments` (the first is its name), which must call run_nursery, and gives it the job.
  Nursery(std::vector<std::string> arguments, std::string job, Callbacks callbacks,
          std::string program = "/proc/self/exe");
  /// Kills all its processes and waits for their ends. Not in a callback.
  ~Nursery();
  Nursery(const Nursery&) = delete;

  /// Thread-safe, never waits. `what` is for the process.
  void start(uint64_t process, std::string what);
  /// Thread-safe, never waits. Does nothing to a process that is not running.
  void signal(uint64_t process, int number);

 private:
  class Keeper;
  std::unique_ptr<Keeper> keeper_;
};

/// The program of a Nursery: returns its exit code when the daemon has closed it. To be called before any thread
/// exists. `prepare` gets the job; what it throws is why nothing can be started. It returns what a process runs: given
/// the bytes of start(), it returns the exit code. What it prints comes to the daemon line by line, and it has nothing
/// on its standard input.
int run_nursery(const std::function<std::function<int(std::string what)>(std::string job)>& prepare);

}  // namespace zenops
