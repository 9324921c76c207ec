#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "actors/training.hpp"

namespace zenops {

/// What a run came to.
struct Trained {
  TrainingResult result;
  std::vector<RoundReport> rounds;
};

inline Trained run(const TrainingOptions& options, const Catalogue& catalogue = {}) {
  Trained out;
  Training training(options, catalogue);
  out.result = training.run([&](const RoundReport& r) { out.rounds.push_back(r); });
  return out;
}

inline bool finite(const std::vector<float>& weights) {
  return std::ranges::all_of(weights, [](float w) { return std::isfinite(w); });
}

}  // namespace zenops
