#include "cli/zeno_ps_log.hpp"

#include <cmath>

#include "cli/report.hpp"

namespace zenops {

ZenoPsLog::ZenoPsLog(std::string options, const TrainingOptions& training)
    : options_(std::move(options)),
      judges_(training.rule.name.starts_with("zeno")),
      samples_per_round_(double{1} * training.cluster.workers * training.data.batch * training.train.local_steps) {}

std::string ZenoPsLog::begin() const { return options_ + "\nValidator 0, started\n"; }

std::string ZenoPsLog::after(const RoundReport& report) {
  seconds_ += report.wall_seconds;
  ++rounds_;
  tally_ += report.tally;
  if (report.epoch <= epochs_) return "";
  // Epochs that are shorter than a round end with it together, and share its time.
  const double ended = report.epoch - epochs_;
  const double seconds = seconds_ / ended, samples = rounds_ * samples_per_round_ / ended;
  std::string lines;
  for (; epochs_ < report.epoch; ++epochs_) lines += epoch(epochs_, seconds, samples, report);
  seconds_ = 0;
  rounds_ = 0;
  return lines;
}

std::string ZenoPsLog::epoch(uint32_t epoch, double seconds, double samples, const RoundReport& report) {
  const std::string head = "[Epoch " + std::to_string(epoch) + "] ";
  std::string lines;
  if (report.alpha && alpha_ && *report.alpha < *alpha_) lines += head + "validation alpha decayed: " + fixed(*report.alpha, 6) + "\n";
  if (report.alpha) alpha_ = report.alpha;
  const double speed = seconds > 0 ? samples / seconds : 0;
  lines += head + "speed: " + fixed(std::floor(speed), 0) + " samples/sec\ttime cost: " + fixed(seconds, 6) + " lr=" + fixed(report.lr, 6) + "\n";
  if (report.evaluation) lines += head + "test: accuracy=" + fixed(report.evaluation->accuracy, 6) + "\n";
  const uint64_t received = tally_.honest + tally_.poisoned, accepted = tally_.honest_accepted + tally_.poisoned_accepted;
  if (const auto rate = share(accepted, received); judges_ && rate) lines += head + "validation rate: " + fixed(*rate, 6) + "\n";
  return lines;
}

}  // namespace zenops
