#include "tests/simulation/training.hpp"

#include <cmath>
#include <optional>

#include "actors/learner.hpp"
#include "actors/shard.hpp"
#include "actors/validator.hpp"
#include "actors/wire/compose.hpp"
#include "aggregation/pipeline.hpp"

namespace zenops::simulation {
namespace {

constexpr double epsilon = 2e-3;  // sums of float; one row more or less is a hundred times as much

Layout layout_of_run() {
  return Layout({{.name = "a", .shape = {5}},
                 {.name = "b", .shape = {3, 2}},
                 {.name = "c", .shape = {4}},
                 {.name = "d", .shape = {7}}});
}

/// What must be true, told from what everybody says.
class Books {
 public:
  Books(const Scenario& scenario, Cluster& cluster, const Layout& layout) : scenario_(scenario), cluster_(cluster) {
    for (uint32_t s = 0; s < scenario.shards; ++s) ranges_.push_back(layout.shard(s, scenario.shards));
    dimension_ = layout.dimension();
    versions_[0] = {0, Parameters(dimension_, 0.0)};
    rounds_[0] = Parameters(dimension_, 0.0);
  }

  /// A row that only this life of this worker makes in this round.
  std::vector<float> row(uint32_t worker, uint32_t incarnation, uint32_t step, uint32_t memory) const {
    std::vector<float> out(dimension_);
    for (uint32_t i = 0; i < dimension_; ++i)
      out[i] = static_cast<float>(1 + (7 * worker + 13 * step + 3 * i + worker * step) % 17);
    for (float& x : out) x += 0.25f * static_cast<float>(scenario_.exact ? memory : incarnation);
    return out;
  }
  void made(uint32_t worker, uint32_t incarnation, uint32_t step, std::vector<float> row) {
    rows_[{worker, incarnation, step}] = std::move(row);
  }

  /// Somebody trains in the round that was opened under that number.
  void trains(const std::string& who, uint32_t number, uint32_t step, std::span<const Row> parts) {
    const auto opened = opened_.find(number);
    if (opened == opened_.end() || opened->second.step != step)
      return cluster_.violate(who + " trains in round " + std::to_string(step) + " under the number " +
                              std::to_string(number) + ", which was not opened");
    size_t at = 0;
    for (const Row& part : parts)
      for (const float x : part.view())
        if (!close(x, versions_.at(opened->second.version).parameters[at++]))
          return cluster_.violate(who + " trains on parameters that no version " +
                                  std::to_string(opened->second.version) + " has");
  }

  void heard(const Address& from, const std::string& to, const Envelope& envelope) {
    if (from.name == "scheduler") {
      if (envelope.type == capnp::typeId<wire::Open>()) open(*Msg<wire::Open>(envelope));
      if (envelope.type == capnp::typeId<wire::Apply>()) apply(*Msg<wire::Apply>(envelope));
      if (envelope.type == capnp::typeId<wire::Restore>() && to.starts_with("shard/"))
        restore(index_of(to), Msg<wire::Restore>(envelope));
    } else if (from.name.starts_with("shard/")) {
      if (envelope.type == capnp::typeId<wire::Parameters>()) parameters(from, Msg<wire::Parameters>(envelope));
      if (envelope.type == capnp::typeId<wire::Committed>()) committed(from, *Msg<wire::Committed>(envelope));
    }
  }

  void told(const RoundReport& report) {
    if (report.round != ++told_)
      cluster_.violate("round " + std::to_string(report.round) + " is told, where round " + std::to_string(told_) +
                       " comes next");
    std::string states;
    for (const WorkerReport& w : report.workers) states += " " + w.state;
    cluster_.log("round " + std::to_string(report.round) + " is told:" + states);
    for (const auto& note : report.notes) {
      cluster_.log("noted: " + note);
      this->note(note);
    }
  }
  void ended(const Expected<TrainingResult>& result) {
    if (std::exchange(ended_, true)) return cluster_.violate("the scheduler ends the run a second time");
    if (std::exchange(over_, true)) return;
    if (!result) {
      outcome.failed = result.error().what;
      return;
    }
    outcome.weights = result->weights;
    for (const auto& note : result->notes) this->note(note);
    if (told_ != scenario_.rounds || result->rounds != scenario_.rounds)
      cluster_.violate("the run ends after " + std::to_string(result->rounds) + " rounds of " +
                       std::to_string(scenario_.rounds) + ", and " + std::to_string(told_) + " were told");
    if (result->weights.size() != dimension_) return cluster_.violate("it ends with parameters of another size");
    if (!is(result->weights, rounds_[scenario_.rounds]))
      cluster_.violate("the last parameters are not what the rows make of the first");
  }
  bool over() const { return over_; }
  void give_up(const std::string& why) {
    if (!over_) outcome.failed = why;
    over_ = true;
  }

