#pragma once
#include <optional>

#include "runtime/actor.hpp"
#include "runtime/cut.hpp"
#include "runtime/ledger.hpp"

namespace zenops {

class System;

/// "head" of a system that is no part of a cluster: whoever asks is answered as by a cluster's head (wire::Inquire, KillActor, Sever,
/// Heal), so that a shell need not know where the actors live. The system must outlive it, as it does when the system has spawned it.
class LocalHead final : public Actor {
 public:
  /// `job` is what the actors are of, as reports name it.
  LocalHead(Context& context, System& system, std::string job);
  Behavior handlers() override;

 private:
  Envelope report();
  System& system_;
  const std::string job_;
  std::optional<NodeSpec> here_;
  std::vector<Cut> cuts_;
};

}  // namespace zenops
