#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "runtime/actor.hpp"
#include "runtime/restarts.hpp"

namespace zenops {

/// The actors of one process: brings them up, finds them by name, restarts those that fall. Thread-safe.
class System {
 public:
  struct Options {
    bool serialize = false;  // every message becomes bytes and a message again on its way
    int message_threads = 2;
    std::function<void(const std::string&)> log = [](const std::string&) {};
    /// Somebody fell and will not be restarted; on a thread of the system's.
    std::function<void(const std::string& name, const std::string& cause)> given_up = [](auto&, auto&) {};
  };
  /// What came to nothing; a peer's mistakes among it.
  struct Counts {
    std::atomic<uint64_t> undeliverable = 0, fenced = 0, unexpected = 0, malformed = 0;
  };
  using Factory = std::function<std::unique_ptr<Actor>(Context&)>;

  System(Options options, Clock& clock, Pool& pool);
  /// Ends all actors and waits for the handlers that run.
  ~System();
  System(const System&) = delete;

  /// Starts `name`#1, and after a fall, as `restarts` allows, `name`#2, … from the same factory. The name is not taken.
  void spawn(const std::string& name, Factory factory, RestartSpec restarts);
  /// As the operator.
  void tell(const std::string& name, Envelope envelope);
  uint32_t incarnation(const std::string& name) const;
  const Counts& counts() const;

 private:
  struct State;
  class Shell;
  std::shared_ptr<State> state_;
};

}  // namespace zenops
