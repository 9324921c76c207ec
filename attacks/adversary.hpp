#pragma once
#include <memory>
#include <span>

#include "attacks/attack.hpp"
#include "attacks/options.hpp"

namespace zenops {

/// Who lies when, as a pure function of (seed, worker, round, block): the liar and whoever keeps the score agree on it
/// without a message.
class Adversary {
 public:
  /// Every attack is in the catalogue.
  Adversary(const Attacks& catalogue, std::vector<AttackOptions> attacks, uint64_t seed);
  /// From the next round on worker `worker` lies like this; nothing changes for the others.
  void set(uint32_t worker, AttackOptions attack);
  /// The same as another adversary; this one stays as it is.
  std::shared_ptr<const Adversary> with(uint32_t worker, AttackOptions attack) const;

  /// How that worker lies; none: not at all.
  AttackOptions attack(uint32_t worker) const;
  bool poisons(uint32_t worker, uint32_t round, uint32_t block) const;  // whether that block message is a lie
  /// Poisons the update of a block for which poisons() holds.
  void poison(uint32_t worker, uint32_t round, uint32_t block, std::span<float> update) const;
  /// Seconds by which the worker's answer is late in this round.
  double delay(uint32_t worker, uint32_t round) const;
  /// How many rounds ago it made what it sends in this one; 0: it is new.
  uint32_t repeats(uint32_t worker, uint32_t round) const;
  /// Whether the worker says nothing, or crashes, in this round.
  bool silent(uint32_t worker, uint32_t round) const { return happens(Lie::silence, worker, round); }
  bool crashes(uint32_t worker, uint32_t round) const { return happens(Lie::crash, worker, round); }  // likewise

 private:
  struct Habit {
    const AttackEntry* entry;
    AttackOptions options;
  };
  Habit make_habit(AttackOptions options) const;
  const Habit* habit(uint32_t worker) const;
  bool happens(Lie lie, uint32_t worker, uint32_t round) const;
  const Attacks* catalogue_;
  std::vector<Habit> habits_;
  uint64_t seed_;
};

}  // namespace zenops