  Outcome outcome;

 private:
  using Parameters = std::vector<double>;
  struct Version {
    uint32_t round;
    Parameters parameters;
  };
  struct Opened {
    uint32_t step, version;
    std::map<uint32_t, uint32_t> members;  // worker → incarnation
    bool applied = false;
  };

  static bool close(double a, double b) { return std::abs(a - b) < epsilon; }
  static bool is(std::span<const float> x, const Parameters& y) {
    for (size_t i = 0; i < x.size(); ++i)
      if (!close(x[i], y[i])) return false;
    return true;
  }

  void note(const std::string& note) {
    if (note.find("the bits are not those") != std::string::npos) outcome.inexact = true;
    if (note.find("everybody is back at round") != std::string::npos) ++outcome.restored;
    if (note.find("has its part of what round") != std::string::npos) ++outcome.recalled;
  }

  void open(wire::Open::Reader open) {
    Opened now{open.getStep(), open.getVersion(), {}};
    for (auto m : open.getMembers()) now.members[m.getWorker()] = m.getIncarnation();
    const auto from = versions_.find(now.version);
    const std::string what =
        "round " + std::to_string(now.step) + " is opened under the number " + std::to_string(open.getRound());
    if (from == versions_.end())
      return cluster_.violate(what + " from version " + std::to_string(now.version) + ", which there never was");
    // Of a round that changed nothing and the one before it, which it was restored to cannot be told.
    if (const auto before = rounds_.find(now.step - 1);
        before != rounds_.end() && before->second == from->second.parameters)
      from->second.round = now.step - 1;
    if (from->second.round + 1 != now.step)
      return cluster_.violate(what + " from the parameters of round " + std::to_string(from->second.round));
    const auto [i, fresh] = opened_.try_emplace(open.getRound(), now);
    if (!fresh && (i->second.step != now.step || i->second.version != now.version || i->second.members != now.members))
      cluster_.violate(what + " a second time, and not as before");
    if (!fresh && i->second.applied) cluster_.violate(what + " after it was decided");
  }

  void apply(wire::Apply::Reader apply) {
    const uint32_t number = apply.getRound();
    Opened& opened = opened_.at(number);
    Parameters next = versions_.at(opened.version).parameters;
    for (auto plan : apply.getPlans()) {
      std::map<uint32_t, wire::RowState::Reader> states;
      for (auto row : plan.getRows()) states[row.getWorker()] = row;
      const double share = 1.0 / scenario_.validators / plan.getWorkers().size();
      for (const uint32_t worker : plan.getWorkers()) {
        const std::string who = nth("worker", worker);
        if (!states.contains(worker) || states[worker].getState() != wire::State::TAKEN)
          return cluster_.violate(who + " enters round " + std::to_string(opened.step) + " without a row");
        const uint32_t incarnation = states[worker].getIncarnation();
        if (const auto m = opened.members.find(worker); m == opened.members.end() || m->second != incarnation)
          return cluster_.violate(to_string(Address{who, incarnation}) + " enters round " +
                                  std::to_string(opened.step) + ", of which it is no member");
        const auto row = rows_.find({worker, incarnation, opened.step});
        if (row == rows_.end())
          return cluster_.violate(to_string(Address{who, incarnation}) + " enters round " +
                                  std::to_string(opened.step) + ", and made no row");
        for (size_t i = 0; i < next.size(); ++i) next[i] += share * static_cast<double>(row->second[i]);
      }
    }
    if (opened.applied) {  // it is told to each shard
      for (size_t i = 0; i < next.size(); ++i)
        if (!close(next[i], versions_.at(number).parameters[i]))
          return cluster_.violate("two shards are told two decisions about one round");
      return;
    }
    opened.applied = true;
    rounds_[opened.step] = next;
    versions_[number] = {opened.step, std::move(next)};
  }

