#include "actors/delays.hpp"

#include <algorithm>
#include <cmath>

namespace zenops {

double Delays::seconds(Role role, uint32_t index, uint32_t task) const {
  const std::string kind = role == Role::worker ? "worker/" : "validator/";
  const auto delay = std::ranges::find_if(delays_, [&](const DelayOptions& d) {
    return d.who == kind + "*" || d.who == kind + std::to_string(index);
  });
  if (delay == delays_.end()) return 0;
  Stream stream({seed_, role, index, Purpose::delay, task});
  const double uniform = stream.uniform();
  switch (delay->kind) {
    case DelayOptions::Kind::constant:
      return delay->a;
    case DelayOptions::Kind::uniform:
      return delay->a + uniform * (delay->b - delay->a);
    case DelayOptions::Kind::exponential:
      return -delay->a * std::log1p(-uniform);
  }
  return 0;
}

}  // namespace zenops
