#pragma once
#include <functional>
#include <map>
#include <memory>

#include "actors/actor_state.hpp"
#include "actors/bringing.hpp"
#include "actors/groups.hpp"
#include "actors/growing_tables.hpp"
#include "actors/making.hpp"
#include "actors/options.hpp"
#include "actors/round.hpp"
#include "aggregation/accelerator.hpp"
#include "aggregation/draws.hpp"
#include "aggregation/geometry.hpp"
#include "aggregation/plan.hpp"
#include "aggregation/server_optimizer.hpp"
#include "runtime/actor.hpp"

namespace zenops {

std::vector<BlockPlan> blocks_of(wire::Plan::Reader plan);

/// What a row's sender sent before it, and where each of the two began; empty for its first.
struct History {
  ShardRow row;
  Row base, earlier_base;
};

/// What the shards of both modes have in common: they hold consecutive segments of the parameters, newest version only
/// (whoever still trains on an older one shares its memory), measure rows for a group's validator, and apply what was
/// planned.
class Holder : public Actor {
 public:
  struct Options {
    uint32_t index, shards, validators;
    Needs needs;
    Clock::Duration deadline;  // of rows
    Across across = Across::average;
    uint32_t threads = 0;  // at a time for this shard; 0: all there are
    CompressionOptions compression = {};  // of what workers send
    std::function<Needs(const RuleChoice&)> needs_of = {};  // of a rule that the operator sets
    uint64_t seed = 0;         // of the run
    uint32_t workers = 0;      // of all groups
    Granularity granularity = Granularity::block;  // what is judged as a whole
    Send send = Send::delta;
    ServerOptions server = {};
    bool grow = false;  // tables, while rows come: where nobody trains on the same cores
    std::shared_ptr<Accelerator> accelerator = {};  // measures and combines what it takes; null: the processor does
  };

 protected:
  Holder(Context& context, Options options, Layout layout, std::shared_ptr<Rows> rows, Row initial);
  std::string summary() const override;
  uint32_t group_of(uint32_t worker) const { return zenops::group_of(worker, options_.validators); }
  /// Where the accelerator keeps the rows of a group's round that begins; null where there is none.
  std::shared_ptr<const Workspaces> workspaces() const;
  /// A worker's push through the door.
  Expected<ShardRow> admit(const Msg<wire::Push>& push, uint32_t number) const;
  /// Tells the group's validator what came in a round (or batch) that is closed, measured on the pool.
  /// Histories: of the rows that came, in their order, where the rule needs rates.
  /// `step`: which of the run's rounds it is.
  /// `central`: the workers of whose rows the median is believed, where the rule believes that; null: those taken here that are not
  /// quarantined.
  /// `tables`: of these rows, finished, where they grew while the rows came.
  void measure(uint32_t number, uint32_t step, uint32_t group, const Round& round, std::vector<History> histories = {},
               const std::vector<uint32_t>* central = nullptr, std::shared_ptr<const GrowingTables> tables = nullptr);
  /// For a group's round of so many members that begins: tables to which its rows are to be added as they come, and the validator's where
  /// the rule believes that; null where they are not to grow, or the rule needs something else, or more of each row than they measure, or
  /// the accelerator would measure all segments of those rows. A segment that it would measure has no table.
  std::shared_ptr<GrowingTables> growing_tables(uint32_t group, size_t members);
  /// For a group's round that begins: what brings its rows to their workspaces as they come, of the segments that the accelerator would
  /// measure, and of those that it combined all rows of when the group was last planned. Null where there are none.
  std::shared_ptr<Bringing> bringing(uint32_t group, const Round& round);
  /// What the rule made of the group's last rows, as it is believed.
  ShardRow previous(uint32_t group) const;
  /// A plan that came, with the rows of `round` that enter.
  GroupPlan group_plan(wire::Plan::Reader plan, const Round& round);
  /// Makes the next parameters of these plans, as `across` and the server's optimizer say, and then says so. Rows that are no deltas
  /// count `lr` times; statistics are added as they are. Where no rows enter the optimizer takes no step.
  /// Unless they were reset in between: then nothing happens.
  void apply(std::vector<GroupPlan> plans, float lr, std::function<void()> then);
  /// From now on rows are measured for that rule, which begins without a memory unless it is the one there was; null: the configuration's.
  void follow(const std::optional<RuleChoice>& rule);
  const Needs& needs() const { return needs_; }
  /// What the server's optimizer remembers of a version of the parameters.
  struct Remembered {
    std::vector<Row> moments;
    std::vector<uint8_t> away;  // by segment: whether it is not in those but at the accelerator
    uint64_t version;           // its number: no other of this life has had it
  };
  /// The parameters, and what the rule and the server's optimizer remember of the rounds before.
  struct Holding {
    Row parameters;
    std::vector<Row> previous;
    Remembered remembered;
    uint64_t hash = 0;
    std::optional<RuleChoice> rule = {};
    std::map<uint32_t, Row> sums = {};
  };
  Holding holding() const { return {parameters_, previous_, remembered_, hash_, rule_, sums_}; }
  void reset(Holding holding);
  /// Calls `then` with what is in that state, its hash computed.
  void restore(const ActorState& state, std::function<void(Holding)> then);
  /// Calls `then` with what there is now; at once, unless some of it has to be brought from the accelerator. Not at all where two rounds
  /// have been made until that is done: nobody waits for it then.
  void state(std::function<void(const ActorState&)> then);
  void tell_parameters(const std::string& to, uint32_t number);
  void refuse(uint32_t number, const Error& error);
  /// Somebody whose message is not the one that is being handled.
  void refuse(const std::string& to, uint32_t number, const Error& error);
  /// A validator's own row, if it can be used: one whose training went to NaN has nothing to judge by.
  std::optional<ShardRow> admit_trusted(const Msg<wire::Push>& push, uint32_t number) const;
  /// `hashes`: by worker, of rows.
  void tell_committed(uint32_t number, const std::map<uint32_t, std::string>& hashes = {});
  const Row& parameters() const { return parameters_; }
  /// Whether a validator's own row is waited for before anything is judged.
  bool awaits_trusted() const {
    return needs_.trusted == Trust::validator || layout_.has(Exchange::trusted);
  }

