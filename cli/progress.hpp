#pragma once
#include <optional>
#include <string>

#include "actors/training.hpp"
#include "base/clock.hpp"

namespace zenops {

/// How far a run is, as text to write where somebody looks.
class Progress {
 public:
  enum class Style {
    bar,    // one line, written again and again
    lines,  // a line about every tenth of the rounds, or every ten seconds
    silent,
  };
  Progress(Style style, int width, const Clock& clock) : style_(style), width_(width), clock_(clock) {}
  /// What to write after this round; often nothing.
  std::string after(const RoundReport& report);
  /// What to write after the last: takes the bar away.
  std::string end() const { return style_ == Style::bar && last_ ? "\r\x1b[K" : ""; }

 private:
  std::string bar(const RoundReport& report) const;
  std::string facts(const RoundReport& report) const;
  Style style_;
  int width_;
  const Clock& clock_;
  Clock::Time begin_{};
  std::optional<Clock::Time> last_;  // when something was written
  uint32_t last_round_ = 0;
  uint32_t before_ = 0;  // rounds that were done when it began
  std::optional<double> accuracy_, attack_success_;
};

/// "42 s", "3 min 20 s", "2 h 5 min".
std::string duration_text(double seconds);

}  // namespace zenops
