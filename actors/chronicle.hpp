#pragma once
#include <deque>
#include <limits>
#include <string>
#include <vector>

#include "actors/training.hpp"
#include "actors/wire/operator.capnp.h"

namespace zenops {

/// What an operator who looks in later can be told of a run until now.
class Chronicle {
 public:
  explicit Chronicle(uint32_t workers) : workers_(workers) {}
  /// A round, when it has ended; each once.
  void count(const RoundReport& report);
  /// That it was reported, with its evaluation if it has one.
  void reported(const RoundReport& report);
  void lives(uint32_t worker, uint32_t incarnation);
  void evicted(uint32_t worker);
  void ordered(uint32_t round, const std::string& words);
  /// The history after that round, the orders, and of the workers what is known here.
  void write(uint32_t since, wire::Standing::Builder out) const;

  static constexpr size_t most_moments = 10'000, most_orders = 1000;

 private:
  struct Moment {
    uint32_t round;
    double loss, accuracy, wall_seconds;
  };
  struct Worker {
    uint32_t incarnation = 1;
    std::string state;
    uint64_t accepted = 0, refused = 0, poisoned = 0;
    double loss = std::numeric_limits<double>::quiet_NaN();
    uint32_t evictions = 0;
  };
  std::deque<Moment> history_;
  std::vector<Worker> workers_;
  std::deque<std::string> orders_;
};

}  // namespace zenops
