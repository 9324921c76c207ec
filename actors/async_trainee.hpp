#pragma once
#include <functional>
#include <optional>

#include "actors/gathering.hpp"
#include "actors/wire/async.capnp.h"
#include "actors/wire/compose.hpp"
#include "actors/wire/door.hpp"
#include "runtime/actor.hpp"

namespace zenops {

/// What workers and validators of asynchronous training have in common: a task, and where it says so the parameters for it.
///
///   idle --Task--> waiting --last Parameters--> training --pushed(), rested()--> idle
///   idle --Task that is not fresh--> training
///
/// The task and its parameters come from different senders: either may be first. A task that comes while training, because nobody
/// waits for the one before any more, waits for its end; only the newest waits.
class AsyncTrainee : public Actor {
 protected:
  struct Assignment {
    uint32_t number = 0;
    float lr = 0;
    bool fresh = false;
  };
  std::string summary() const override;
  /// `compression`: of what pushed() sends.
  AsyncTrainee(Context& context, Layout layout, uint32_t shards, CompressionOptions compression = {});
  void task(const Msg<wire::Task>& task);
  void parameters(const Msg<wire::Parameters>& parameters);
  /// Without parameters, on from where the last task ended.
  virtual void train(Assignment task, std::vector<Row> parameters) = 0;
  /// Whoever trains says so when it has ended: it sends its update to the shards and its account to the scheduler.
  void pushed(uint32_t number, const Row& update, const std::vector<bool>& sent, float loss, double seconds);
  /// The same for a task after which it sends nothing.
  void rested(uint32_t number, float loss, double seconds);
  /// Runs `then` after so many seconds; at once when there are none.
  void later(double seconds, std::function<void()> then);
  const Layout& layout() const { return layout_; }
  /// The task whose parameters come, or came last.
  uint32_t number() const { return gathered_; }

 private:
  void begin_when_possible();
  void account(uint32_t number, bool active, float loss, double seconds);
  Layout layout_;
  CompressionOptions compression_;
  std::vector<ShardRange> ranges_;
  Gathering gathering_;
  bool training_ = false;
  std::optional<Assignment> task_;               // that waits for its parameters, or for the end of another
  std::optional<std::vector<Row>> parameters_;  // that wait for their task
  uint32_t gathered_ = 0;                        // the task whose parameters come, or came last
  Clock::Time asked_at_{};
  double wait_seconds_ = 0;
};

}  // namespace zenops
