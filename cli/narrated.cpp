#include "cli/narrated.hpp"

#include <unistd.h>

#include <iostream>

#include "actors/plumbing.hpp"
#include "base/clock.hpp"
#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"

namespace zenops {
namespace {

Progress progress(const Narration& narration, const Terminal& terminal, const Clock& clock) {
  using Style = Progress::Style;
  const Style style = narration.quiet ? Style::silent : terminal.interactive() ? Style::bar : Style::lines;
  return {style, terminal.width(), clock};
}

std::string in_words(const Outcome& outcome) {
  const auto& result = outcome.result;
  const auto& tally = result.tally;
  const double speed = result.wall_seconds > 0 ? result.rounds / result.wall_seconds : 0;
  std::string text = "accuracy " + fixed(result.evaluation.accuracy, 4) + ", loss " + fixed(result.evaluation.loss, 4) +
                     " after " + std::to_string(result.rounds) +
                     (result.stopped ? " of " + std::to_string(result.planned_rounds) : "") + " rounds" +
                     (result.stopped ? ", stopped" : "") + "\n";
  if (const auto success = result.evaluation.attack_success)
    text += "attack:   " + percent(success) + " of the other images get the backdoor's label with its patch\n";
  text += "accepted: " + percent(share(tally.honest_accepted, tally.honest)) + " of the honest messages, " +
          (tally.poisoned > 0 ? percent(share(tally.poisoned_accepted, tally.poisoned)) + " of the poisoned"
                              : "none were poisoned") +
          "\n";
  text += "time:     " + fixed(result.wall_seconds, 1) + " s, " + fixed(speed, 1) + " rounds/s on " +
          std::to_string(result.threads) + (result.threads == 1 ? " thread, " : " threads, ") +
          percent(result.outside_compute()) + " of it outside local steps\n";
  for (const auto& note : result.notes) text += "note:     " + note + "\n";
  text += "weights:  " + outcome.summary["weights"].get<std::string>() + "\n";
  text += "sha256:   " + outcome.summary["sha256"].get<std::string>() + "\n";
  if (result.stopped && std::filesystem::exists(outcome.folder / "snapshots"))
    text += "go on:    zenops-cli run --resume " + outcome.folder.string() + "\n";
  return text;
}

int check_plumbing(const Config& config, const Catalogue& catalogue, const Narration& narration) {
  const PlumbingReport report = run_plumbing(config.training, catalogue);
  if (narration.json) {
    std::cout << line({{"name", config.training.name}, {"checks", report.checks}, {"mismatches", report.mismatches}}) << "\n";
  } else {
    for (const auto& mismatch : report.mismatches) std::cout << mismatch << "\n";
    std::cout << "plumbing: " << report.checks << " checks in " << config.training.train.rounds << " rounds, "
              << report.mismatches.size() << (report.mismatches.size() == 1 ? " mismatch" : " mismatches") << "\n";
  }
  return report.mismatches.empty() ? 0 : UserError::run_failed;
}

}  // namespace

namespace {

using Observer = std::function<void(const RoundReport&)>;

/// `work` trains and calls the observer that it is given.
int narrate(const Narration& narration, const Observer& also, const std::function<Outcome(const Observer&)>& work) {
  const SystemClock clock;
  auto& out = narration.json ? std::cerr : std::cout;
  auto bar = progress(narration, Terminal(narration.json ? STDERR_FILENO : STDOUT_FILENO), clock);
  const auto outcome = work([&](const RoundReport& report) {
    out << bar.after(report) << std::flush;
    if (also) also(report);
  });
  out << bar.end();
  if (narration.json)
    std::cout << line(outcome.summary) << "\n";
  else
    std::cout << in_words(outcome);
  return outcome.result.stopped ? interrupted : 0;
}

}  // namespace

int run_narrated(const Config& config, const Catalogue& catalogue, const Narration& narration, const Observer& also) {
  if (config.plumbing) return check_plumbing(config, catalogue, narration);
  return narrate(narration, also, [&](const Observer& observer) { return train(config, catalogue, observer); });
}

int run_narrated(const Resumption& resumption, const Catalogue& catalogue, const Narration& narration) {
  if (resumption.result.empty())
    return narrate(narration, {}, [&](const Observer& observer) { return train(resumption, catalogue, observer); });
  if (narration.json)
    std::cout << resumption.result;
  else
    std::cout << resumption.folder.string() << " is complete; nothing was changed\n";
  return 0;
}

}  // namespace zenops
