#pragma once
#include <memory>

#include "actors/round.hpp"
#include "aggregation/geometry.hpp"
#include "aggregation/plan.hpp"
#include "runtime/actor.hpp"

namespace zenops {

/// shard/S: holds consecutive segments of the parameters, newest version only; whoever still trains on an older one shares
/// its memory. Collects the rows of each group, measures them for the group's validator, and applies what was planned.
///
///   idle --Open--> collecting --full or deadline, per group--> measuring --Apply--> applying --> idle, version + 1
class Shard final : public Actor {
 public:
  struct Options {
    uint32_t index, shards, validators;
    Needs needs;
    Clock::Duration deadline;  // of a round's rows
  };
  Shard(Context& context, Options options, Layout layout, std::shared_ptr<Rows> rows, Row initial);
  Behavior handlers() override;

 private:
  void open(const Msg<wire::Open>& open);
  void pull(const Msg<wire::Pull>& pull);
  void push(const Msg<wire::Push>& push);
  void skip(const Msg<wire::Skip>& skip);
  void push_trusted(const Msg<wire::Push>& push);
  void down(const Msg<wire::Down>& down);
  void apply(const Msg<wire::Apply>& apply);

  /// Whether a round is not full without the validator's own row.
  bool awaits_trusted() const {
    return options_.needs.trusted == Trust::validator || layout_.has(Exchange::trusted);
  }
  uint32_t group_of(uint32_t worker) const { return worker % options_.validators; }
  /// The group's round, if the sender may speak in it now; otherwise it has been told why not.
  Round* floor(uint32_t round);
  void refuse(uint32_t round, const Error& error);
  void close_if_full(uint32_t group);
  void close(uint32_t group);
  /// What a member sent, whole: zeros where it left blocks out.
  Row whole(const ShardRow& row) const;
  void send_measured(uint32_t group, const std::vector<Products>& products);

  const Options options_;
  const Layout layout_;
  const ShardRange range_;
  std::shared_ptr<Rows> rows_;
  Row parameters_;
  uint32_t version_ = 0, round_ = 0;
  std::vector<Round> groups_;
  std::vector<Row> previous_;  // by group: what its rows became the last time, where the rule believes that
};

}  // namespace zenops
