#pragma once
#include <limits>

namespace zenops {

/// The float nearest to x; beyond float's range its largest number, so that a lie that was computed in double stays finite. x is no NaN.
[[gnu::always_inline]] inline float with_room(double x) {  // also where a loop is compiled for another instruction set
  constexpr double most = std::numeric_limits<float>::max();
  return static_cast<float>(x > most ? most : x < -most ? -most : x);
}

}  // namespace zenops
