#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/speaker.hpp"

namespace zenops::repl {

/// An actor that is to be begun.
struct SpawnOrder {
  std::string type, name;
  std::string on, near;   // a node, an actor; empty: anywhere
  bool spread = false;
  std::optional<uint32_t> restarts;
};

/// What leaving has done to what the shell was connected to.
struct Farewell {
  std::string words;                      // for the user; empty: nothing to say
  std::optional<uint32_t> stopped_after;  // the last round of a run that was not complete
  int exit_code = 0;
};

/// The actors that a shell speaks to, wherever they are.
class Connection {
 public:
  virtual ~Connection() = default;
  /// "demo, 15 workers: runs/demo"
  virtual std::string what() const = 0;
  /// Null when there is nobody to speak to any more.
  virtual std::shared_ptr<Speaker> speaker() = 0;
  virtual Expected<void> spawn(const SpawnOrder& order) = 0;
  /// Why there is nobody to speak to any more.
  virtual std::optional<std::string> ended() = 0;
  /// Lines that it has for the user, since the last call.
  virtual std::vector<std::string> news() { return {}; }
  /// Whether the run ends when the shell leaves.
  virtual bool ends_with_us() const { return false; }
  /// Ends what ends with the shell, and waits for that. Once.
  virtual Farewell leave() { return {}; }
};

}  // namespace zenops::repl