  const Options options_;
  const Layout layout_;
  const ShardRange range_;

 private:
  /// A group's round that was measured, and for which rule: it may be another by the time that is done.
  struct Measuring {
    uint32_t number, step, group;
    Round round;
    Needs needs;
    std::optional<RuleChoice> rule;
    bool trusted;
  };
  void send_measured(const Measuring& measuring, const std::vector<Products>& products);
  void choose(const std::optional<RuleChoice>& rule);
  /// Says what the accelerator has left to the processor.
  void log_news();
  /// By the shard's segments, in its floats.
  std::vector<size_t> offsets_of_segments() const;
  std::vector<size_t> sizes_of_segments() const;
  /// Of the shard's segments, in what is judged as a whole.
  std::vector<Place> places_of_segments(uint64_t draw) const;
  Remembered remembered(std::vector<Row> moments);
  Row filled(float value) const;
  Row zeros() const { return filled(0); }
  /// What the rule remembers when it begins.
  std::vector<Row> nothing_before() const;
  /// What a member sent, whole: zeros where it left blocks out.
  Row whole(const ShardRow& row) const;
  std::shared_ptr<Rows> rows_;
  Row parameters_;
  uint64_t hash_ = 0;   // of the parameters, once somebody has asked for it
  uint32_t resets_ = 0;
  ServerOptimizer optimizer_;
  uint64_t versions_ = 0;  // numbers that were given
  Remembered remembered_;
  std::shared_ptr<const Residences> residences_;  // by segment; null without an accelerator
  std::optional<RuleChoice> rule_;  // that the operator has set
  Needs needs_;                     // of the rule
  std::vector<Row> previous_;  // by group: what its rows became the last time, where the rule believes that
  std::map<uint32_t, Row> sums_;  // by worker: what its rows that entered sum to, where the rule asks for it
  std::vector<std::vector<bool>> combined_there_;  // by group and segment: all its rows, as it was last planned
};

}  // namespace zenops
