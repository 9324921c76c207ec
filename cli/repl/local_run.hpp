#pragma once
#include <condition_variable>
#include <mutex>
#include <thread>

#include "cli/repl/connection.hpp"
#include "cli/trial.hpp"

namespace zenops::repl {

/// A run in a thread of this process, which stands before its first round until it is told to go on.
class LocalRun final : public Connection {
 public:
  /// Returns when its actors are up. Throws UserError.
  LocalRun(const Config& config, const Catalogue& catalogue);
  ~LocalRun() override;
  std::string what() const override;
  std::shared_ptr<Speaker> speaker() override;
  Expected<void> spawn(const SpawnOrder& order) override;
  std::optional<std::string> ended() override;
  std::vector<std::string> news() override;
  bool ends_with_us() const override { return true; }
  Farewell leave() override;

 private:
  void train();
  void end();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> news_;
  std::shared_ptr<Speaker> speaker_;  // while it runs
  std::optional<std::string> ended_;
  std::exception_ptr failed_;
  std::optional<Outcome> outcome_;  // of a run that ended well, stopped or not
  Trial trial_;                     // speaks to what stands above, and is spoken to through it
  const std::string what_;
  std::thread thread_;
};

}  // namespace zenops::repl
