#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "actors/wire/door.hpp"
#include "aggregation/accelerator.hpp"

namespace zenops {

/// The rows of one group's round at one shard, on their way to where an accelerator keeps them, while others are still awaited: one job
/// at a time, which takes all that have come when it begins. What it has not brought when somebody measures is copied then.
class Bringing : public std::enable_shared_from_this<Bringing> {
 public:
  /// Does that for 0 … count − 1, somewhere, and then calls `then` where add() and finish() are called.
  using ForEach = std::function<void(size_t count, std::function<void(size_t)> body, std::function<void()> then)>;

  /// sizes: of the segments, in floats; none where a segment's rows are not to be brought.
  Bringing(std::shared_ptr<const Workspaces> to, std::vector<std::optional<size_t>> sizes, ForEach for_each);

  /// A row that came.
  void add(ShardRow row);
  /// Brings nothing more, and calls `then`, unless it is null, once nothing is on its way.
  void finish(std::function<void()> then = nullptr);

 private:
  void go_on();
  void bring(size_t segment) const;

  std::shared_ptr<const Workspaces> to_;  // until it is finished
  const std::vector<std::optional<size_t>> sizes_;
  const ForEach for_each_;
  std::vector<ShardRow> waiting_, going_;
  std::atomic<bool> over_ = false;
  bool busy_ = false;
  std::function<void()> then_;
};

}  // namespace zenops
