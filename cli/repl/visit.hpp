#pragma once
#include "cli/guest.hpp"
#include "cli/repl/connection.hpp"

namespace zenops::repl {

/// A cluster that runs without us, and goes on when we leave.
class Visit final : public Connection {
 public:
  /// Throws UserError when no head listens there.
  explicit Visit(const std::string& address) : address_(address), guest_(address) {}
  std::string what() const override { return "the cluster at " + address_; }
  std::shared_ptr<Speaker> speaker() override { return guest_.system().outside(); }
  Expected<void> spawn(const SpawnOrder& order) override;
  std::optional<std::string> ended() override { return std::nullopt; }

 private:
  const std::string address_;
  Guest guest_;
};

}  // namespace zenops::repl
