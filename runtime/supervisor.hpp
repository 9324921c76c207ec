#pragma once
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "runtime/behavior.hpp"

namespace zenops {

/// How often an actor may fall before it is given up (OTP's intensity per period), and how long it waits before it
/// begins again: `backoff`, doubled with every fall within the period, at most `max_backoff`.
struct RestartSpec {
  uint32_t intensity = 5;
  Clock::Duration period = std::chrono::seconds(60);
  Clock::Duration backoff = std::chrono::milliseconds(20), max_backoff = std::chrono::seconds(2);
  /// One fall and it is given up: for actors whose state cannot be begun afresh.
  static RestartSpec never() { return {.intensity = 0}; }
};

/// Who is begun again.
enum class Lifetime {
  permanent,  // whatever it ended of
  transient,  // unless it ended normally
  temporary,  // never
};
struct ChildSpec {
  std::string name;
  Lifetime lifetime = Lifetime::permanent;
  std::optional<RestartSpec> restarts = {};  // its own; none: those of its supervisor
};

/// Who is begun again with it.
enum class Together {
  one_for_one,   // nobody
  one_for_all,   // everybody
  rest_for_one,  // those that were started after it
};

enum class Cause {
  crashed,
  ended,    // normally
  evicted,  // it was caught lying: no crash, and never counted as one
  stopped,  // by the operator
};

/// A line for logs: "worker/3#2 lost: no heartbeat for 1.0 s; starting worker/3#3 in 20 ms"; without a pause it is given up.
std::string fall_in_words(const Address& who, Cause cause, const std::string& why, std::optional<Clock::Duration> pause);

/// What is to be done about a fall.
struct Decision {
  std::vector<std::string> stop = {};   // in this order
  std::vector<std::string> start = {};  // in this order, `after` from now: then ask Supervisor::due(ticket)
  Clock::Duration after{};
  uint64_t ticket = 0;
  bool given_up = false;                // whoever is in `stop`, and who fell, stays down
  std::vector<std::string> avoid = {};  // where whoever fell is not to be again: it was evicted there
  std::string why;                      // a sentence
};

/// OTP's supervisor as a decision: told who fell, it says who stops, who starts, in which order and when. It starts
/// nothing itself.
///
///   running --fell()--> waiting --due()--> running
///   running --fell(), and it is not begun again--> gone
///
/// A crash, and the end of one that should not end, counts; more than `intensity` of them within `period` and it is
/// given up. With one_for_one each child is counted for itself, otherwise the group is, as
/// the supervisor's own spec says, and given up as a whole. Evictions bring a replacement after a pause and are counted apart, without a limit.
class Supervisor {
 public:
  struct Options {
    Together strategy = Together::one_for_one;
    RestartSpec restarts = {};
    double jitter =
        0.2;  // a pause is shorter by up to this share of it, as the seed, the name and the number of the fall say
    uint64_t seed = 1;
  };
  enum class State { unknown, running, waiting, gone };

  /// Children in the order in which they are started; each name once.
  Supervisor(Options options, std::vector<ChildSpec> children);
  /// One more, started last. Whether the name was free: nobody has it, or whoever had it is gone.
  bool add(const ChildSpec& child);

  std::vector<std::string> start_order() const;
  std::vector<std::string> stop_order() const;

  /// `where` it was (a process, a node), for an evicted one. News of somebody who waits to be started, is gone or is
  /// unknown changes nothing, except that the operator may stop one that waits.
  Decision fell(const std::string& name, Cause cause, Clock::Time now, const std::string& where = {});
  /// The pause of that decision has passed and those whom it stopped are down: who is to be started now, in this order.
  /// Not those that another decision has taken up since. They are running from now on.
  std::vector<std::string> due(uint64_t ticket);

  State state(const std::string& name) const;
  uint64_t evictions(const std::string& name) const;

 private:
  struct Child {
    ChildSpec spec;
    State state = State::running;
    uint64_t ticket = 0;  // of the decision that it waits for
    uint64_t falls = 0, evictions = 0;
    std::deque<Clock::Time> recent = {}, recent_evictions = {};  // within the period
    std::vector<std::string> avoid = {};
  };
  Child* find(const std::string& name);
  const Child* find(const std::string& name) const;
  const RestartSpec& restarts(const Child& child) const { return child.spec.restarts ? *child.spec.restarts : options_.restarts; }
  const RestartSpec& counted_by(const Child& child) const { return group() ? options_.restarts : restarts(child); }
  bool group() const { return options_.strategy != Together::one_for_one; }
  Clock::Duration pause(const Child& child, size_t recent) const;
  Decision give_up(Child& child, size_t falls);
  Decision begin_again(Child& child, Cause cause, size_t recent);

  const Options options_;
  std::vector<Child> children_;       // in start order
  std::deque<Clock::Time> together_;  // falls of the group within the period
  uint64_t ticket_ = 0;
};

}  // namespace zenops