  void restore(uint32_t shard, const Msg<wire::Restore>& restore) {
    const auto state = read_state(restore->getState(), restore.rows());
    const Row part = state ? state->tensor("parameters") : Row{};
    const ShardRange& range = ranges_[shard];
    if (part.size() != range.size) return cluster_.violate("a shard is restored to something of another size");
    const uint32_t version = restore->getVersion();
    if (!versions_.contains(version)) {
      // Of which round these are, the arithmetic says; of a part without numbers nothing does.
      if (range.size == 0) return;
      for (const auto& [round, parameters] : rounds_) {
        const Parameters there(parameters.begin() + static_cast<ptrdiff_t>(range.offset),
                               parameters.begin() + static_cast<ptrdiff_t>(range.offset + range.size));
        if (is(part.view(), there)) {
          versions_[version] = {round, parameters};
          return;
        }
      }
      return cluster_.violate("everybody is restored to parameters that no round had made");
    }
    const Parameters& all = versions_.at(version).parameters;
    for (size_t i = 0; i < part.size(); ++i)
      if (!close(part.view()[i], all[range.offset + i]))
        return cluster_.violate(nth("shard", shard) + " is restored to a version " + std::to_string(version) +
                                " that is another one");
  }

  void parameters(const Address& from, const Msg<wire::Parameters>& told) {
    const auto version = versions_.find(told->getVersion());
    const ShardRange& range = ranges_[index_of(from.name)];
    if (version == versions_.end()) return cluster_.violate(to_string(from) + " tells a version that there never was");
    const auto part = told.rows()[0].view();
    for (size_t i = 0; i < part.size(); ++i)
      if (!close(part[i], version->second.parameters[range.offset + i]))
        return cluster_.violate(to_string(from) + " tells other parameters than version " +
                                std::to_string(version->first) + " has");
  }

  void committed(const Address& from, wire::Committed::Reader committed) {
    const auto [i, fresh] = hashes_.try_emplace({committed.getRound(), index_of(from.name)}, committed.getHash());
    if (!fresh && i->second != committed.getHash())
      cluster_.violate(to_string(from) + " made another version " + std::to_string(committed.getRound()));
  }

  const Scenario& scenario_;
  Cluster& cluster_;
  std::vector<ShardRange> ranges_;
  size_t dimension_ = 0;
  std::map<uint32_t, Version> versions_;
  std::map<uint32_t, Parameters> rounds_;  // what each made, the last time that it was decided
  std::map<uint32_t, Opened> opened_;
  std::map<std::tuple<uint32_t, uint32_t, uint32_t>, std::vector<float>> rows_;
  std::map<std::pair<uint32_t, uint32_t>, uint64_t> hashes_;
  uint32_t told_ = 0;
  bool over_ = false, ended_ = false;
};

/// A worker whose rows follow from who it is and how often it has trained.
class Known final : public Trainee {
 public:
  Known(Context& context, Books& books, Layout layout, uint32_t shards, double skips)
      : Trainee(context, std::move(layout), shards), books_(books), skips_(skips) {}
  Behavior handlers() override {
    return Trainee::handlers()
        .on<wire::Open>(From{"scheduler"}, [this](const Msg<wire::Open>& m) { open(m); })
        .on<wire::Parameters>(From{"shard/"}, [this](const Msg<wire::Parameters>& m) { parameters(m); })
        .on<wire::Refused>(From{"shard/"}, [](const Msg<wire::Refused>&) {});
  }

