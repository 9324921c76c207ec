#include "models/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace zenops {

float Schedule::share(uint32_t round) const {
  const auto& o = options_;
  round = std::min(round, rounds_);
  double share = round < o.warmup ? static_cast<double>(round) / o.warmup : 1;
  switch (o.kind) {
    case ScheduleOptions::Kind::constant:
      break;
    case ScheduleOptions::Kind::step:
      for (uint32_t from : o.rounds)
        if (from <= round) share *= o.factor;
      break;
    case ScheduleOptions::Kind::cosine:
      if (round > o.warmup) {
        const double t = static_cast<double>(round - o.warmup - 1) / (rounds_ - o.warmup);
        share *= o.last + (1 - o.last) * (1 + std::cos(std::numbers::pi * t)) / 2;
      }
      break;
  }
  return static_cast<float>(share);
}

}  // namespace zenops
