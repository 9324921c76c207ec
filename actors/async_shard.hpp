#pragma once
#include <deque>
#include <map>

#include "actors/holder.hpp"
#include "actors/wire/async.capnp.h"
#include "actors/wire/centre.capnp.h"

namespace zenops {

/// shard/S of asynchronous training: keeps updates as they come, measures those of a batch for the group's validator, and folds
/// what was decided into the parameters.
///
/// What changes or hands out the parameters (Serve, Fold, Adopt, Pull) is done one after the other in the order in which it was
/// said. The scheduler says it to all shards in the same order: what somebody is sent is one version of the whole model.
///
///   update: --Push--> kept --Batch--> measured --Fold--> gone      kept --Drop--> gone
class AsyncShard final : public Holder {
 public:
  AsyncShard(Context& context, Options options, Layout layout, std::shared_ptr<Rows> rows, Row initial);
  Behavior handlers() override;

  /// Updates of one worker that are kept at most; more are refused.
  static constexpr size_t max_kept = 4;

 private:
  /// An update that came; or why it was refused.
  struct Kept {
    uint32_t incarnation, number;
    Expected<ShardRow> row;
  };
  struct Batch {
    uint32_t group;
    uint32_t direction;  // the validator's task whose row is trusted; 0: none
    std::vector<uint32_t> numbers;  // of the updates, by seat
    Round round;
    std::shared_ptr<Bringing> bringing = {};  // null: its rows are not brought to an accelerator
  };
  /// What a worker was sent, and what it sent last, where the rule asks for it.
  struct Past {
    std::map<uint32_t, Row> bases;  // by task
    ShardRow row;
    Row base;
  };
  struct Direction {
    uint32_t number = 0;
    std::optional<ShardRow> row;  // none: it cannot be used
  };
  struct Step {
    std::function<bool()> ready;
    std::function<void()> run;  // ends with done()
  };

  void push(const Msg<wire::Push>& push);
  void push_trusted(const Msg<wire::Push>& push);
  void batch(const Msg<wire::Batch>& batch);
  void drop(wire::Update::Reader update);
  void serve(const Msg<wire::Serve>& serve);
  void fold(const Msg<wire::Fold>& fold);
  void adopt(const Msg<wire::Adopt>& adopt);
  void pull(const Msg<wire::Pull>& pull);
  void down(const Msg<wire::Down>& down);
  void centre(const Msg<wire::Centre>& centre);

  /// Gives an open batch what has come of it, and closes it when nothing is missing.
  void fill(uint32_t number);
  void fill_all();
  void close(uint32_t number);
  std::vector<History> histories(const Batch& batch);
  /// The task whose parameters an update began from: the newest that the worker was sent until then.
  Row base_of(uint32_t worker, uint32_t number) const;

  void then(Step step);
  void go_on();
  void done();

  std::map<uint32_t, std::deque<Kept>> kept_;  // by worker
  std::map<uint32_t, Batch> batches_;          // by number
  std::map<uint32_t, Past> past_;              // by worker
  std::vector<Direction> directions_;          // by group
  std::deque<Step> steps_;
  bool busy_ = false;
  uint32_t version_ = 0;
};

}  // namespace zenops
