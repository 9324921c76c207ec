#include "cli/free_updates.hpp"

#include <algorithm>
#include <future>
#include <limits>

#include "actors/async_scheduler.hpp"
#include "actors/async_shard.hpp"
#include "actors/async_trainee.hpp"
#include "actors/judge.hpp"
#include "actors/no_evaluator.hpp"
#include "aggregation/pipeline.hpp"
#include "aggregation/probes.hpp"
#include "bench/stopwatch.hpp"
#include "runtime/system.hpp"

namespace zenops {
namespace {

/// A worker or validator that has its row already.
class FreeTrainee : public AsyncTrainee {
 public:
  FreeTrainee(Context& context, const Layout& layout, uint32_t shards, Row row)
      : AsyncTrainee(context, layout, shards), row_(std::move(row)), all_(layout.blocks().size(), true) {}
  Behavior handlers() override {
    return Behavior{}
        .on<wire::Task>(From{"scheduler"}, [this](const Msg<wire::Task>& m) { task(m); })
        .on<wire::Parameters>(From{"shard/"}, [this](const Msg<wire::Parameters>& m) { parameters(m); })
        .on<wire::Refused>(From{"shard/"}, [](const Msg<wire::Refused>&) {});
  }

 private:
  void train(Assignment task, std::vector<Row>) override { pushed(task.number, row_, all_, 0, 0); }
  Row row_;
  std::vector<bool> all_;
};

class FreeValidator final : public FreeTrainee {
 public:
  FreeValidator(Context& context, const Layout& layout, uint32_t shards, Row row, std::shared_ptr<const Rule> rule)
      : FreeTrainee(context, layout, shards, std::move(row)), rule_(std::move(rule)), judge_(*rule_, layout, shards, {}) {}
  Behavior handlers() override {
    return FreeTrainee::handlers().on<wire::Measured>(From{"shard/"}, [this](const Msg<wire::Measured>& m) {
      if (const auto complete = judge_.offer(m); complete && *complete) context().tell("scheduler", judge_.plan());
    });
  }

