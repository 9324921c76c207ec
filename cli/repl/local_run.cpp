#include "cli/repl/local_run.hpp"

#include "runtime/wire/runtime.capnp.h"

namespace zenops::repl {
namespace {

std::string title(const Config& config, const std::filesystem::path& folder) {
  return config.training.name + ": " + std::to_string(config.training.cluster.workers) + " workers, " +
         std::to_string(config.training.train.rounds) + " rounds, into " + folder.string() +
         "\nready: step, until or resume begins; help lists the commands";
}

std::string end_in_words(const Outcome& outcome) {
  const TrainingResult& result = outcome.result;
  return "the run has ended after " + std::to_string(result.rounds) +
         (result.stopped ? " of " + std::to_string(result.planned_rounds) : "") + " rounds: accuracy " +
         fixed(result.evaluation.accuracy, 4) + ", loss " + fixed(result.evaluation.loss, 4);
}

}  // namespace

LocalRun::LocalRun(const Config& config, const Catalogue& catalogue)
    : trial_(config, catalogue,
             [this](const std::string& line) {
               std::lock_guard lock(mutex_);
               news_.push_back(line);
             }),
      what_(title(config, trial_.folder())) {
  trial_.training().start_paused();
  trial_.training().on_up([this](std::shared_ptr<Speaker> speaker) {
    std::lock_guard lock(mutex_);
    speaker_ = std::move(speaker);
    changed_.notify_all();
  });
  thread_ = std::thread([this] { train(); });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return speaker_ || ended_; });
  if (!failed_) return;
  lock.unlock();
  thread_.join();
  std::rethrow_exception(failed_);
}

LocalRun::~LocalRun() { end(); }

void LocalRun::train() {
  std::optional<Outcome> outcome;
  std::exception_ptr failed;
  std::string words;
  try {
    outcome = trial_.run([](const RoundReport&) {});
    words = end_in_words(*outcome);
  } catch (const std::exception& e) {
    failed = std::current_exception();
    words = std::string("the run has failed: ") + e.what();
  }
  std::lock_guard lock(mutex_);
  outcome_ = std::move(outcome);
  failed_ = failed;
  ended_ = words;
  news_.push_back(words);
  speaker_.reset();
  changed_.notify_all();
}

void LocalRun::end() {
  if (!thread_.joinable()) return;
  if (const auto operator_ = speaker()) operator_->tell("scheduler", Envelope::of<wire::Thaw>());  // or it would never hear the other
  if (!ended()) trial_.training().stop();
  thread_.join();
}

std::string LocalRun::what() const { return what_; }

std::shared_ptr<Speaker> LocalRun::speaker() {
  std::lock_guard lock(mutex_);
  return speaker_;
}

Expected<void> LocalRun::spawn(const SpawnOrder&) {
  return fail(
      Ec::unexpected,
      "this run is in one process, which has no place for other actors; a cluster has (zenops-cli up, repl --address)");
}

std::optional<std::string> LocalRun::ended() {
  std::lock_guard lock(mutex_);
  return ended_;
}

std::vector<std::string> LocalRun::news() {
  std::lock_guard lock(mutex_);
  return std::exchange(news_, {});
}

Farewell LocalRun::leave() {
  end();
  std::lock_guard lock(mutex_);
  if (!outcome_)
    return {.words = {}, .stopped_after = {}, .exit_code = UserError::run_failed};  // why is among the news
  const TrainingResult& result = outcome_->result;
  Farewell out{.words = "run:      " + outcome_->folder.string() +
                        "\nsha256:   " + outcome_->summary["sha256"].get<std::string>() + "\n",
               .stopped_after = {}};
  if (result.stopped) {
    out.stopped_after = result.rounds;
    if (std::filesystem::exists(outcome_->folder / "snapshots"))
      out.words += "go on:    zenops-cli run --resume " + outcome_->folder.string() + "\n";
  }
  return out;
}

}  // namespace zenops::repl
