#pragma once
#include <functional>
#include <map>

#include "runtime/message.hpp"
#include "runtime/system.hpp"
#include "runtime/troupe.hpp"
#include "runtime/wire/cluster.capnp.h"

namespace zenops {

/// Why a member of a cluster ends that an operator has ended.
inline constexpr const char* cluster_ended = "the cluster was ended";

/// process/NUMBER, one in every process of a cluster: brings actors to life where the head says so, tells it how they
/// end, and that this process is well, and notices when the head does not answer to that.
class ProcessAgent final : public Actor {
 public:
  struct Options {
    Clock::Duration beat = std::chrono::milliseconds(100);
    /// This process has no part in the cluster any more, and why; on a thread of the system's.
    std::function<void(const std::string& why)> quit = [](auto&) {};
    /// The head has not answered for so long; called again after as long again.
    Clock::Duration silence = std::chrono::seconds(2);
    std::function<void()> silent = [] {};
    /// The head is in this process and has learned everything itself, before it told of it: to learn it again later would be to forget
    /// what has come since.
    bool beside_the_head = false;
  };
  ProcessAgent(Context& context, Options options, System& system, Troupe troupe);
  Behavior handlers() override;

 private:
  void beat();
  void start(const Msg<wire::StartActor>& start);
  void stop(const Address& who, const std::string& why);
  void learn(const Msg<wire::News>& news);
  void fenced(const Address& who);
  const Options options_;
  System& system_;
  const Troupe troupe_;
  Clock::Time heard_;  // the head
};

/// "process/1f00ab34cd56ef78"
std::string agent_name(uint64_t process);

}  // namespace zenops
