#pragma once
#include <functional>

#include "actors/training.hpp"
#include "cli/report.hpp"
#include "cli/resumption.hpp"
#include "configs/config.hpp"

namespace zenops {

struct Outcome {
  TrainingResult result;
  std::filesystem::path folder;
  Json summary;
};

/// Trains as the config says, in a run folder of its own, until the end or Ctrl-C. `observer` is called after every
/// round.
Outcome train(const Config& config, const Catalogue& catalogue,
              const std::function<void(const RoundReport&)>& observer);
/// Goes on with a run that is not complete, in its folder, in the same way.
Outcome train(const Resumption& resumption, const Catalogue& catalogue, const std::function<void(const RoundReport&)>& observer);

}  // namespace zenops
