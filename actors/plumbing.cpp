#include "actors/plumbing.hpp"

#include <cmath>
#include <future>
#include <mutex>

#include "actors/groups.hpp"
#include "actors/judge.hpp"
#include "actors/no_evaluator.hpp"
#include "actors/scheduler.hpp"
#include "actors/shard.hpp"
#include "actors/trainee.hpp"
#include "runtime/system.hpp"

namespace zenops {
namespace {

enum BlockIndex : uint32_t { parameter, gradient, indicator };

// Parts of several segments, so that several shards have some.
const Layout& pipes() {
  static const Layout blocks({{.name = "parameter", .shape = {5000}, .exchange = Exchange::trusted},
                              {.name = "gradient", .shape = {3000}},
                              {.name = "indicator", .shape = {1}}});
  return blocks;
}

/// Of the powers of two of rounds 1, 2, …: 2^i.
double doubled(uint32_t round) { return std::ldexp(1.0, static_cast<int>(round) - 1); }
double pushed_parameter(uint32_t validator, uint32_t round) { return (validator + 1) * 3 * doubled(round); }
double pushed_gradient(uint32_t round) { return 4 * doubled(round); }
double pushed_indicator(uint32_t worker, uint32_t round) { return 10.0 * worker + (round - 1); }
/// The blocks after so many rounds.
double parameter_after(uint32_t rounds, uint32_t validators) {
  return (validators + 1) / 2.0 * 3 * (std::ldexp(1.0, static_cast<int>(rounds)) - 1);
}
double gradient_after(uint32_t rounds) { return 4 * (std::ldexp(1.0, static_cast<int>(rounds)) - 1); }

/// What was compared, on any thread.
class Ledger {
 public:
  void expect(double found, double expected, const std::string& what) {
    constexpr double tolerance = 1e-5;  // Zeno-PS's
    const bool same = std::fabs(found - expected) <= tolerance * std::max(1.0, std::fabs(expected));
    note(same, what + ": found " + std::to_string(found) + ", expected " + std::to_string(expected));
  }
  void note(bool holds, const std::string& otherwise) {
    std::lock_guard lock(mutex_);
    ++report_.checks;
    if (!holds) report_.mismatches.push_back(otherwise);
  }
  PlumbingReport report() const {
    std::lock_guard lock(mutex_);
    return report_;
  }

 private:
  mutable std::mutex mutex_;
  PlumbingReport report_;
};

std::span<const float> part(std::span<const float> row, BlockIndex block) {
  const Block& b = pipes().blocks()[block];
  return row.subspan(b.offset, b.size);
}

/// The whole of what somebody pulled, against what the rounds before must have made of it. The first number that differs tells.
void expect_parameters(Ledger& ledger, std::span<const float> row, uint32_t rounds, uint32_t validators, const std::string& who) {
  for (const auto& [block, expected] :
       {std::pair(parameter, parameter_after(rounds, validators)), std::pair(gradient, gradient_after(rounds))}) {
    double found = expected;
    for (const float x : part(row, block))
      if (x != static_cast<float>(expected) && std::fabs(x - expected) > std::fabs(found - expected)) found = x;
    ledger.expect(found, expected, who + ", after round " + std::to_string(rounds) + ": block " + pipes().blocks()[block].name);
  }
}

Row row_of(double in_parameter, double in_gradient, double in_indicator) {
  Row row(std::shared_ptr<float[]>(new float[pipes().dimension()]), 0, pipes().dimension());
  const double values[] = {in_parameter, in_gradient, in_indicator};
  for (uint32_t b = 0; b < pipes().blocks().size(); ++b) {
    const Block& block = pipes().blocks()[b];
    std::ranges::fill(row.mutable_view().subspan(block.offset, block.size), static_cast<float>(values[b]));
  }
  return row;
}

struct Bench {
  Bench(const TrainingOptions& o, const Catalogue& catalogue)
      : options(o), adversary(catalogue.attacks, o.attacks, o.seed, {pipes(), o.cluster.shards}), pool(o.cluster.threads) {}
  const TrainingOptions& options;
  const Adversary adversary;
  Ledger ledger;
  SystemClock clock;
  Pool pool;
};

/// Whoever pulls known numbers and pushes others.
class Plumber : public Trainee {
 protected:
  Plumber(Context& context, Bench& bench, uint32_t index)
      : Trainee(context, pipes(), bench.options.cluster.shards), bench_(bench), index_(index) {}
  void train(uint32_t round, float, std::vector<Row> parameters) override {
    std::vector<float> pulled(pipes().dimension());
    copy_parts(parameters, pulled);
    expect_parameters(bench_.ledger, pulled, round - 1, bench_.options.cluster.validators, context().self().name);
    push(round);
  }
  virtual void push(uint32_t round) = 0;
  Bench& bench_;
  const uint32_t index_;
};

class PlumbingWorker final : public Plumber {
 public:
  PlumbingWorker(Context& context, Bench& bench, uint32_t index) : Plumber(context, bench, index) {}
  Behavior handlers() override {
    return Trainee::handlers()
        .on<wire::Open>(From{"scheduler"},
                        [this](const Msg<wire::Open>& m) {
                          if (!bench_.adversary.silent(index_, m->getStep())) open(m);
                        })
        .on<wire::Parameters>(From{"shard/"}, [this](const Msg<wire::Parameters>& m) { parameters(m); })
        .on<wire::Refused>(From{"shard/"}, [](const Msg<wire::Refused>&) {});
  }

