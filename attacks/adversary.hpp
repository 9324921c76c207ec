#pragma once
#include <memory>
#include <optional>
#include <span>

#include "attacks/attack.hpp"
#include "attacks/options.hpp"
#include "base/layout.hpp"

namespace zenops {

/// A run's model, for those who lie to one shard alone.
struct AttackTarget {
  Layout layout = {};
  uint32_t shards = 1;
};

/// Who lies when, as a pure function of (seed, worker, round, block): the liar and whoever keeps the score agree on it
/// without a message.
class Adversary {
 public:
  /// Every attack is in the catalogue, which outlives this.
  Adversary(const Attacks& catalogue, std::vector<AttackOptions> attacks, uint64_t seed, AttackTarget target = {});
  /// From the next round on worker `worker` lies like this, in the rounds that this covers, and is honest in the others; nothing changes
  /// for other workers.
  void set(uint32_t worker, AttackOptions attack);
  /// The same as another adversary; this one stays as it is.
  std::shared_ptr<const Adversary> with(uint32_t worker, AttackOptions attack) const;

  /// How that worker lies in that round or, if it does not, will lie next; none: not at all.
  AttackOptions attack(uint32_t worker, uint32_t round) const;
  bool poisons(uint32_t worker, uint32_t round, uint32_t block) const;  // whether that block message is a lie
  /// Poisons the update of a block for which poisons() holds: all of it, or what of it the one shard owns.
  void poison(uint32_t worker, uint32_t round, uint32_t block, std::span<float> update) const;
  /// Seconds by which the worker's answer is late in this round.
  double delay(uint32_t worker, uint32_t round) const;
  /// How many rounds ago it made what it sends in this one; 0: it is new.
  uint32_t repeats(uint32_t worker, uint32_t round) const;
  /// Whether the worker says nothing, or crashes, in this round.
  bool silent(uint32_t worker, uint32_t round) const { return happens(Lie::silence, worker, round); }
  bool crashes(uint32_t worker, uint32_t round) const { return happens(Lie::crash, worker, round); }  // likewise
  /// What the worker sends in place of an update in a round in which it colludes.
  struct Collusion {
    const AttackEntry* entry;
    Parameters parameters;
    bool operator==(const Collusion&) const = default;  // the same lie
  };
  std::optional<Collusion> collusion(uint32_t worker, uint32_t round) const;
  bool colludes(uint32_t worker, uint32_t round) const { return happens(Lie::collusion, worker, round); }
  /// Whether a worker that takes part in a round sends what it has made, in each of `blocks` blocks.
  bool honest(uint32_t worker, uint32_t round, uint32_t blocks) const;
  /// How the worker changes what it trains on in this round; nothing: it does not.
  std::function<void(Lesson&)> spoils(uint32_t worker, uint32_t round) const;

 private:
  struct Habit {
    const AttackEntry* entry;
    AttackOptions options;
    bool ordered = false;  // whatever follows it does not count for its worker
  };
  /// Numbers of a block.
  struct Piece {
    size_t begin, size;
  };
  Habit make_habit(AttackOptions options) const;
  const Habit* habit(uint32_t worker, uint32_t round) const;
  bool happens(Lie lie, uint32_t worker, uint32_t round) const;
  Piece of_one_shard(const Habit& habit, uint32_t block) const;
  const Attacks* catalogue_;
  std::vector<Habit> habits_;
  uint64_t seed_;
  std::shared_ptr<const AttackTarget> target_;
};

}  // namespace zenops
