#include "cli/progress.hpp"

#include <algorithm>
#include <cmath>

#include "cli/report.hpp"

namespace zenops {

using namespace std::chrono_literals;

std::string Progress::after(const RoundReport& report) {
  const auto now = clock_.now();
  if (last_round_ == 0 && !last_) {
    last_round_ = before_ = report.round - 1;
    begin_ = now - std::chrono::duration_cast<Clock::Duration>(std::chrono::duration<double>(report.wall_seconds));
  }
  if (report.evaluation) {
    accuracy_ = report.evaluation->accuracy;
    attack_success_ = report.evaluation->attack_success;
  }
  const bool final_round = report.round == report.rounds;
  const auto silence = last_ ? now - *last_ : Clock::Duration::max();
  const bool due = style_ == Style::bar ? silence >= 100ms
                                        : silence >= 10s || 10 * uint64_t{report.round - last_round_} >= report.rounds;
  if (style_ == Style::silent || !(due || final_round)) return "";
  last_ = now;
  last_round_ = report.round;
  return style_ == Style::bar ? "\r" + bar(report) + "\x1b[K" : facts(report) + "\n";
}

std::string Progress::bar(const RoundReport& report) const {
  constexpr size_t length = 24;
  const size_t done = report.rounds > 0 ? length * report.round / report.rounds : length;
  const std::string line = "[" + std::string(done, '=') + std::string(length - done, ' ') + "] " + facts(report);
  return line.substr(0, static_cast<size_t>(std::max(1, width_ - 1)));
}

std::string Progress::facts(const RoundReport& report) const {
  const double seconds = std::chrono::duration<double>(clock_.now() - begin_).count();
  std::string result = "round " + std::to_string(report.round) + "/" + std::to_string(report.rounds);
  if (accuracy_) result += "  accuracy " + fixed(*accuracy_, 3);
  if (attack_success_) result += "  attack success " + fixed(*attack_success_, 3);
  if (report.loss) result += "  loss " + fixed(*report.loss, 3);
  if (seconds > 0) {
    const double speed = (report.round - before_) / seconds;
    result += "  " + fixed(speed, speed < 10 ? 1 : 0) + " rounds/s";
    if (report.round < report.rounds) result += "  ETA " + duration_text((report.rounds - report.round) / speed);
  }
  return result;
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<uint64_t>(std::llround(std::clamp(seconds, 0.0, 1e12)));
  const auto both = [](uint64_t a, const char* unit_a, uint64_t b, const char* unit_b) {
    return std::to_string(a) + unit_a + (b > 0 ? " " + std::to_string(b) + unit_b : "");
  };
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return both(whole / 60, " min", whole % 60, " s");
  return both(whole / 3600, " h", whole % 3600 / 60, " min");
}

}  // namespace zenops
