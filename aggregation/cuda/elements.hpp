#pragma once
#include <cfloat>

#include "aggregation/cuda/both.hpp"

/// What a thread does with one number of a row at a time.
namespace zenops::cuda {

/// The votes with that of x, counted in floats: exact, as there are fewer rows than 2^24. NaN does not vote.
ZENOPS_BOTH float voted(float votes, float x) { return votes + (x > 0 ? 1.0f : 0.0f) - (x < 0 ? 1.0f : 0.0f); }
/// What a majority makes of them.
ZENOPS_BOTH float decided(float votes, float step) { return votes > 0 ? step : votes < 0 ? -step : 0.0f; }

/// x with that much of a noise's number z, rounded twice as the processor does it; what would be infinite is the
/// largest float.
ZENOPS_BOTH float noisy(float x, float deviation, float z) {
  const float noise = deviation * z, sum = x + noise;
  return sum < -FLT_MAX ? -FLT_MAX : FLT_MAX < sum ? FLT_MAX : sum;
}

}  // namespace zenops::cuda
