#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attacks/knowledge.hpp"
#include "attacks/lesson.hpp"
#include "base/parameter.hpp"
#include "base/philox.hpp"

namespace zenops {

/// What a lying worker does.
enum class Lie {
  in_content,  // poisons block messages
  collusion,   // does not train: sends what all liars agreed on
  silence,     // never answers
  crash,       // throws in its step
  delay,       // answers late
  repetition,  // sends what it made some rounds ago
  in_data,     // trains on samples that it has changed, and poisons what comes of it if it has a poison as well
};

/// A line of the catalogue of attacks.
struct AttackEntry : Description {
  Lie lie = Lie::in_content;  // in what it lies
  bool one_shard = false;  // in content: only in what goes to the shard that its parameter `shard` names; poison gets that part of a block
  bool together = false;  // all liars draw the same numbers in the same round and block
  /// In content: poisons one block's update in place; noise comes from `stream` alone.
  std::function<void(std::span<float> update, const Parameters&, Stream& stream)> poison;
  Sight sees = Sight::nothing;  // of a collusion: what it needs to know, statistics at least
  /// Of a collusion: what every liar sends, in `lie` (d). Total: any finite knowledge gives a lie, finite as long as float has room.
  std::function<void(const Knowledge&, const Parameters&, AttackMemory&, Stream&, std::span<float> lie)> collude;
  /// In data: changes a batch before a liar trains on it. Total: what does not fit is left as it is.
  std::function<void(Lesson&, const Parameters&)> spoil;
  /// Of a backdoor: puts the trigger on every sample, and its parameter `target`, the answer they shall get, in place of their labels.
  std::function<void(Lesson&, const Parameters&)> trigger;
  /// In data: why it cannot be done to samples like these; nothing: it can. Only their shape and classes are looked at.
  std::function<std::optional<std::string>(const Lesson&, const Parameters&)> objection;
};

/// The attacks there are. A program adds its own.
class Attacks {
 public:
  static Attacks standard();  // ours
  void add(AttackEntry entry) { entries_.push_back(std::move(entry)); }  // its name is new
  const std::vector<AttackEntry>& entries() const { return entries_; }  // in the order in which they were added
  const AttackEntry* find(std::string_view name) const;  // null: there is none

 private:
  std::vector<AttackEntry> entries_;
};

}  // namespace zenops
