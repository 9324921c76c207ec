#pragma once
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "actors/intake.hpp"
#include "runtime/envelope.hpp"

namespace zenops {

/// Updates of a group that are judged together, in asynchronous training.
struct UpdateBatch {
  uint32_t group, direction;  // direction: the task of its validator whose row they are judged by; 0: none
  double alpha;
  float lr;
  std::vector<Update> updates;
  std::vector<uint32_t> staleness;    // of each
  std::optional<Envelope> plan = {};  // what its validator says is to become of it
  bool abandoned = false;             // no plan will come

  bool decided() const { return plan || abandoned; }
  /// The place of that worker's update, which is among them.
  size_t place_of(uint32_t worker) const;
};

/// The batches that are not folded yet, by number. Of each group one at a time is at the shards, in the order of their
/// numbers.
///
///   add() --those before it have passed--> at the shards --plan(), abandon()--> decided --folded()--> gone
///                                                        --pass()--> the next of its group is there
class Batches {
 public:
  explicit Batches(uint32_t groups) : waiting_(groups) {}
  /// Numbers grow. Whether it is at the shards at once.
  bool add(uint32_t number, UpdateBatch batch);
  /// Of one that is not folded.
  const UpdateBatch& at(uint32_t number) const { return batches_.at(number); }
  /// Which of a group's is at the shards, if one is.
  std::optional<uint32_t> at_shards(uint32_t group) const;
  /// Whether it counts: the batch is of that group, and not decided.
  bool plan(uint32_t number, uint32_t group, const Envelope& plan);
  /// No plan will come. Whether that is news: there is the batch, and it is not decided.
  bool abandon(uint32_t number);
  /// The one of that group that is at the shards is no longer waited for there.
  void pass(uint32_t group) { waiting_[group].pop_front(); }
  void folded(uint32_t number) { batches_.erase(number); }

 private:
  std::map<uint32_t, UpdateBatch> batches_;
  std::vector<std::deque<uint32_t>> waiting_;  // by group; the first is at the shards
};

}  // namespace zenops
