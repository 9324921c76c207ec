#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "actors/options.hpp"
#include "base/philox.hpp"

namespace zenops {

/// What a lying worker does.
enum class Lie {
  in_content,  // poisons block messages
  silence,     // never answers
  crash,       // throws in its step
  delay,       // answers late
  repetition,  // sends what it made some rounds ago
};

/// A line of the catalogue of attacks.
struct AttackEntry : Description {
  Lie lie = Lie::in_content;  // in what it lies
  bool together = false;  // all liars draw the same numbers in the same round and block
  /// Poisons one block's update in place; noise comes from `stream` alone.
  std::function<void(std::span<float> update, const Parameters&, Stream& stream)> poison;
};

/// The attacks there are. A program adds its own.
class Attacks {
 public:
  /// Zeno-PS's (attacks.py): none, negative, random, randomscale; what no rule may stumble over: nan, inf, huge, zero, duplicate; and
  /// silent, crash; and for asynchronous training delayed, stale_copy.
  static Attacks standard();
  void add(AttackEntry entry) { entries_.push_back(std::move(entry)); }  // its name is new
  const std::vector<AttackEntry>& entries() const { return entries_; }  // in the order in which they were added
  const AttackEntry* find(std::string_view name) const;  // null: there is none

 private:
  std::vector<AttackEntry> entries_;
};

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
