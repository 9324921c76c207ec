#pragma once
#include <map>
#include <vector>

#include "runtime/envelope.hpp"

namespace zenops {

/// What the operator has said, by the round before which it took effect: a round that is made again is made with the
/// same orders.
class Orders {
 public:
  void say(Envelope order) { waiting_.push_back(std::move(order)); }
  /// What takes effect before that round. What was said since takes effect before the first round that nobody has asked
  /// about yet.
  const std::vector<Envelope>& before(uint32_t round);
  /// What waits for such a round; and the number that it has at least.
  const std::vector<Envelope>& waiting() const { return waiting_; }
  uint32_t next() const { return newest_ + 1; }

 private:
  std::vector<Envelope> waiting_;
  std::map<uint32_t, std::vector<Envelope>> by_round_;
  uint32_t newest_ = 0;
};

}  // namespace zenops
