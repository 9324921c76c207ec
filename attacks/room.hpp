#pragma once
#include <algorithm>
#include <limits>

namespace zenops {

/// The float nearest to x; beyond float's range its largest number, so that a lie that was computed in double stays finite. x is no NaN.
inline float with_room(double x) {
  constexpr double most = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(x, -most, most));
}

}  // namespace zenops
