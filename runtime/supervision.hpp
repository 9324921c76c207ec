#pragma once
#include <deque>
#include <set>

#include "runtime/supervisor.hpp"

namespace zenops {

/// A supervisor, and what its decisions ask to be done, one thing after the other: whoever is to stop stops in that order, each when
/// the one before has; whoever is to start starts when all have and the pause is over, each when the one before is up. With
/// one_for_one nobody waits for anybody. Told what happens, it says what is to be done now; it does nothing itself.
class Supervision {
 public:
  struct Step {
    std::vector<std::string> stop = {}, start = {};  // now
    std::optional<Clock::Duration> pause = {};       // then paused(ticket)
    uint64_t ticket = 0;
    std::vector<std::string> avoid = {};  // see Decision
    bool restarts = false;                // of fell(): another life follows that one, now or later
  };

  explicit Supervision(Supervisor::Options options) : strategy_(options.strategy), supervisor_(options, {}) {}

  /// These begin, in this order. Whoever has the name already is not taken.
  Step begin(const std::vector<ChildSpec>& children);
  /// These are there: nothing is to be done for them.
  void adopt(const std::vector<ChildSpec>& children);
  Step began(const std::string& name);
  /// It is over, in whatever way; `where` it was.
  Step fell(const std::string& name, Cause cause, Clock::Time now, const std::string& where = {});
  Step paused(uint64_t ticket);
  /// Whether it was told to stop and has not yet.
  bool stopping(const std::string& name) const { return name == stopping_; }

 private:
  bool waits(const std::string& name) const { return supervisor_.state(name) == Supervisor::State::waiting; }
  bool together() const { return strategy_ != Together::one_for_one; }
  /// What is next of those that wait for each other.
  void go_on(Step& step);

  const Together strategy_;
  Supervisor supervisor_;
  std::deque<std::string> to_stop_, to_start_;
  std::string stopping_, starting_;
  uint64_t ticket_ = 0;  // of the newest decision; 0: it has been carried out
  bool paused_ = false;
};

}  // namespace zenops