 private:
  void push(uint32_t round) override {
    if (bench_.adversary.crashes(index_, round)) throw std::runtime_error("it was told to crash");
    Row row = row_of(0, pushed_gradient(round), pushed_indicator(index_, round));
    for (const BlockIndex b : {gradient, indicator}) {
      const Block& block = pipes().blocks()[b];
      if (bench_.adversary.poisons(index_, round, b))
        bench_.adversary.poison(index_, round, b, row.mutable_view().subspan(block.offset, block.size));
    }
    trained(round, row, {false, true, true}, 0, 0);
  }
};

/// Averages, and compares what it is told of the rows with what was pushed.
class PlumbingRule final : public Rule {
 public:
  PlumbingRule(Bench& bench, uint32_t group) : bench_(bench), group_(group) {}
  uint32_t round = 0;  // that is decided next

  Needs needs() const override { return {.trusted = Trust::validator}; }
  Plan decide(const Geometry& geometry) const override {
    const auto& cluster = bench_.options.cluster;
    const size_t members = members_of(group_, cluster.workers, cluster.validators);
    const std::string where = "validator/" + std::to_string(group_) + ", round " + std::to_string(round);
    bench_.ledger.note(geometry.rows == members, where + ": found the rows of " + std::to_string(geometry.rows) + " workers, expected " +
                                                     std::to_string(members));
    for (size_t k = 0; geometry.rows == members && k < members; ++k) {
      const uint32_t worker = group_ + static_cast<uint32_t>(k) * cluster.validators;
      const std::string who = where + ": of worker/" + std::to_string(worker);
      expect_constant(geometry, gradient, k, pushed_gradient(round), who);
      expect_constant(geometry, indicator, k, pushed_indicator(worker, round), who);
    }
    Plan plan;
    plan.blocks.resize(pipes().blocks().size());
    for (BlockPlan& block : plan.blocks) {
      block.weights.assign(geometry.rows, 1 / static_cast<float>(geometry.rows));
      block.verdicts.assign(geometry.rows, Verdict::accepted);
    }
    return plan;
  }

 private:
  void expect_constant(const Geometry& geometry, BlockIndex index, size_t k, double value, const std::string& who) const {
    const Block& block = pipes().blocks()[index];
    const auto size = static_cast<double>(block.size);
    const Products& products = geometry.blocks[index];
    bench_.ledger.expect(products.dots[k] / size, value, who + ", mean of block " + block.name);
    bench_.ledger.expect(products.squared_norms[k] / size, value * value, who + ", mean square of block " + block.name);
  }
  Bench& bench_;
  const uint32_t group_;
};

class PlumbingValidator final : public Plumber {
 public:
  PlumbingValidator(Context& context, Bench& bench, uint32_t index)
      : Plumber(context, bench, index),
        rule_(bench, index),
        judge_(rule_, pipes(), shards(), {.group = index, .seed = bench.options.seed}) {}
  Behavior handlers() override {
    return Trainee::handlers()
        .on<wire::Open>(From{"scheduler"}, [this](const Msg<wire::Open>& m) { open(m); })
        .on<wire::Parameters>(From{"shard/"}, [this](const Msg<wire::Parameters>& m) { parameters(m); })
        .on<wire::Measured>(From{"shard/"}, [this](const Msg<wire::Measured>& m) { measured(m); });
  }

