#pragma once
#include <vector>

#include "actors/options.hpp"
#include "actors/round.hpp"
#include "aggregation/rule.hpp"

namespace zenops {

/// Puts together what the shards measured of one group, and lets the rule decide. A row refused by one shard is refused by
/// all; a row that one shard lacks does not enter.
class Judge {
 public:
  /// Keeps a reference to the rule.
  Judge(const Rule& rule, Layout layout, uint32_t shards, Granularity granularity);

  /// Whether this completes the round's measurements. The first word of a shard about the newest round counts; an error says
  /// why the message cannot be used (malformed).
  Expected<bool> offer(const Msg<wire::Measured>& measured);
  /// The plan of the round that is complete.
  Envelope plan(uint32_t group) const;

 private:
  struct Seat {
    uint32_t worker, incarnation;
    wire::State state;
    uint8_t refusal;
    std::vector<bool> blocks;
  };
  Geometry geometry(const std::vector<size_t>& entering) const;
  Plan decide(const std::vector<size_t>& entering) const;
  const Rule& rule_;
  Layout layout_;
  std::vector<ShardRange> ranges_;
  Granularity granularity_;
  uint32_t round_ = 0;
  std::vector<bool> came_;
  size_t left_ = 0;
  bool trusted_ = true;
  std::vector<Seat> seats_;
  std::vector<std::vector<size_t>> taken_;     // by shard: the seats of the rows in its products
  std::vector<std::vector<double>> products_;  // by shard, as they were sent
};

}  // namespace zenops
