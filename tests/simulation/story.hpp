#pragma once
#include <deque>
#include <string>

#include "runtime/envelope.hpp"
#include "runtime/routes.hpp"
#include "tests/simulation/timeline.hpp"

namespace zenops::simulation {

struct Counts {
  uint64_t messages = 0, undeliverable = 0, fenced = 0, unexpected = 0, lost = 0, twice = 0, held_up = 0, restarts = 0,
           given_up = 0, silences = 0, quits = 0;
};

/// What happened in a run: the last events, ZENOPS_EVENTS of them or 30, how often what did, and what must not have.
class Story {
 public:
  explicit Story(const Timeline& timeline) : timeline_(timeline) {}
  void log(std::string line);
  /// A message came, or what else is said of it.
  void remember(const char* what, const Address& from, const std::string& to, const Envelope& envelope);
  /// What must not be was seen; only the first counts.
  void violate(const std::string& what);
  const std::string& violation() const { return violation_; }
  /// The last events, a line each.
  std::string text() const;

  Counts counts;

 private:
  struct Happening {
    Time when;
    const char* what;
    Address from;
    std::string to;
    Envelope envelope;
    std::string text;
  };
  void add(Happening happening);

  const Timeline& timeline_;
  std::deque<Happening> happened_;
  std::string violation_;
};

}  // namespace zenops::simulation
