#pragma once
#include <memory>
#include <optional>
#include <string>

#include "runtime/membership.hpp"

namespace zenops {

constexpr const char* default_address = "127.0.0.1:7700";

/// A visit to a cluster, to ask its head something.
class Guest {
 public:
  /// Throws UserError when no head listens there, or it is another build.
  explicit Guest(const std::string& address);
  /// Throws UserError with what the head says instead of an answer.
  Envelope ask(Envelope question);
  /// Through which its actors are spoken to.
  System& system() { return member_->system(); }
  /// Why there is no head any more, if there is none.
  std::optional<std::string> ended() { return member_->over(); }
  /// Until the head is gone.
  void wait_for_the_end();

 private:
  SystemClock clock_;
  Pool pool_{1};
  std::unique_ptr<Membership> member_;
};

}  // namespace zenops
