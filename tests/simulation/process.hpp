#pragma once
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "runtime/asks.hpp"
#include "runtime/routes.hpp"
#include "tests/simulation/timeline.hpp"

namespace zenops::simulation {

class Shell;

/// One process: what runtime/system.hpp keeps for its actors, under simulated time.
///
///   alive --freeze--> frozen: nothing happens there --thaw()--> alive, and what would have happened does
struct Process {
  static constexpr uint64_t head = 0, client = 1;  // the two that are always there

  Process(Timeline& timeline, uint64_t id, std::string label, std::string node);
  ~Process();
  /// Then, if it is still there, or when it thaws.
  void at(Time when, std::function<void()> what);
  /// Now, likewise.
  void run(const std::function<void()>& what);
  void thaw();

  Timeline& timeline;
  const uint64_t id;
  const std::string label, node;
  bool alive = true, frozen = false;
  std::deque<std::function<void()>> held;  // what would have happened while it was frozen
  std::unique_ptr<Clock> clock;
  Routes routes;
  Asks asks;
  std::map<std::string, std::shared_ptr<Shell>> residents;
  std::set<std::string> watchers;
};

}  // namespace zenops::simulation
