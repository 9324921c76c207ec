#pragma once
#include <optional>
#include <string>

#include "actors/training.hpp"

namespace zenops {

/// The log of Zeno-PS's validator 0, line by line, so that what reads the old ones reads this (zeno-ps: C.11). Fed with the reports of a
/// run's rounds; only the end of an epoch makes lines.
class ZenoPsLog {
 public:
  /// `options`: the first line, "Namespace(…)".
  ZenoPsLog(std::string options, const TrainingOptions& training);
  /// "cifar10-validator-0-cpu-NAME.log"
  static std::string file_name(const std::string& name) { return "cifar10-validator-0-cpu-" + name + ".log"; }
  /// What stands above the epochs.
  std::string begin() const;
  /// The lines of the epochs that ended with this round; most often none. Epochs count from 0.
  std::string after(const RoundReport& report);

 private:
  std::string epoch(uint32_t epoch, double seconds, double samples, const RoundReport& report);
  std::string options_;
  bool judges_;                // by a rule of the name zeno…: its validators accept and refuse
  double samples_per_round_;   // of all workers
  uint32_t epochs_ = 0;        // complete
  double seconds_ = 0;         // since the last epoch ended
  uint32_t rounds_ = 0;
  Tally tally_;                // since the beginning
  std::optional<double> alpha_;
};

}  // namespace zenops
