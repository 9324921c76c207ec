#pragma once
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace zenops {

/// Who is dead, by the heartbeats that have not come.
///
///   begin() --> alive --silent for half its deadline--> suspect --for all of it--> dead --begin()--> alive
///                     <----------- heard() -----------
///
/// A peer's deadline follows how regularly its beats came: median + k · MAD of the times between them, at least a
/// quarter more than the longest of these that is remembered, within [floor, ceiling]; the ceiling while too little is
/// known. So what came as late before is no alarm, and nobody is silent unnoticed for longer than the ceiling. check()
/// is called at least once an interval: time in which nobody looked, since we were starved ourselves, is no silence of
/// others.
class Detector {
 public:
  struct Options {
    Clock::Duration interval = std::chrono::milliseconds(100);  // between two beats
    Clock::Duration floor = std::chrono::milliseconds(400);     // of a deadline; at least three intervals
    Clock::Duration ceiling = std::chrono::seconds(1);
    double k = 8;
    size_t window = 64;  // times between beats that are remembered
    size_t enough = 8;   // of them before they are believed
  };
  enum class State { unknown, alive, suspect, dead };
  struct Change {
    std::string peer;
    State to;
    std::string why;  // "no heartbeat for 0.52 s, more than 0.5 s"
  };

  explicit Detector(Options options);

  /// A new life of that peer begins, or a first one.
  void begin(const std::string& peer, Clock::Time now);
  /// A beat. Whether it counts: the dead stay dead, and strangers are not listened to.
  bool heard(const std::string& peer, Clock::Time now);
  /// Who became suspect, or died, since the last time; in the order of their names.
  std::vector<Change> check(Clock::Time now);
  void forget(const std::string& peer) { peers_.erase(peer); }

  State state(const std::string& peer) const;
  /// Of a peer that is known.
  Clock::Duration deadline(const std::string& peer) const;

 private:
  struct Peer {
    State state = State::alive;
    Clock::Time heard{};          // of the last beat
    Clock::Duration unwatched{};  // of the time since: nobody looked
    std::deque<Clock::Duration> gaps = {};
  };
  Clock::Duration deadline(const Peer& peer) const;

  const Options options_;
  std::map<std::string, Peer> peers_;
  Clock::Time checked_{};
  bool looked_ = false;
};

}  // namespace zenops
