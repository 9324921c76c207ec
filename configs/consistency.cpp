#include "configs/consistency.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include "actors/contradictions.hpp"
#include "actors/order_check.hpp"
#include "actors/placing.hpp"
#include "configs/schema.hpp"

namespace zenops {
namespace {

class Consistency {
 public:
  Consistency(const Reading& reading, const Node& root, const Catalogue& catalogue, Problems& problems)
      : reading_(reading), root_(root), catalogue_(catalogue), problems_(problems) {}

  void check() {
    const auto& cluster = reading_.config.training.cluster;
    const std::string workers = "cluster.workers = " + std::to_string(cluster.workers);
    if (cluster.validators > cluster.workers)
      problems_.add(place_of(root_, {"cluster", "validators"}),
                    "cluster.validators: found " + std::to_string(cluster.validators) + ", expected at most " +
                        workers + ": a validator without workers has nothing to judge");
    for (const auto& [node, indices] : reading_.liars) {
      const uint32_t last = *std::max_element(indices.begin(), indices.end());
      if (last < cluster.workers) continue;
      const bool count = node.kind == Node::Kind::scalar;
      problems_.add(node.place, "attack.workers: found " + std::to_string(count ? last + 1 : last) + ", expected " +
                                    (count ? "at most " : "indices below ") + workers);
    }
    if (const auto& schedule = reading_.config.training.train.optimizer.schedule;
        schedule.kind == ScheduleOptions::Kind::step && schedule.rounds.empty() && schedule.epochs.empty())
      problems_.add(place_of(root_, {"train", "optimizer", "schedule"}),
                    "train.optimizer.schedule: found step without rounds, expected rounds like [60, 90], or epochs");
    if (const NodeMember* train = root_.find("train");
        train && train->value.find("rounds") && reading_.config.training.train.epochs > 0)
      problems_.add(place_of(root_, {"train", "epochs"}), "train.epochs: found beside train.rounds, expected one of the two");
    check_contradictions();
    check_delays();
    check_reputation();
    check_placement();
    check_pins();
    const PlacementOptions& placed = reading_.config.training.placement;
    if (placed.gpu_memory > 0 && !asks_for_gpus(placed))
      problems_.add(place_of(root_, {"resources", "gpu_memory"}),
                    "resources.gpu_memory: found " + to_text(placed.gpu_memory) + ", expected resources.gpu beside it: nobody who trains is given a GPU");
    check_faults();
    check_attacks();
    const auto& rule = reading_.config.training.rule;
    const uint32_t smallest_group = cluster.workers / std::min(cluster.validators, cluster.workers);
    const auto* entry = catalogue_.rules.find(rule.name);
    if (entry == nullptr) return;
    const Rules& rules = catalogue_.rules;
    if (entry->needs.losses && rule.granularity != Granularity::model)
      problems_.add(place_of(root_, {"rule", "granularity"}),
                    "rule.granularity: found \"block\", expected \"model\": " + rule.name + " judges by the loss of the whole model");
    if (reading_.config.training.train.mode == Mode::async)
      check_async(*entry, smallest_group);
    else if (entry->alone)
      problems_.add(place_of(root_, {"rule", "name"}), "rule.name: found " + rule.name +
                                                       ", which judges each update as it comes, expected train.mode: async");
    else if (const auto why = objection(rules, rule.choice(), smallest_group))
      problems_.add(place_of(root_, {"rule"}), "rule: " + *why + " (n: workers of a validator, " + workers +
                                               " over cluster.validators = " + std::to_string(cluster.validators) +
                                               ")");
  }

 private:
  /// Who is pinned is somebody, and is not in two places.
  void check_pins() {
    const TrainingOptions& training = reading_.config.training;
    const PlacementOptions& placement = training.placement;
    for (const NodeMember& member : reading_.pins) {
      const std::string path = "cluster.placement.pins." + legible(member.name);
      if (const auto why = nobody(member.name, "worker/3, shard/0 or validator/1")) {
        problems_.add(member.place, "cluster.placement.pins: " + *why);
        continue;
      }
      const Pin& pin = placement.pins.at(member.name);
      const Pin process = pin_of(training, member.name);
      const auto wrong = [&](const char* key, const std::string& found, const std::string& expected) {
        problems_.add(place_of(member.value, {key}), path + "." + key + ": found " + found + ", expected " + expected);
      };
      const std::string sharers = ", as those say who share its process (cluster.workers_per_process = " + std::to_string(training.cluster.workers_per_process) + ")";
      if (member.value.find("node") && pin.node.empty()) wrong("node", "\"\"", "a node's name");
      if (!pin.node.empty() && pin.node != process.node) wrong("node", legible(pin.node), legible(process.node) + sharers);
      if (!pin.gpu) continue;
      const std::string gpu = std::to_string(*pin.gpu);
      const bool worker = member.name.starts_with("worker/"), shard = member.name.starts_with("shard/");
      const double gpus = (worker ? placement.workers : shard ? placement.shards : placement.validators).gpus;
      if (pin.gpu != process.gpu) wrong("gpu", gpu, std::to_string(*process.gpu) + sharers);
      if (shard && placement.shards.gpus == 0)
        wrong("gpu", gpu, "none beside cluster.placement.shard_gpus = 0: its rows stay on cores");
      else if (gpus > 1)
        wrong("gpu", gpu, "none beside " + to_text(gpus) + " GPUs for each " + (worker ? "worker" : "validator") + ": one can be named");
    }
  }

