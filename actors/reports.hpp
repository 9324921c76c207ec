#pragma once
#include <cstdint>
#include <deque>
#include <optional>

#include "actors/training.hpp"

namespace zenops {

/// The reports of rounds in their order, each kept until its evaluation has come, which may be when later rounds have
/// long ended.
class Reports {
 public:
  void add(RoundReport report, bool awaits_evaluation) { waiting_.push_back({std::move(report), awaits_evaluation}); }
  /// Evaluations of rounds that wait for none change nothing.
  void evaluated(uint32_t round, const Evaluation& evaluation) {
    for (auto& [report, awaits] : waiting_) {
      if (report.round != round || !awaits) continue;
      report.evaluation = evaluation;
      awaits = false;
    }
  }
  /// No evaluation that is awaited will come.
  void give_up(const std::string& why) {
    for (auto& [report, awaits] : waiting_) {
      if (awaits) report.notes.push_back(why);
      awaits = false;
    }
  }
  /// Whether that round's report, or one before it, is still kept.
  bool awaits(uint32_t round) const { return !waiting_.empty() && waiting_.front().report.round <= round; }
  /// The next report, when it waits for nothing.
  std::optional<RoundReport> next() {
    if (waiting_.empty() || waiting_.front().awaits_evaluation) return {};
    RoundReport report;
    std::swap(report, waiting_.front().report);  // a move out of it is taken for a use of what is not there (g++ 12)
    waiting_.pop_front();
    return report;
  }

 private:
  struct Waiting {
    RoundReport report;
    bool awaits_evaluation;
  };
  std::deque<Waiting> waiting_;
};

}  // namespace zenops
