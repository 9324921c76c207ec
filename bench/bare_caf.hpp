#pragma once
#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <memory>

#include "bench/talkers.hpp"

namespace zenops::bench {

/// CAF as one uses it without anything of ours: its messages are ints. Whoever makes one has made a System in this
/// process before: that tells CAF of all types.
class BareCaf {
 public:
  explicit BareCaf(int threads, bool network = false);

  /// So many actors, which live as long as this; returns when all have begun.
  void spawn(size_t count);
  caf::actor sink();
  caf::actor echo();
  /// As from outside: so many notes to that sink.
  void tell(const caf::actor& sink, int32_t notes);
  void tell_from_an_actor(const caf::actor& sink, int32_t notes);
  /// As from outside, so many questions at a time.
  void ask(const caf::actor& echo, size_t at_once);
  /// Questions of actors, one to each of the echoes, so many at a time.
  void ask_from_actors(const std::vector<caf::actor>& echoes, int64_t questions, int64_t at_once);

  uint16_t publish(const caf::actor& who);
  caf::actor connect(uint16_t port);

 private:
  class Config : public caf::actor_system_config {
   public:
    Config(int threads, bool network);
  };
  Config config_;
  caf::actor_system system_;
  std::vector<caf::actor> kept_;
};

}  // namespace zenops::bench
