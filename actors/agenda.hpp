#pragma once
#include <deque>
#include <map>
#include <optional>

#include "base/philox.hpp"

namespace zenops {

/// A worker or a validator.
struct TraineeId {
  Role role;
  uint32_t index;
  auto operator<=>(const TraineeId&) const = default;
};

/// In which order the results of tasks count. In real time as they come; in simulated time by the moment at which each task
/// ends, ties by role and index: whoever is next is waited for, however long others have been there.
///
///   begin() --came()--> there --next()--> gone
///
/// One task of each trainee at a time.
class Agenda {
 public:
  explicit Agenda(bool simulated) : simulated_(simulated) {}
  /// A task begins now and takes that long in simulated time. One that is not awaited holds up nobody: it counts when it comes.
  void begin(TraineeId who, double seconds, bool awaited = true);
  /// Its result is there. Nothing happens when it has no task.
  void came(TraineeId who);
  /// It will have no result; nothing happens when it has no task.
  void drop(TraineeId who);
  bool busy(TraineeId who) const { return tasks_.contains(who); }
  /// The next result that counts, if it is there. Time moves to its moment.
  std::optional<TraineeId> next();
  /// Whose result is waited for, if anybody's.
  std::optional<TraineeId> awaited() const;
  /// Simulated seconds since the beginning.
  double now() const { return now_; }

 private:
  struct Task {
    double end;
    bool awaited, there = false;
  };
  const bool simulated_;
  double now_ = 0;
  std::map<TraineeId, Task> tasks_;
  std::deque<TraineeId> there_;  // of those that nobody waits for, as they came
};

}  // namespace zenops
