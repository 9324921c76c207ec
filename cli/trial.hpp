#pragma once
#include <functional>

#include "actors/training.hpp"
#include "cli/report.hpp"
#include "cli/resumption.hpp"
#include "cli/run_folder.hpp"
#include "configs/config.hpp"

namespace zenops {

struct Outcome {
  TrainingResult result;
  std::filesystem::path folder;
  Json summary;
};

/// A run and the folder that it leaves.
class Trial {
 public:
  using Log = std::function<void(const std::string&)>;
  /// As the config says, in a run folder of its own. Throws UserError. `log` gets a line when somebody falls; on any
  /// thread.
  Trial(const Config& config, const Catalogue& catalogue, Log log);
  /// Goes on with a run that is not complete, in its folder.
  Trial(const Resumption& resumption, const Catalogue& catalogue, Log log);
  Training& training() { return training_; }
  const std::filesystem::path& folder() const { return folder_->path(); }
  /// Trains until the end or training().stop(), and leaves the folder complete. `observer` is called after every round.
  /// Once. Throws UserError.
  Outcome run(const std::function<void(const RoundReport&)>& observer);

 private:
  const Config config_;
  const std::string yaml_;
  Training training_;
  std::unique_ptr<RunFolder> folder_;
};

/// Trains as the config says, in a run folder of its own, until the end or Ctrl-C. `observer` is called after every
/// round.
Outcome train(const Config& config, const Catalogue& catalogue,
              const std::function<void(const RoundReport&)>& observer);
/// Goes on with a run that is not complete, in its folder, in the same way.
Outcome train(const Resumption& resumption, const Catalogue& catalogue,
              const std::function<void(const RoundReport&)>& observer);

}  // namespace zenops
