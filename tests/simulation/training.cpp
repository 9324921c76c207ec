#include "tests/simulation/training.hpp"

#include <algorithm>

#include "actors/learner.hpp"
#include "actors/scheduler.hpp"
#include "actors/shard.hpp"
#include "actors/validator.hpp"
#include "actors/wire/compose.hpp"
#include "aggregation/pipeline.hpp"
#include "tests/aggregation/separate_memory.hpp"
#include "tests/simulation/books.hpp"
#include "tests/simulation/stand_ins.hpp"

namespace zenops::simulation {
namespace {

Layout layout_of_run() {
  return Layout({{.name = "a", .shape = {5}},
                 {.name = "b", .shape = {3, 2}},
                 {.name = "c", .shape = {4}},
                 {.name = "d", .shape = {7}}});
}

class Run {
 public:
  explicit Run(const Scenario& scenario)
      : scenario_(scenario),
        cluster_(scenario.cluster, [this](Context& context, const std::string& name) { return make(context, name); }),
        books_(scenario_, cluster_.story(), layout_),
        luck_(scenario.seed, 4) {
    cluster_.observer = [this](const Address& from, const std::string& to, const Envelope& envelope) {
      books_.heard(from, to, envelope);
    };
    cluster_.given_up = [this](const std::string& name, const std::string& cause) {
      if (name.empty()) return books_.give_up(cause);
      if (!name.starts_with("worker/")) books_.give_up(name + " fell and was given up: " + cause);
    };
  }

