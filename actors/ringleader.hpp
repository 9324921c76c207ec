#pragma once
#include <optional>
#include <set>

#include "actors/actor_state.hpp"
#include "actors/conspiracy.hpp"
#include "actors/wire/collusion.capnp.h"
#include "runtime/actor.hpp"
#include "runtime/wire/runtime.capnp.h"

namespace zenops {

/// adversary: is shown what the honest workers of a round send, and tells those who collude what to send.
///
///   resting --Open, with liars in the round--> gathering --full(), or half the deadline--> making --on the pool--> ready
///   any --Open--> gathering or resting; of a round whose lies are made, or being made: as before
///
/// A liar that asks is answered when the lies are ready. A round that is opened again is lied to again with the same lies, unless
/// somebody now tells one that was not made: then all are made anew, of the rows that come then.
class Ringleader final : public Actor {
 public:
  struct Options {
    Clock::Duration deadline;  // of a round; after half of it a lie is made of what has come
    CompressionOptions compression = {};  // of what workers send
    RuleChoice rule = {};                 // with which the run begins
  };
  Ringleader(Context& context, Options options, std::shared_ptr<const Conspiracy::Ground> ground, Adversary adversary);
  Behavior handlers() override;
  std::string summary() const override;

 private:
  enum class Phase { resting, gathering, making, ready };
  void open(const Msg<wire::Open>& open);
  void gather(const Msg<wire::Open>& open, std::vector<Member> honest);
  /// What a worker says of a round, now or when that round opens: its Open may still be on its way.
  void hear(const Address& from, const Envelope& said);
  void push(const Address& from, const Msg<wire::Push>& push);
  void consult(const Address& from);
  void refuse(const Address& from, uint32_t round, const Error& error);
  void down(const Msg<wire::Down>& down);
  void make_if_full();
  void make();
  void made();
  void ready();
  void answer(const std::string& who);
  void save(const Msg<wire::Save>& save);
  /// So that it is waited for in the rounds to come.
  void answer_too_late(const std::string& who, uint32_t round);
  void tell_state(uint32_t ticket, bool busy);
  void restore(const Msg<wire::Restore>& restore);

  const Options options_;
  const std::shared_ptr<const Conspiracy::Ground> ground_;
  const Adversary configured_;
  Phase phase_ = Phase::resting;
  uint32_t number_ = 0, step_ = 0;  // of the newest round: under which it was opened last; which of the run's it is
  RuleChoice rule_;                 // by which that is judged
  std::map<uint32_t, Adversary::Collusion> liars_;  // in it
  Round honest_;                                    // rows
  std::set<std::string> asking_;                    // who were not answered yet
  std::shared_ptr<Conspiracy> lies_;                // that are made or being made; null: nobody honest was heard of
  Conspiracy::Memories memories_;
  Conspiracy::Memories before_;                     // what they were before the lies that are ready
  uint32_t attempt_ = 0;                            // what is made for an earlier one comes to nothing
  std::optional<uint32_t> save_;                    // the ticket of a Save that waits
  uint32_t restored_ = 0;                           // the ticket of the newest Restore
  std::map<std::string, uint64_t> refused_;         // reason → messages
  struct Early {
    uint32_t round;
    Address from;
    Envelope said;
  };
  std::vector<Early> early_;  // of rounds that are not open yet; the newest of each sender
};

}  // namespace zenops
