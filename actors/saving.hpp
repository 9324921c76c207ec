#pragma once
#include <memory>
#include <set>
#include <string>

#include "actors/snapshot.hpp"

namespace zenops {

/// A snapshot in the making: whose state is awaited.
///
///   begin() --offer() of each--> whole
///           --one is busy, or falls--> given up
class Saving {
 public:
  /// Forgets what came. `shards` are named in their order.
  void begin(uint32_t ticket, std::vector<std::string> shards, const std::vector<std::string>& trainees);
  uint32_t ticket() const { return ticket_; }
  bool awaits(const std::string& who) const { return awaited_.contains(who); }
  const std::set<std::string>& awaited() const { return awaited_; }
  /// Whether this was the last state. Whoever is not awaited changes nothing.
  bool offer(const std::string& who, ActorState state);
  /// The states, as far as a snapshot has them. Given away.
  Snapshot take();

 private:
  uint32_t ticket_ = 0;
  std::vector<std::string> shards_;
  std::set<std::string> awaited_;
  std::map<std::string, ActorState> states_;
};

}  // namespace zenops
