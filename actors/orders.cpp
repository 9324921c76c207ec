#include "actors/orders.hpp"

#include <utility>

namespace zenops {

const std::vector<Envelope>& Orders::before(uint32_t round) {
  static const std::vector<Envelope> none;
  if (round > newest_) {
    newest_ = round;
    if (!waiting_.empty()) by_round_[round] = std::exchange(waiting_, {});
  }
  const auto found = by_round_.find(round);
  return found == by_round_.end() ? none : found->second;
}

}  // namespace zenops