 private:
  void push(uint32_t round) override { trained(round, row_of(pushed_parameter(index_, round), 1, 1), {true, true, true}, 0, 0); }
  void measured(const Msg<wire::Measured>& measured) {
    const auto complete = judge_.offer(measured);
    if (!complete) throw std::runtime_error(context().sender().name + " sent measurements that " + complete.error().what);
    if (!*complete) return;
    rule_.round = judge_.round();
    context().tell("scheduler", judge_.plan());
  }
  PlumbingRule rule_;
  Judge judge_;
};

void spawn(System& system, Bench& bench, Conductor::Audience audience) {
  const TrainingOptions& options = bench.options;
  const ClusterOptions& cluster = options.cluster;
  const auto deadline = std::chrono::duration_cast<Clock::Duration>(cluster.deadline);
  const auto rows = std::make_shared<Rows>();
  const Row initial = row_of(0, 0, 0);
  for (uint32_t s = 0; s < cluster.shards; ++s) {
    const ShardRange range = pipes().shard(s, cluster.shards);
    const Holder::Options shard{.index = s,
                                .shards = cluster.shards,
                                .validators = cluster.validators,
                                .needs = {.trusted = Trust::validator},
                                .deadline = deadline,
                                .threads = cluster.shard_threads};
    system.spawn(
        nth("shard", s),
        [shard, rows, mine = initial.slice(range.offset, range.size)](Context& context) {
          return std::make_unique<Shard>(context, shard, pipes(), rows, mine);
        },
        RestartSpec::never());
  }
  system.spawn("evaluator", [](Context& context) { return std::make_unique<NoEvaluator>(context); }, RestartSpec::never());
  for (uint32_t v = 0; v < cluster.validators; ++v)
    system.spawn(
        nth("validator", v), [&bench, v](Context& context) { return std::make_unique<PlumbingValidator>(context, bench, v); },
        RestartSpec::never());
  for (uint32_t w = 0; w < cluster.workers; ++w)
    system.spawn(
        nth("worker", w), [&bench, w](Context& context) { return std::make_unique<PlumbingWorker>(context, bench, w); },
        RestartSpec::never());
  const Conductor::Options conducting{.rounds = options.train.rounds,
                                      .workers = cluster.workers,
                                      .validators = cluster.validators,
                                      .shards = cluster.shards,
                                      .eval_every = options.train.rounds,
                                      .pace = Pace(1, 1),
                                      .keep_every = 0,
                                      .lr = 1,
                                      .schedule = Schedule({}, options.train.rounds),
                                      .deadline = deadline};
  system.spawn(
      "scheduler",
      [&bench, conducting, audience = std::move(audience)](Context& context) {
        Scorekeeper score(bench.adversary, Participation({}, pipes(), bench.options.seed));
        return std::make_unique<Scheduler>(context, conducting, Scheduler::Survival{}, std::move(score), audience);
      },
      RestartSpec::never());
}

}  // namespace

PlumbingReport run_plumbing(const TrainingOptions& options, const Catalogue& catalogue) {
  constexpr uint32_t most_rounds = 20;
  const uint32_t rounds = options.train.rounds;
  if (rounds > most_rounds)
    throw UserError(UserError::bad_config, "train.rounds: found " + std::to_string(rounds) + ", expected at most " +
                                               std::to_string(most_rounds) + ": what plumbing pushes doubles every round");
  Bench bench(options, catalogue);
  std::promise<Expected<TrainingResult>> promise;
  std::once_flag once;
  const auto end = [&](Expected<TrainingResult> result) { std::call_once(once, [&] { promise.set_value(std::move(result)); }); };
  auto ended = promise.get_future();
  {
    System::Options system_options;
    system_options.serialize = options.cluster.serialize;
    system_options.given_up = [&](const std::string& name, const std::string& cause) {
      if (!name.starts_with("worker/")) end(fail(Ec::failed, name + " fell: " + cause));
    };
    System system(std::move(system_options), bench.clock, bench.pool);
    spawn(system, bench, {.round = [](const RoundReport&) {}, .end = end});
    system.tell("scheduler", Envelope::of<wire::Start>());
    ended.wait();
  }
  const Expected<TrainingResult> result = ended.get();
  if (!result) throw UserError(UserError::run_failed, result.error().what);
  expect_parameters(bench.ledger, result->weights, rounds, options.cluster.validators, "scheduler");
  return bench.ledger.report();
}

}  // namespace zenops