  /// Why nobody of a worker's, a shard's or a validator's name is meant.
  std::optional<std::string> nobody(const std::string& name, const std::string& names) const {
    const auto& cluster = reading_.config.training.cluster;
    const std::map<std::string, uint32_t> counts = {{"worker", cluster.workers}, {"shard", cluster.shards}, {"validator", cluster.validators}};
    const size_t slash = name.find('/');
    const auto count = counts.find(name.substr(0, slash));
    uint32_t index = 0;
    const char *begin = name.data() + (slash == std::string::npos ? name.size() : slash + 1), *end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(begin, end, index);
    const bool said_so = error == std::errc{} && rest == end && std::to_string(index) == std::string(begin, end);  // not worker/03
    if (count == counts.end() || !said_so) return "found \"" + legible(name) + "\", expected " + names;
    if (index < count->second) return std::nullopt;
    return "found " + name + ", expected an index below cluster." + count->first + "s = " + std::to_string(count->second);
  }

  /// Who falls is somebody.
  void check_faults() {
    const auto& training = reading_.config.training;
    for (const auto& [node, fault] : reading_.faults) {
      const Node& kill = node.find("kill")->value;
      if (fault.kill == "evaluator") continue;
      if (fault.kill == "adversary") {
        if (training.adversary.threat_model == Sight::nothing)
          problems_.add(kill.place, "faults.inject.kill: found adversary, expected adversary.threat_model beside it: with nothing there is none");
        continue;
      }
      if (const auto why = nobody(fault.kill, "worker/3, shard/0, validator/1, evaluator or adversary"))
        problems_.add(kill.place, "faults.inject.kill: " + *why);
    }
    if (training.faults.mode == FaultOptions::Mode::exact && training.reputation.mode == ReputationOptions::Mode::evict)
      problems_.add(place_of(root_, {"faults", "mode"}),
                    "faults.mode: found exact beside reputation.mode: evict, expected elastic: who was evicted is replaced, and does not come back");
    if (training.train.mode == Mode::sync) return;
    if (training.faults.mode == FaultOptions::Mode::exact)
      problems_.add(place_of(root_, {"faults", "mode"}),
                    "faults.mode: found exact, expected elastic: asynchronous runs have no snapshots to go back to yet");
    if (!reading_.faults.empty())
      problems_.add(place_of(root_, {"faults", "inject"}), "faults.inject: found in async mode, expected train.mode: sync");
  }

  void check_contradictions() {
    for (const auto& [key, sentence] : contradictions(reading_.config.training, catalogue_.rules)) {
      const size_t dot = key.find('.');
      problems_.add(place_of(root_, {key.substr(0, dot), key.substr(dot + 1)}), key + ": " + sentence);
    }
  }

  void check_reputation() {
    const ReputationOptions& r = reading_.config.training.reputation;
    const auto wrong = [&](const char* key, const std::string& found, const std::string& expected) {
      problems_.add(place_of(root_, {"reputation", key}),
                    std::string("reputation.") + key + ": found " + found + ", expected " + expected);
    };
    if (r.mode != ReputationOptions::Mode::off && reading_.config.training.train.mode == Mode::async)
      wrong("mode", r.mode == ReputationOptions::Mode::watch ? "watch" : "evict", "off: train.mode is async");
    if (r.least > r.window) wrong("least", std::to_string(r.least), "at most reputation.window = " + std::to_string(r.window));
    if (r.readmit > r.window)
      wrong("readmit", std::to_string(r.readmit), "at most reputation.window = " + std::to_string(r.window));
    if (r.warn > r.quarantine)
      wrong("warn", to_text(r.warn), "at most reputation.quarantine = " + to_text(r.quarantine));
    if (r.quarantine > r.evict)
      wrong("quarantine", to_text(r.quarantine), "at most reputation.evict = " + to_text(r.evict));
  }

