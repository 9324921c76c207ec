#pragma once
#include "cli/guest.hpp"
#include "cli/repl/connection.hpp"
#include "runtime/running_job.hpp"

namespace zenops::repl {

/// A cluster that runs without us, and goes on when we leave; whom we have spawned there ends then.
class Visit final : public Connection {
 public:
  /// Throws UserError when no head listens there.
  explicit Visit(const std::string& address) : address_(address), guest_(address) {}
  std::string what() const override { return "the cluster at " + address_; }
  std::shared_ptr<Speaker> speaker() override;
  /// The type is one of the program's whose nodes the cluster has. Throws UserError when the head takes no job.
  Expected<void> spawn(const SpawnOrder& order) override;
  std::optional<std::string> ended() override { return guest_.ended(); }
  Farewell leave() override;

 private:
  const std::string address_;
  Guest guest_;
  std::unique_ptr<RunningJob> job_;  // of all that is spawned here; opened with the first
};

}  // namespace zenops::repl