 private:
  void train(uint32_t step, float, std::vector<Row> parameters) override {
    const Address self = context().self();
    books_.trains(to_string(self), number(), step, parameters);
    const uint32_t worker = index_of(self.name);
    context().offload(
        [worker, memory = memory_](int) {
          ++*memory;
          return *memory - 1;
        },
        [this, self, worker, step](uint32_t memory) {
          if (Dice(worker, step).chance(skips_)) return trained(step, 0, 0);
          const auto numbers = books_.row(worker, self.incarnation, step, memory);
          Row row(std::shared_ptr<float[]>(new float[numbers.size()]), 0, numbers.size());
          std::ranges::copy(numbers, row.mutable_view().begin());
          books_.made(worker, self.incarnation, step, numbers);
          trained(step, row, std::vector<bool>(layout().blocks().size(), true), 0, 0);
        });
  }
  std::function<ActorState()> saving() override {
    return [memory = memory_] {
      ActorState state;
      Row row(std::shared_ptr<float[]>(new float[1]), 0, 1);
      row.mutable_view()[0] = static_cast<float>(*memory);
      state.tensors["memory"] = row;
      return state;
    };
  }
  void restore(const ActorState& state, std::optional<AttackOptions>) override {
    const Row row = state.tensor("memory");
    *memory_ = row.empty() ? 0 : static_cast<uint32_t>(row.view()[0]);
  }
  Books& books_;
  const double skips_;
  std::shared_ptr<uint32_t> memory_ = std::make_shared<uint32_t>(0);
};

/// In the evaluator's place: takes every version, as Trainee would take it, and has it for shards that lost theirs.
class Taker final : public Actor {
 public:
  Taker(Context& context, uint32_t shards) : Actor(context), shards_(shards), gathering_(shards) {}
  Behavior handlers() override {
    return Behavior{}
        .on<wire::Evaluate>(
            From{"scheduler"},
            [this](const Msg<wire::Evaluate>& m) {
              version_ = m->getVersion();
              round_ = m->getRound();
              gathering_.begin(version_);
              for (uint32_t s = 0; s < shards_; ++s)
                context().tell(nth("shard", s),
                               Envelope::of<wire::Pull>([this](wire::Pull::Builder out) { out.setVersion(version_); }));
            })
        .on<wire::Parameters>(
            From{"shard/"},
            [this](const Msg<wire::Parameters>& m) {
              if (!gathering_.offer(m->getVersion(), m->getShard(), m.rows()[0])) return;
              parts_ = gathering_.take();
              has_ = version_;
              context().tell("scheduler",
                             Envelope::of<wire::Held>([this](wire::Held::Builder out) { out.setRound(round_); }));
              context().after(ms(20), [this, round = round_] {
                context().tell("scheduler", Envelope::of<wire::Evaluated>(
                                                [&](wire::Evaluated::Builder out) { out.setRound(round); }));
              });
            })
        .on<wire::Recall>(From{"scheduler"}, [this](const Msg<wire::Recall>& m) {
          const bool here = !parts_.empty() && m->getVersion() == has_;
          context().tell("scheduler", recalled(m->getTicket(), here ? parts_[m->getShard()] : Row{}));
        });
  }

