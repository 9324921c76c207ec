#pragma once
#include <memory>
#include <vector>

#include "actors/wire/door.hpp"
#include "aggregation/accelerator.hpp"

namespace zenops {

struct Member {
  uint32_t worker;
  uint32_t incarnation;
  bool awaited;  // the round is not full without it
  bool quarantined = false;  // its row is measured and does not enter
  bool watched = false;      // its row is hashed
};

/// One group's round at one shard: which rows came, and whether more is to be waited for.
///
///   open --offer, skip, refuse, lose--> open --full()--> closed
///                                       open --deadline--> closed
///
/// The first word of a member counts; everything after it, and everything after close(), is refused.
class Round {
 public:
  enum class State : uint8_t { absent, taken, inactive, refused, lost };
  struct Seat {
    Member member;
    State state = State::absent;
    Ec refusal{};
    ShardRow row;
  };

  Round() = default;
  /// Members in ascending order of their workers. `trusted`: the validator's own row is waited for as well.
  Round(std::vector<Member> members, bool trusted);

  /// Whether this incarnation may speak now: a stranger, stale, duplicate or late one may not.
  Expected<void> may_speak(uint32_t worker, uint32_t incarnation) const;
  /// Whether what that member sends is to be hashed.
  bool watches(uint32_t worker) const { return seat(worker)->member.watched; }
  /// Whether it enters.
  bool enters(uint32_t worker) const { return !seat(worker)->member.quarantined; }
  /// These require may_speak().
  void offer(uint32_t worker, ShardRow row);
  void skip(uint32_t worker);
  void refuse(uint32_t worker, Ec why);

  /// The member fell: nothing more comes from it. What it had said before counts.
  void lose(uint32_t worker, uint32_t incarnation);
  void offer_trusted(ShardRow row);
  void lose_trusted() { awaits_trusted_ = false; }

  bool full() const;
  void close() { closed_ = true; }
  bool closed() const { return closed_; }
  const std::vector<Seat>& seats() const { return seats_; }
  /// Null when it did not come.
  const ShardRow* trusted() const { return has_trusted_ ? &trusted_ : nullptr; }
  /// The row of a member whose state is taken.
  const ShardRow& row(uint32_t worker) const { return seat(worker)->row; }
  /// Where an accelerator keeps the rows, as long as they are here; null: there is none.
  const std::shared_ptr<const Workspaces>& workspaces() const { return workspaces_; }
  void keep_in(std::shared_ptr<const Workspaces> workspaces) { workspaces_ = std::move(workspaces); }

 private:
  Seat* seat(uint32_t worker) { return const_cast<Seat*>(std::as_const(*this).seat(worker)); }
  const Seat* seat(uint32_t worker) const;
  std::vector<Seat> seats_;
  bool awaits_trusted_ = false, has_trusted_ = false, closed_ = false;
  ShardRow trusted_;
  std::shared_ptr<const Workspaces> workspaces_;
};

std::string_view to_string(Round::State);

}  // namespace zenops
