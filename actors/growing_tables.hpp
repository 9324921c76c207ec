#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "actors/wire/door.hpp"
#include "aggregation/arrivals.hpp"

namespace zenops {

/// The tables of one group's round at one shard, segment by segment. They grow while rows come, so that the last row's
/// coming is followed by its own share of the work only: as soon as `together` have come and those before them are
/// measured, these are measured beside them. Their bits do not depend on who came when.
class GrowingTables : public std::enable_shared_from_this<GrowingTables> {
 public:
  /// Does that for 0 … count − 1, somewhere, and then calls `then` where add() and finish() are called.
  using ForEach = std::function<void(size_t count, std::function<void(size_t)> body, std::function<void()> then)>;
  /// Reading all rows for fewer new ones would take longer than comparing them.
  static constexpr size_t kTogether = 10;
  /// Whoever is believed.
  static constexpr uint32_t kTrusted = UINT32_MAX;

  /// sizes: of the segments, in floats; none where a segment's table does not grow.
  GrowingTables(std::vector<std::optional<size_t>> sizes, ForEach for_each, size_t together = kTogether);

  /// A row that came, one of each sender.
  void add(uint32_t sender, ShardRow row);
  /// Calls `then` once all that came are measured; nobody comes after that.
  void finish(std::function<void()> then);
  bool grows(size_t segment) const { return sizes_[segment].has_value(); }
  /// When it is finished, of a segment whose table grows: the table of these senders in that order, and of the trusted
  /// row if it came.
  Products of(size_t segment, std::span<const uint32_t> senders) const;

 private:
  void go_on();

  const std::vector<std::optional<size_t>> sizes_;
  const ForEach for_each_;
  const size_t together_;
  std::map<uint32_t, size_t> places_;  // of senders, among those who came
  std::vector<ShardRow> waiting_, kept_;
  std::vector<Arrivals> segments_;
  bool busy_ = false;
  std::function<void()> then_;
};

}  // namespace zenops