 private:
  const uint32_t shards_;
  Gathering gathering_;
  uint32_t version_ = 0, round_ = 0, has_ = 0;
  std::vector<Row> parts_;
};

class Run {
 public:
  explicit Run(const Scenario& scenario)
      : scenario_(scenario),
        cluster_(scenario.cluster, [this](Context& context, const std::string& name) { return make(context, name); }),
        books_(scenario_, cluster_, layout_),
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
      cluster_.violate("not everybody comes up");
    cluster_.run(cluster_.now() + ms(600), [] { return false; });  // the news of it is everywhere
    cluster_.tell("scheduler", Envelope::of<wire::Start>());
    const Time began = cluster_.now();
    const double span = 60.0 * scenario_.rounds;  // a round takes some 60 ms
    for (uint32_t k = 0; k < scenario_.faults; ++k) cluster_.at(began + luck_.time(0, span), [this] { strike(); });
    Dice operator_(scenario_.seed, 5);
    for (uint32_t k = 0; k < scenario_.pauses; ++k) {
      const Time from = began + operator_.time(0, span);
      cluster_.at(from, [this] { cluster_.tell("scheduler", Envelope::of<wire::Pause>()); });
      cluster_.at(from + operator_.time(1, 30'000), [this] { cluster_.tell("scheduler", Envelope::of<wire::Resume>()); });
    }
    if (!cluster_.run(began + ms(600'000), [this] { return books_.over(); }))
      cluster_.violate("somebody waits for ever: no end within ten minutes");
    books_.outcome.seconds = std::chrono::duration<double>(cluster_.now() - began).count();
    rest();
    books_.outcome.violation = cluster_.violation();
    books_.outcome.story = cluster_.story();
    books_.outcome.counts = cluster_.counts();
    return books_.outcome;
  }

 private:
  /// Once all is whole again, whoever was taken for dead and is not finds out, and ends.
  void rest() {
    if (!cluster_.violation().empty()) return;
    resting_ = true;
    cluster_.heal();
    cluster_.run(cluster_.now() + ms(2000), [] { return false; });
    cluster_.run(cluster_.now() + ms(5000), [this] { return cluster_.zombies().empty(); });
    if (const auto zombies = cluster_.zombies(); !zombies.empty())
      cluster_.violate(zombies[0] + " lives on, though another has its name");
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
        return cluster_.freeze(luck_.chance(0.5) ? Cluster::client : Cluster::head, std::min(d, ms(900)));
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
        Cluster::Cut cut{.processes = {}, .node = {}, .until = cluster_.now() + d};
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
    return std::make_unique<Shard>(
        context, Shard::Options{k, scenario_.shards, scenario_.validators, rule_->needs(), scenario_.deadline}, layout_,
        rows_, part);
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
  const std::shared_ptr<const Rule> rule_ = make_rule(Rules::standard(), {.rule = {.name = "average"}});
  const std::shared_ptr<const Partition> partition_ =
      std::make_shared<const Partition>(PartitionKind{}, 64, scenario_.workers, 1, scenario_.seed);
  Cluster cluster_;
  Books books_;
  Dice luck_;
  bool resting_ = false;
};

}  // namespace

Scenario Scenario::of(uint64_t seed) {
  Dice dice(seed, 0);
  Scenario out;
  out.seed = seed;
  out.validators = dice.within(1, 2);
  out.workers = dice.within(2 * out.validators, 6);
  out.shards = dice.within(1, 3);
  out.rounds = dice.within(5, 12);
  out.exact = dice.chance(0.35);
  out.every = dice.within(1, 4);
  out.skips = dice.chance(0.3) ? 0.2 : 0;
  out.deadline = dice.time(1500, 4000);
  out.wire = dice.chance(0.75);
  out.faults = dice.chance(0.1) ? 0 : dice.within(1, 4);
  Cluster::Options& c = out.cluster;
  c.seed = seed;
  c.nodes = dice.within(2, 4);
  c.most_delay = dice.chance(0.3) ? ms(20) : ms(2);
  c.late = dice.chance(0.3) ? 0.01 : 0;
  if (!out.wire) {
    c.lost = dice.chance(0.5) ? 0.002 : 0;
    c.twice = dice.chance(0.5) ? 0.05 : 0;
  }
  c.head_apart = dice.chance(0.5);

  c.bytes = dice.chance(0.25);
  c.restarts.intensity = dice.chance(0.15) ? 1 : 5;
  const uint32_t injected = dice.chance(0.5) ? 0 : dice.within(1, 2);
  for (uint32_t k = 0; k < injected; ++k) {
    Fault fault;
    const uint32_t kind = dice.below(4);
    fault.kill = kind == 0   ? nth("shard", dice.below(out.shards))
                 : kind == 1 ? nth("validator", dice.below(out.validators))
                 : kind == 2 ? nth("worker", dice.below(out.workers))
                             : "evaluator";
    fault.round = dice.within(1, out.rounds);
    fault.at = static_cast<Fault::At>(dice.below(3));
    out.inject.push_back(fault);
  }
  out.pauses = dice.chance(0.3) ? dice.within(1, 3) : 0;
  return out;
}

std::string Scenario::describe() const {
  std::string out =
      "seed " + std::to_string(seed) + ": " + std::to_string(workers) + " workers, " + std::to_string(validators) +
      " validators, " + std::to_string(shards) + " shards, " + std::to_string(rounds) + " rounds, " +
      (exact ? "exact, a snapshot every " + std::to_string(every) + " rounds, " : "elastic, ") +
      std::to_string(faults) + " faults" + (wire ? "" : ", messages are lost or come twice") +
      (pauses > 0 ? ", " + std::to_string(pauses) + " pauses" : "") +
      (cluster.head_apart ? ", the head apart" : "");
  for (const Fault& f : inject)
    out +=
        ", kills " + f.kill + " in round " + std::to_string(f.round) + " at " + std::to_string(static_cast<int>(f.at));
  return out;
}

Outcome run(const Scenario& scenario) { return Run(scenario).run(); }

}  // namespace zenops::simulation
