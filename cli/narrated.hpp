#pragma once
#include <functional>

#include "cli/trial.hpp"

namespace zenops {

/// How a run tells of itself.
struct Narration {
  bool json = false;   // one JSON object at the end; progress goes to stderr
  bool quiet = false;  // no progress
};

/// Trains as the config says, or checks the plumbing if it says that, and tells on standard output how it went. `also` is called after
/// every round, beside the telling. Returns the exit code.
int run_narrated(const Config& config, const Catalogue& catalogue, const Narration& narration,
                 const std::function<void(const RoundReport&)>& also = {});

/// The same for a run that is taken up again. One that is complete is said to be, and nothing is changed.
int run_narrated(const Resumption& resumption, const Catalogue& catalogue, const Narration& narration);

}  // namespace zenops