  Outcome run() {
    for (uint32_t s = 0; s < scenario_.shards; ++s) cluster_.spawn(nth("shard", s), nth("shard", s));
    for (uint32_t v = 0; v < scenario_.validators; ++v) cluster_.spawn(nth("validator", v), nth("validator", v));
    const uint32_t together = luck_.chance(0.2) ? 2 : 1;  // workers in a process
    for (uint32_t w = 0; w < scenario_.workers; ++w) cluster_.spawn(nth("worker", w), nth("workers", w / together));
    cluster_.spawn("evaluator", "client");
    cluster_.spawn("scheduler", "client");
    if (!cluster_.run(Time{} + ms(20'000), [this] { return cluster_.up(); }))
      cluster_.story().violate("not everybody comes up");
    cluster_.run(cluster_.now() + ms(600), [] { return false; });  // the news of it is everywhere
    cluster_.tell("scheduler", Envelope::of<wire::Start>());
    const Time began = cluster_.now();
    const double span = 60.0 * scenario_.rounds;  // a round takes some 60 ms
    for (uint32_t k = 0; k < scenario_.faults; ++k) cluster_.at(began + luck_.time(0, span), [this] { strike(); });
    Dice operator_(scenario_.seed, 5);
    for (uint32_t k = 0; k < scenario_.pauses; ++k) {
      const Time from = began + operator_.time(0, span);
      cluster_.at(from, [this] { cluster_.tell("scheduler", Envelope::of<wire::Pause>()); });
      cluster_.at(from + operator_.time(1, 30'000),
                  [this] { cluster_.tell("scheduler", Envelope::of<wire::Resume>()); });
    }
    if (!cluster_.run(began + ms(600'000), [this] { return books_.over(); }))
      cluster_.story().violate("somebody waits for ever: no end within ten minutes");
    books_.outcome.seconds = std::chrono::duration<double>(cluster_.now() - began).count();
    rest();
    books_.outcome.violation = cluster_.story().violation();
    books_.outcome.story = cluster_.story().text();
    books_.outcome.counts = cluster_.story().counts;
    return books_.outcome;
  }

 private:
  /// Once all is whole again, whoever was taken for dead and is not finds out, and ends.
  void rest() {
    if (!cluster_.story().violation().empty()) return;
    resting_ = true;
    cluster_.heal();
    cluster_.run(cluster_.now() + ms(2000), [] { return false; });
    cluster_.run(cluster_.now() + ms(5000), [this] { return cluster_.zombies().empty(); });
    if (const auto zombies = cluster_.zombies(); !zombies.empty())
      cluster_.story().violate(zombies[0] + " lives on, though another has its name");
  }

  void strike() {
    if (resting_) return;
    const auto hosts = cluster_.hosts();
    const auto nodes = cluster_.nodes();
    if (hosts.empty() || nodes.empty()) return;
    const uint64_t host = hosts[luck_.below(static_cast<uint32_t>(hosts.size()))];
    const std::string& node = nodes[luck_.below(static_cast<uint32_t>(nodes.size()))];
    // Short ones go unnoticed, long ones do not.
    const Duration d = luck_.chance(0.5) ? luck_.time(20, 600) : luck_.time(600, 4000);
    switch (luck_.below(8)) {
      case 0:
      case 1:
        return cluster_.crash(host, "it is killed");
      case 2:
        return cluster_.freeze(host, d);
      case 3:
        return cluster_.freeze(luck_.chance(0.5) ? Process::client : Process::head, std::min(d, ms(900)));
      case 4:
        return luck_.chance(0.3) ? cluster_.crash_node(node) : cluster_.crash(host, "it is killed");
      case 5:
        return cluster_.cut({.processes = {},
                             .node = node,
                             .until = cluster_.now() + d,
                             .head_too = true,
                             .one_way = luck_.chance(0.2)});
      case 6:
        return cluster_.cut({.processes = {host},
                             .node = {},
                             .until = cluster_.now() + d,
                             .head_too = true,
                             .one_way = luck_.chance(0.3)});
      default: {
        Network::Cut cut{.processes = {}, .node = {}, .until = cluster_.now() + d};
        for (const uint64_t h : hosts)
          if (luck_.chance(0.5)) cut.processes.insert(h);
        cut.breaks = !scenario_.wire;
        return cluster_.cut(std::move(cut));
      }
    }
  }

  std::unique_ptr<Actor> make(Context& context, const std::string& name) {
    if (name == "scheduler") return scheduler(context);
    if (name == "evaluator") return std::make_unique<Taker>(context, scenario_.shards);
    const uint32_t k = index_of(name);
    if (name.starts_with("worker/"))
      return std::make_unique<Known>(context, books_, layout_, scenario_.shards, scenario_.skips);
    if (name.starts_with("validator/")) {
      Judge::Options judging{.group = k, .seed = scenario_.seed};
      judging.members = members_of(k, scenario_.workers, scenario_.validators);
      TrainingGround ground;
      ground.partition = partition_;
      ground.layout = layout_;
      return std::make_unique<Validator>(context,
                                         std::make_shared<Learner>(ground, Role::validator, k, scenario_.seed, 1, 1),
                                         layout_, scenario_.shards, rule_, judging);
    }
    const ShardRange range = layout_.shard(k, scenario_.shards);
    Row part = rows_->make(range.size);
    std::ranges::fill(part.mutable_view(), 0.0f);
    Shard::Options options{k, scenario_.shards, scenario_.validators, rule_->needs(), scenario_.deadline};
    if (scenario_.seed % 2 == 1) options.accelerator = accelerator_;
    return std::make_unique<Shard>(context, options, layout_, rows_, part);
  }

  std::unique_ptr<Actor> scheduler(Context& context) {
    Scheduler::Survival survival;
    survival.faults.mode = scenario_.exact ? FaultOptions::Mode::exact : FaultOptions::Mode::elastic;
    survival.faults.inject = scenario_.inject;
    survival.every = scenario_.exact ? scenario_.every : 0;
    auto beginning = std::make_shared<Snapshot>();
    Row zeros = rows_->make(layout_.dimension());
    std::ranges::fill(zeros.mutable_view(), 0.0f);
    beginning->model["parameters"] = {zeros};
    beginning->lr = 1;
    survival.start = beginning;
    for (uint32_t s = 0; s < scenario_.shards; ++s) survival.ranges.push_back(layout_.shard(s, scenario_.shards));
    static const Attacks attacks = Attacks::standard();
    Scorekeeper score(Adversary(attacks, {}, scenario_.seed), Participation(TrainOptions{}, layout_, scenario_.seed));
    return std::make_unique<Scheduler>(
        context,
        Conductor::Options{.rounds = scenario_.rounds,
                           .workers = scenario_.workers,
                           .validators = scenario_.validators,
                           .shards = scenario_.shards,
                           .eval_every = 3,
                           .pace = Pace(1, 1),
                           .keep_every = 0,
                           .lr = 1,
                           .schedule = Schedule({}, scenario_.rounds),
                           .deadline = scenario_.deadline,
                           .rule = "average"},
        survival, std::move(score),
        Conductor::Audience{.round = [this](const RoundReport& report) { books_.told(report); },
                            .end = [this](const Expected<TrainingResult>& result) { books_.ended(result); }});
  }

  const Scenario scenario_;
  const Layout layout_ = layout_of_run();
  const std::shared_ptr<Rows> rows_ = std::make_shared<Rows>();
  const std::shared_ptr<Accelerator> accelerator_ = separate(std::make_shared<SeparateMemory>());  // of some scenarios' shards
  const std::shared_ptr<const Rule> rule_ = make_rule(Rules::standard(), {.rule = {.name = "average"}});
  const std::shared_ptr<const Partition> partition_ =
      std::make_shared<const Partition>(PartitionKind{}, 64, scenario_.workers, 1, scenario_.seed);
  Cluster cluster_;
  Books books_;
  Dice luck_;
  bool resting_ = false;
};

}  // namespace

Outcome run(const Scenario& scenario) { return Run(scenario).run(); }

}  // namespace zenops::simulation
