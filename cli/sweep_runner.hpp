#pragma once
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cli/child.hpp"
#include "cli/report.hpp"
#include "configs/sweep.hpp"

namespace zenops {

/// What became of a cell.
struct CellOutcome {
  enum class State { waiting, done, failed };
  State state = State::waiting;
  bool kept = false;  // done by an earlier sweep of this folder
  Json result;        // of result.json, when done
  std::string cause;  // when failed
};

/// Runs the cells of a sweep, each in a process of its own, some at a time. A cell whose folder holds the result of the
/// same config is not run again.
class SweepRunner {
 public:
  /// Called as each cell comes to its end, one at a time; `ended`: how many have, this one included.
  using Observer = std::function<void(size_t cell, const CellOutcome& outcome, size_t ended)>;
  SweepRunner(const Sweep& sweep, const Catalogue& catalogue) : sweep_(sweep), catalogue_(catalogue) {}
  /// By cell; those that stop() came before are `waiting`. Call once.
  std::vector<CellOutcome> run(const Observer& observer);
  /// Lets the running cells end after their round and begins no other. From any thread.
  void stop();
  uint32_t jobs() const;

 private:
  std::optional<Json> finished(const Sweep::Cell& cell) const;
  void work(const Observer& observer);
  CellOutcome run_cell(const Sweep::Cell& cell);

  const Sweep& sweep_;
  const Catalogue& catalogue_;
  std::vector<CellOutcome> outcomes_;
  std::mutex mutex_;
  size_t next_ = 0, ended_ = 0;
  bool stopped_ = false;
  std::vector<const Child*> running_;
};

}  // namespace zenops