 private:
  std::shared_ptr<const Rule> rule_;
  Judge judge_;
};

/// Eight blocks, as small networks have them.
Layout layout_of(size_t dimension) {
  std::vector<Block> blocks;
  constexpr size_t count = 8;
  for (size_t b = 0; b < count; ++b) {
    Block block;
    block.name = "block" + std::to_string(b);
    block.shape = {static_cast<int64_t>(dimension * (b + 1) / count - dimension * b / count)};
    blocks.push_back(std::move(block));
  }
  return Layout(std::move(blocks));
}

Row row_of(Rows& rows, size_t size, uint32_t index) {
  Row row = rows.make(size);
  Stream stream({1, Role::worker, index, Purpose::noise});
  for (float& x : row.mutable_view()) x = 1e-3f * (stream.uniform() - 0.3f);
  return row;
}

double seconds_of_an_update(const FreeUpdatesOptions& o, std::shared_ptr<const Rule> rule, Pool& pool) {
  const Layout layout = layout_of(o.dimension);
  const auto rows = std::make_shared<Rows>();
  const Row initial = row_of(*rows, o.dimension, 0);
  SystemClock clock;
  std::promise<double> promise;
  auto ended = promise.get_future();
  System system({}, clock, pool);
  const auto never = RestartSpec::never();
  for (uint32_t s = 0; s < o.shards; ++s)
    system.spawn(
        "shard/" + std::to_string(s),
        [&, s](Context& context) {
          const ShardRange range = layout.shard(s, o.shards);
          return std::make_unique<AsyncShard>(context, Holder::Options{s, o.shards, 1, rule->needs(), std::chrono::minutes(1)},
                                              layout, rows, initial.slice(range.offset, range.size));
        },
        never);
  system.spawn(
      "validator/0",
      [&](Context& context) {
        return std::make_unique<FreeValidator>(context, layout, o.shards, row_of(*rows, o.dimension, 1), rule);
      },
      never);
  for (uint32_t w = 0; w < o.workers; ++w)
    system.spawn(
        "worker/" + std::to_string(w),
        [&, w](Context& context) {
          return std::make_unique<FreeTrainee>(context, layout, o.shards, row_of(*rows, o.dimension, 2 + w));
        },
        never);
  system.spawn("evaluator", [](Context& context) { return std::make_unique<NoEvaluator>(context); }, never);
  double seconds = 0;
  const Attacks attacks = Attacks::standard();
  system.spawn(
      "scheduler",
      [&](Context& context) {
        AsyncScheduler::Habits habits;
        habits.async.simulated = false;
        habits.needs = rule->needs();
        const Conductor::Options options{.rounds = o.rounds,
                                         .workers = o.workers,
                                         .validators = 1,
                                         .shards = o.shards,
                                         .eval_every = o.rounds,
                                         .pace = Pace(1, 1),
                                         .keep_every = 0,
                                         .lr = 1,
                                         .schedule = Schedule({}, o.rounds),
                                         .deadline = std::chrono::minutes(1)};
        Scorekeeper score(Adversary(attacks, {}, 1), Participation({}, layout, 1));
        const Conductor::Audience audience{
            .round =
                [&](const RoundReport& r) {
                  if (r.round > o.rounds / 10) seconds += r.wall_seconds;  // the first ones make the buffers
                },
            .end = [&](Expected<TrainingResult>) { promise.set_value(seconds); }};
        return std::make_unique<AsyncScheduler>(context, options, habits, std::move(score), Delays({}, 1), audience);
      },
      never);
  system.tell("scheduler", Envelope::of<wire::Start>());
  return ended.get() / ((o.rounds - o.rounds / 10) * o.workers);
}

/// The memory that an update moves, over rows that are as many as there are workers, on all threads of the pool.
double bound_of_an_update(const FreeUpdatesOptions& o, bool judged, Pool& pool) {
  Rows rows;
  std::vector<Row> updates;
  for (uint32_t w = 0; w < o.workers; ++w) updates.push_back(row_of(rows, o.dimension, w));
  const Row trusted = row_of(rows, o.dimension, 1), before = row_of(rows, o.dimension, 2);
  std::vector<Row> after = {rows.make(o.dimension), rows.make(o.dimension)};
  const size_t pieces = static_cast<size_t>(o.threads) * 8;
  std::vector<double> times;
  for (uint32_t r = 0; r < 40; ++r) {
    const Row& u = updates[r % updates.size()];
    Row& out = after[r % 2];
    const auto piece = [&](size_t k) { return std::pair(o.dimension * k / pieces, o.dimension * (k + 1) / pieces); };
    const auto begin = std::chrono::steady_clock::now();
    if (judged)
      pool.for_each_and_wait(pieces, [&](size_t k, int) {
        const auto [first, last] = piece(k);
        const std::vector<const float*> both = {u.view().data() + first, trusted.view().data() + first};
        static std::atomic<uint64_t> sink;
        sink += read_once(both, last - first);
      });
    pool.for_each_and_wait(pieces, [&](size_t k, int) {
      const auto [first, last] = piece(k);
      const float *x = before.view().data(), *y = u.view().data();
      float* z = out.mutable_view().data();
      for (size_t i = first; i < last; ++i) z[i] = x[i] + 0.5f * y[i];
    });
    times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return bench::median(times);
}

}  // namespace

FreeUpdates measure_free_updates(const FreeUpdatesOptions& options, const Rules& rules) {
  const std::shared_ptr<const Rule> rule = make_rule(rules, with_defaults(rules, {.rule = {.name = options.rule}}));
  Pool pool(options.threads);
  FreeUpdates out;
  const bool judged = rule->needs().anything();
  // Turn by turn, and the best of each: what else the machine does then matters least.
  out.seconds = out.bound_seconds = std::numeric_limits<double>::infinity();
  for (int repetition = 0; repetition < 3; ++repetition) {
    out.bound_seconds = std::min(out.bound_seconds, bound_of_an_update(options, judged, pool));
    out.seconds = std::min(out.seconds, seconds_of_an_update(options, rule, pool));
  }
  return out;
}

}  // namespace zenops