  void check_attacks() {
    const TrainOptions& train = reading_.config.training.train;
    AttackSetting setting = attack_setting(reading_.config.training);
    if (train.epochs > 0 || train.worker_epochs > 0) setting.rounds = 0;  // known when the data is
    for (const auto& [node, attack] : reading_.attacks) {
      const AttackEntry& entry = *catalogue_.attacks.find(attack.name);
      if (reading_.config.plumbing && entry.lie == Lie::collusion)
        problems_.add(node.place, "attack: found " + attack.name + " beside plumbing: true, expected one that needs no honest rows: nothing is trained");
      else if (const auto why = objection(entry, attack, setting))
        problems_.add(why->key.empty() ? node.place : place_of(node, {why->key}),
                      "attack" + (why->key.empty() ? "" : "." + why->key) + ": " + why->sentence);
    }
  }

  void check_placement() {
    const PlacementOptions& p = reading_.config.training.placement;
    const auto check = [&](std::initializer_list<std::string_view> path, double gpus) {
      if (gpus <= 1 || gpus == std::floor(gpus) || !says(root_, path)) return;
      std::string key;
      for (const auto name : path) key += (key.empty() ? "" : ".") + std::string(name);
      problems_.add(place_of(root_, path), key + ": found " + to_text(gpus) + ", expected whole GPUs, or a part of a single one");
    };
    check({"cluster", "placement", "worker_gpus"}, p.workers.gpus);
    check({"cluster", "placement", "validator_gpus"}, p.validators.gpus);
    check({"resources", "gpu"}, p.gpus);
  }

  void check_delays() {
    const auto& training = reading_.config.training;
    const NodeMember* delays = root_.find("delays");
    if (delays == nullptr) return;
    if (training.train.mode == Mode::sync && !training.delays.empty())
      problems_.add(delays->place, "delays: found in sync mode, expected train.mode: async");
    for (const NodeMember& member : delays->value.members) {
      const bool worker = member.name.starts_with("worker/");
      const std::string index = member.name.substr(member.name.find('/') + 1);
      const uint32_t count = worker ? training.cluster.workers : training.cluster.validators;
      if (index == "*" || std::stoull(index) < count) continue;
      problems_.add(member.place, "delays: found " + member.name + ", expected an index below cluster." +
                                      (worker ? "workers" : "validators") + " = " + std::to_string(count));
    }
  }

  void check_async(const RuleEntry& entry, uint32_t smallest_group) {
    const auto& training = reading_.config.training;
    const uint32_t buffer = training.async.buffer;
    const std::string found = "rule.name: found " + entry.name;
    if (entry.needs.losses)
      problems_.add(place_of(root_, {"rule", "name"}), found + ", which tries every row at the round's parameters, expected train.mode: sync");
    else if (entry.alone && buffer > 1)
      problems_.add(place_of(root_, {"async", "buffer"}), "async.buffer: found " + std::to_string(buffer) + ", expected 1: " +
                                                          entry.name + " judges each update alone");
    else if (!entry.alone && buffer < 2)
      problems_.add(place_of(root_, {"rule", "name"}), found + ", which judges updates together, expected async.buffer ≥ 2, or one of " +
                                                       join(names_of_those_alone()));
    else if (const auto why = objection(catalogue_.rules, training.rule.choice(), buffer))
      problems_.add(place_of(root_, {"rule"}), "rule: " + *why + " (n: async.buffer)");
    if (training.rule.across != Across::average)
      problems_.add(place_of(root_, {"rule", "across"}),
                    "rule.across: found median_of_validators, expected average: in asynchronous training validators judge "
                    "one after the other");
    if (buffer > smallest_group)
      problems_.add(place_of(root_, {"async", "buffer"}), "async.buffer: found " + std::to_string(buffer) +
                                                          ", expected at most the workers of a validator, " +
                                                          std::to_string(smallest_group));
    if (training.train.mode == Mode::async && entry.name == "zenopp_paper" && training.rule.granularity != Granularity::model)
      problems_.add(place_of(root_, {"rule", "granularity"}),
                    "rule.granularity: found \"block\", expected \"model\": " + entry.name + " judges the whole model");
    if (const Sight threat = training.adversary.threat_model; threat != Sight::nothing)
      problems_.add(place_of(root_, {"adversary", "threat_model"}), "adversary.threat_model: found " + std::string(to_string(threat)) +
                                                                    ", expected nothing: train.mode: async has no rounds of all");
  }

  std::vector<std::string> names_of_those_alone() const {
    std::vector<std::string> result;
    for (const RuleEntry& rule : catalogue_.rules.entries())
      if (rule.alone) result.push_back(rule.name);
    return result;
  }

  const Reading& reading_;
  const Node& root_;
  const Catalogue& catalogue_;
  Problems& problems_;
};

}  // namespace

void check_consistency(const Reading& reading, const Node& root, const Catalogue& catalogue, Problems& problems) {
  Consistency(reading, root, catalogue, problems).check();
}

}  // namespace zenops
