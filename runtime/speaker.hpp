#pragma once
#include <functional>
#include <string>

#include "base/clock.hpp"
#include "runtime/behavior.hpp"

namespace zenops {

/// Whoever tells and asks by names: an actor through its Context, or the operator from outside.
class Speaker {
 public:
  virtual ~Speaker() = default;
  virtual Clock& clock() = 0;  // the time by which its deadlines are
  /// Sends and does not wait. Nobody of that name: it is counted as undeliverable.
  virtual void tell(const std::string& name, Envelope envelope) = 0;
  /// What a question comes to.
  using Answered = std::function<void(Expected<Envelope>)>;
  /// Asks, and runs `then` with the answer or with an error within the time: nobody of that name, it fell before it
  /// answered, it has no such handler, or nothing came.
  virtual void ask(const std::string& name, Envelope envelope, Clock::Duration within, Answered then) = 0;
  /// The living incarnation of that name, as far as is known here; 0: none.
  virtual uint32_t incarnation(const std::string& name) const = 0;
  /// What waiting comes to.
  using Came = std::function<void(Expected<void>)>;
  /// Runs `then` when an incarnation other than `but` lives. An error: none does within the time (timeout), or none
  /// ever will (unreachable). Who hears no news of lives may let the time pass.
  virtual void await(const std::string& name, uint32_t but, Clock::Duration within, Came then) = 0;
};

}  // namespace zenops
