#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/wire/training.capnp.h"
#include "runtime/message.hpp"

namespace zenops {

/// What has come for the round that is open: an account from each worker, a plan from each group's validator, and from
/// each shard what it made of the plans. Of a group the first plan counts.
///
///   begin() --plan() of every group, or the deadline--> decided --committed() of every shard--> made
class OpenRound {
 public:
  /// Forgets what came.
  void begin(uint32_t groups, uint32_t shards);
  /// A worker's mean loss; none: it had nothing to train.
  void worked(uint32_t worker, std::optional<double> loss) { losses_[worker] = loss; }
  /// Whether this was the last of the plans. Nothing happens when the group has one, or is none.
  bool plan(uint32_t group, const Msg<wire::Plan>& plan);
  /// Whether every shard has told its part of the new version. Nothing happens when it is no shard.
  bool committed(uint32_t shard, wire::Committed::Reader committed);

  bool has_plan(uint32_t group) const { return group < plans_.size() && plans_[group]; }
  /// Null: none came.
  const Envelope* plan_of(uint32_t group) const { return has_plan(group) ? &*plans_[group] : nullptr; }
  /// Why one of the plans says that the run is to end, if one does.
  std::optional<std::string> stop() const;
  /// Whether somebody fell without its row.
  bool lost_a_row() const;
  /// The plans that came, by group.
  void write(wire::Apply::Builder out) const;
  /// By shard, of the new version; 0: not told.
  const std::vector<uint64_t>& hashes() const { return hashes_; }
  /// Those who gave account.
  const std::map<uint32_t, std::optional<double>>& losses() const { return losses_; }
  /// Of those who had something to train, if anybody had; also of those whose group made no plan.
  std::optional<double> mean_loss() const;
  /// By shard, of what that worker sent; empty: nothing of it was hashed.
  std::vector<std::string> hashes_of(uint32_t worker) const;

 private:
  std::map<uint32_t, std::optional<double>> losses_;
  std::vector<std::optional<Envelope>> plans_;  // by group
  std::vector<bool> committed_;
  std::vector<uint64_t> hashes_;
  std::map<uint32_t, std::vector<std::string>> rows_;  // by worker, by shard: hashes
};

}  // namespace zenops
