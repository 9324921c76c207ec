#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/actor_state.hpp"
#include "actors/options.hpp"
#include "actors/round.hpp"
#include "aggregation/rule.hpp"

namespace zenops {

/// Puts together what the shards measured of one group, and lets the rule decide. A row refused by one shard is refused by
/// all; a row that one shard lacks does not enter. Nor does a quarantined one: it is tried, beside the others, and the plan says what
/// would have become of it.
class Judge {
 public:
  struct Options {
    Granularity granularity = Granularity::block;
    uint32_t group = 0;
    uint64_t seed = 0;
    size_t members = 0;  // workers of the group
    std::vector<double> counts = {};  // by worker: samples of its part; empty: the same for all
    /// Why so many rows, after so many liars were caught, are too few; and what happens then.
    std::function<std::optional<std::string>(size_t rows, size_t caught)> objection = {};
    std::shared_ptr<const Rule> fallback = {};  // null: the round changes nothing
    std::string fallback_name = {};
    bool stop = false;  // rather end the run
  };
  /// Of a rule that needs the lengths of rows before: so many are remembered of all blocks together. They travel as one message and are
  /// not to make it longer than a frame may be (Envelope::max_words), however many blocks there are.
  static constexpr size_t most_norms = 200'000;
  /// Keeps a reference to the rule.
  Judge(const Rule& rule, Layout layout, uint32_t shards, Options options);
  /// A rule, and what Options::objection says of it.
  struct Ruling {
    std::shared_ptr<const Rule> rule;
    std::function<std::optional<std::string>(size_t rows, size_t caught)> objection = {};
  };
  /// Rounds after the newest are judged by that; keeps a reference to its rule.
  void judge_by(const Ruling& ruling);

  /// Whether this completes the round's measurements. The first word of a shard about the newest round counts; an error says
  /// why the message cannot be used (malformed).
  Expected<bool> offer(const Msg<wire::Measured>& measured);
  uint32_t round() const { return round_; }
  /// Of the round that is complete: what every shard is to be told before it is judged, after which its measurements come again. That is
  /// where the rule believes the median of the rows, and some shard took others than those that enter. At most once a round.
  std::optional<Envelope> centre();
  uint32_t shards() const { return static_cast<uint32_t>(came_.size()); }
  /// Of the round that is complete, the rows that came, each in parts by shard; for a rule that judges by losses.
  std::vector<std::vector<Row>> candidates() const;
  /// The plan of the round that is complete. descents: by row that came, how much it lowers the loss; where the rule judges by that.
  Envelope plan(const std::vector<double>& descents = {});
  /// What it remembers of the rounds before; and that it remembers this, and nothing of a round that had begun.
  void save(ActorState& state) const;
  void restore(const ActorState& state);

 private:
  struct Seat {
    uint32_t worker, incarnation;
    wire::State state;
    uint8_t refusal;
    std::vector<bool> blocks;
    bool quarantined = false;
  };
  struct Decision {
    Plan plan;
    std::vector<size_t> entering = {};
    bool stop = false;
    std::map<size_t, std::vector<Verdict>> would_be = {};  // of quarantined seats, by block
  };
  std::vector<size_t> taken_by_all() const;
  /// Without those that are quarantined.
  std::vector<size_t> not_quarantined(const std::vector<size_t>& seats) const;
  /// Of a rule that needs rates: what is known of the senders before and after the decision.
  void recall(const std::vector<size_t>& entering, Geometry& geometry);
  void remember(const Decision& decision);
  /// Of a rule that needs the lengths of rows before: what the newest step left becomes one of them, unless it is this step that is
  /// judged again.
  void turn_page();
  /// So many lengths of rows before are remembered of each judged block.
  size_t norms_each() const;
  /// By block, how long the rows are; nothing of blocks that are not judged.
  std::vector<std::vector<double>> norms_of(const Geometry& geometry) const;
  Geometry geometry(const std::vector<size_t>& entering) const;
  Decision decide(const std::vector<double>& descents);
  /// What the rule says when these rows enter; its judgement about blocks that are not judged put right.
  Plan judged(const Rule& rule, const Geometry& known) const;
  /// Of each quarantined row, what would become of it if it entered, it alone.
  std::map<size_t, std::vector<Verdict>> trial(const std::vector<size_t>& entering, const std::vector<double>& descents) const;
  const Rule* rule_;
  Layout layout_;
  std::vector<ShardRange> ranges_;
  Options options_;
  uint32_t round_ = 0, step_ = 0;
  std::vector<bool> came_;
  size_t left_ = 0;
  bool trusted_ = true, centred_ = false;
  std::vector<Seat> seats_;
  std::vector<std::vector<size_t>> taken_;     // by shard: the seats of the rows in its products
  std::vector<std::vector<double>> products_;  // by shard, as they were sent
  std::map<uint32_t, double> rates_;           // of each worker, the newest
  std::deque<uint32_t> accepted_;              // the senders of the updates accepted last, the newest in front
  struct Norms {
    std::vector<std::vector<double>> past = {}, newest = {};  // of the rows that entered, by block; and those of `step`
    uint32_t step = 0;
  };
  Norms norms_;
  std::vector<std::vector<Row>> rows_;         // by shard, those it took; empty where the rule judges by no loss
};

}  // namespace zenops
