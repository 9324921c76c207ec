#include "configs/config.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>

#include "actors/contradictions.hpp"
#include "actors/order_check.hpp"
#include "actors/placing.hpp"
#include "base/nearest.hpp"
#include "configs/delay.hpp"
#include "configs/presets.hpp"
#include "configs/schema.hpp"

namespace zenops {
namespace {

std::string joined(const std::string& section, const std::string& name) {
  return section.empty() ? name : section + "." + name;
}

/// From the tree of a document to a Config; mistakes go to `problems`.
class Resolver {
 public:
  Resolver(const Schema& schema, const Catalogue& catalogue, Problems& problems)
      : schema_(schema), catalogue_(catalogue), problems_(problems) {
    for (const auto& key : schema.keys) known_.push_back(key.path);
    for (const auto& key : schema.attack) known_.push_back(key.path);
    known_.push_back("rule.pre");
    known_.push_back("delays");
    known_.push_back("faults.inject");
    known_.push_back("cluster.placement.pins");
  }

  Config resolve(const Node& root) {
    read_section("", root);
    for (const Chosen& chosen : schema_.chosen) fill_defaults(chosen);
    choose_file(root);
    share_gpus(root);
    if (problems_.empty()) check(root);
    return std::move(config_);
  }

 private:
  void read_section(const std::string& section, const Node& node) {
    if (node.kind == Node::Kind::nothing) return;
    if (node.kind != Node::Kind::map) {
      problems_.add(node.place, section + ": found " +
                                    (node.kind == Node::Kind::list ? "a list" : "\"" + legible(node.text) + "\"") +
                                    ", expected a map with " + list(names_in(section)));
      return;
    }
    const Chosen* chosen = chosen_in(section);
    const Description* entry = nullptr;
    if (chosen != nullptr) {
      // The name decides which other keys there are, wherever it stands.
      if (const NodeMember* name = node.find("name")) read_key(schema_.keys, section + ".name", name->value, config_);
      entry = find(chosen->entries, chosen->name(config_));
      if (const NodeMember* name = node.find("name"); name && name->value.text != chosen->name(config_))
        entry = nullptr;
    }
    for (const NodeMember& member : node.members) {
      const std::string path = joined(section, member.name);
      if (path == "attack")
        read_attacks(member.value);
      else if (path == "rule.pre")
        read_pre_aggregators(member.value);
      else if (path == "delays")
        read_delays(member.value);
      else if (path == "faults.inject")
        read_faults(member.value);
      else if (path == "cluster.placement.pins")
        read_pins(member.value);
      else if (is_section(path))
        read_section(path, member.value);
      else if (chosen != nullptr && member.name == "name")
        continue;
      else if (!read_key(schema_.keys, path, member.value, config_) &&
               !read_parameter(section, entry, member, chosen ? &chosen->parameters(config_) : nullptr))
        unknown(section, member, chosen != nullptr, entry);
    }
  }

  /// Whether `path` is one of the keys.
  template <class Target>
  bool read_key(const std::vector<Key<Target>>& keys, const std::string& path, const Node& node, Target& target) {
    for (const auto& key : keys) {
      if (key.path != path) continue;
      if (const auto value = read_value(key.shape, node))
        key.set(target, *value);
      else
        problems_.add(node.place, path + ": " + value.error());
      return true;
    }
    return false;
  }

  /// Whether the member is a parameter of the catalogue's line.
  bool read_parameter(const std::string& section, const Description* entry, const NodeMember& member,
                      Parameters* parameters) {
    if (entry == nullptr || parameters == nullptr) return false;
    for (const Parameter& parameter : entry->parameters) {
      if (parameter.name != member.name) continue;
      if (const auto value = read_value(Shape::of(parameter), member.value))
        (*parameters)[parameter.name] = std::get<double>(*value);
      else
        problems_.add(member.value.place, joined(section, member.name) + ": " + value.error());
      return true;
    }
    return false;
  }

  void fill_defaults(const Chosen& chosen) {
    if (const auto* entry = find(chosen.entries, chosen.name(config_)))
      fill_defaults(*entry, chosen.parameters(config_));
  }
  static void fill_defaults(const Description& entry, Parameters& parameters) {
    for (const Parameter& parameter : entry.parameters)
      if (!parameter.optional) parameters.try_emplace(parameter.name, parameter.default_value);
  }

  void read_pre_aggregators(const Node& node) {
    if (node.kind == Node::Kind::list)
      for (const Node& item : node.items) read_pre_aggregator(item);
    else if (node.kind != Node::Kind::nothing)
      read_pre_aggregator(node);
  }

  /// A name, or a map of a name and parameters.
  void read_pre_aggregator(const Node& node) {
    const bool map = node.kind == Node::Kind::map;
    const NodeMember* name = map ? node.find("name") : nullptr;
    if (node.kind == Node::Kind::list || (map && name == nullptr)) {
      problems_.add(node.place, std::string("rule.pre: found ") + (map ? "a map without a name" : "a list in a list") +
                                    ", expected a list of names, or of maps like {name: nnm, f: 3}");
      return;
    }
    const Node& named = map ? name->value : node;
    const auto value = read_value({.kind = Shape::Kind::choice, .choices = names_of(schema_.pre_aggregators)}, named);
    if (!value) {
      problems_.add(named.place, "rule.pre: " + value.error());
      return;
    }
    Choice choice{.name = std::get<std::string>(*value)};
    const Description* entry = find(schema_.pre_aggregators, choice.name);
    for (const NodeMember& member : node.members)
      if (member.name != "name" && !read_parameter("rule.pre", entry, member, &choice.parameters))
        unknown("rule.pre", member, true, entry);
    config_.training.rule.pre.push_back(std::move(choice));
  }

  void read_delays(const Node& node) {
    if (node.kind == Node::Kind::nothing) return;
    if (node.kind != Node::Kind::map) {
      problems_.add(node.place, "delays: found " +
                                    (node.kind == Node::Kind::list ? "a list" : "\"" + legible(node.text) + "\"") +
                                    ", expected a map like {worker/3: \"uniform(0, 1 s)\"}");
      return;
    }
    for (const NodeMember& member : node.members) {
      if (member.value.kind != Node::Kind::scalar) {
        problems_.add(member.value.place, "delays." + legible(member.name) + ": found no text, expected one like \"0.5 s\"");
        continue;
      }
      const auto delay = read_delay(member.name, member.value.text);
      if (delay)
        config_.training.delays.push_back(*delay);
      else
        problems_.add(member.value.place, "delays." + legible(member.name) + ": " + delay.error());
    }
  }

  void read_pins(const Node& node) {
    constexpr const char* wanted = ", expected a map like {worker/3: {node: b, gpu: 1}}";
    if (node.kind == Node::Kind::nothing) return;
    if (node.kind != Node::Kind::map) {
      problems_.add(node.place, "cluster.placement.pins: found " +
                                    (node.kind == Node::Kind::list ? "a list" : "\"" + legible(node.text) + "\"") + wanted);
      return;
    }
    for (const NodeMember& member : node.members) {
      const std::string path = "cluster.placement.pins." + legible(member.name);
      Pin pin;
      if (member.value.kind != Node::Kind::map || member.value.members.empty())
        problems_.add(member.value.place, path + ": found neither node nor gpu, expected a map like {node: b, gpu: 1}");
      for (const NodeMember& part : member.value.members)
        read_pin(path, part, pin);
      pins_.push_back(member);
      config_.training.placement.pins[member.name] = std::move(pin);
    }
  }

  void read_pin(const std::string& path, const NodeMember& part, Pin& pin) {
    for (const auto& key : schema_.pin) {
      if (leaf_of(key.path) != part.name) continue;
      if (const auto value = read_value(key.shape, part.value))
        key.set(pin, *value);
      else
        problems_.add(part.value.place, path + "." + part.name + ": " + value.error());
      return;
    }
    problems_.add(part.place, path + "." + legible(part.name) + ": unknown key; expected one of node, gpu");
  }

  /// Who is pinned is somebody, and is not in two places.
  void check_pins() {
    const TrainingOptions& training = config_.training;
    const PlacementOptions& placement = training.placement;
    for (const NodeMember& member : pins_) {
      const std::string path = "cluster.placement.pins." + legible(member.name);
      if (const auto why = nobody(member.name, "worker/3, shard/0 or validator/1")) {
        problems_.add(member.place, "cluster.placement.pins: " + *why);
        continue;
      }
      const Pin& pin = placement.pins.at(member.name);
      const Pin process = pin_of(training, member.name);
      const auto wrong = [&](const char* key, const std::string& found, const std::string& expected) {
        problems_.add(place(member.value, {key}), path + "." + key + ": found " + found + ", expected " + expected);
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

  void read_faults(const Node& node) {
    if (node.kind == Node::Kind::nothing) return;
    if (node.kind != Node::Kind::list) {
      problems_.add(node.place, "faults.inject: expected a list of maps like {kill: shard/0, round: 7}");
      return;
    }
    for (const Node& item : node.items) {
      Fault fault;
      if (item.find("kill") == nullptr || item.find("round") == nullptr) {
        problems_.add(item.place, "faults.inject: expected maps like {kill: shard/0, round: 7}, with both keys");
        continue;
      }
      for (const NodeMember& member : item.members)
        if (!read_key(schema_.fault, "faults.inject." + member.name, member.value, fault))
          problems_.add(member.place, "faults.inject." + legible(member.name) + ": unknown key; expected one of kill, round, at");
      faults_.push_back({item, fault});
      config_.training.faults.inject.push_back(std::move(fault));
    }
  }

  /// Why nobody of a worker's, a shard's or a validator's name is meant.
  std::optional<std::string> nobody(const std::string& name, const std::string& names) const {
    const auto& cluster = config_.training.cluster;
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
  void check_faults(const Node& root) {
    const auto& training = config_.training;
    for (const auto& [node, fault] : faults_) {
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
      problems_.add(place(root, {"faults", "mode"}),
                    "faults.mode: found exact beside reputation.mode: evict, expected elastic: who was evicted is replaced, and does not come back");
    if (training.train.mode == Mode::sync) return;
    if (training.faults.mode == FaultOptions::Mode::exact)
      problems_.add(place(root, {"faults", "mode"}),
                    "faults.mode: found exact, expected elastic: asynchronous runs have no snapshots to go back to yet");
    if (!faults_.empty())
      problems_.add(place(root, {"faults", "inject"}), "faults.inject: found in async mode, expected train.mode: sync");
  }

  void read_attacks(const Node& node) {
    if (node.kind == Node::Kind::list)
      for (const Node& item : node.items) read_attack(item);
    else if (node.kind != Node::Kind::nothing)
      read_attack(node);
  }

  void read_attack(const Node& node) {
    if (node.kind != Node::Kind::map) {
      problems_.add(
          node.place,
          "attack: found " +
              (node.kind == Node::Kind::scalar ? "\"" + legible(node.text) + "\"" : std::string("something else")) +
              ", expected a map like {name: negative, scale: 200, rate: 0.2}, or a list of such maps");
      return;
    }
    AttackOptions attack;
    const NodeMember* name = node.find("name");
    if (name != nullptr) read_key(schema_.attack, "attack.name", name->value, attack);
    const bool name_read = name == nullptr || name->value.text == attack.name;
    const Description* entry = name != nullptr && name_read ? find(schema_.attacks, attack.name) : nullptr;
    for (const NodeMember& member : node.members)
      if (member.name != "name" && !read_key(schema_.attack, "attack." + member.name, member.value, attack) &&
          !read_parameter("attack", entry, member, &attack.parameters))
        unknown("attack", member, true, entry);
    if (name == nullptr) problems_.add(node.place, "attack: found no name, expected one of " + list(names_of(schema_.attacks)));
    const bool rate = node.find("rate") != nullptr, workers = node.find("workers") != nullptr;
    if (name != nullptr && name_read && attack.name != "none") {
      if (!rate && !workers)
        problems_.add(node.place,
                      "attack: found neither rate nor workers, expected \"rate: 0.2\" (the chance of each block "
                      "message to be poisoned) or \"workers: 3\" (three that always lie)");
      if (!rate) attack.rate = 1;
    }
    if (entry != nullptr) fill_defaults(*entry, attack.parameters);
    if (const NodeMember* member = node.find("workers")) liars_.push_back({member->value, attack.workers});
    if (entry != nullptr) attacks_.push_back({node, attack});
    config_.training.attacks.push_back(std::move(attack));
  }

  void unknown(const std::string& section, const NodeMember& member, bool chooses, const Description* entry) {
    const std::string path = joined(section, member.name);
    if (chooses && entry == nullptr) return;  // the name is wrong, and said to be; nobody knows its parameters
    auto names = names_in(section);
    if (entry != nullptr)
      for (const Parameter& parameter : entry->parameters) names.push_back(parameter.name);
    std::string sentence = legible(path) + ": unknown key";
    if (entry != nullptr) sentence += " of " + section + " \"" + entry->name + "\"";
    if (const auto near = nearest(member.name, names))
      sentence += "; did you mean \"" + joined(section, *near) + "\"?";
    else if (const auto elsewhere = same_leaf(member.name))
      sentence += "; did you mean \"" + *elsewhere + "\"?";
    else
      sentence += "; expected one of " + list(names);
    problems_.add(member.place, sentence);
  }

  /// Where a key of that name stands, for somebody who forgot the section.
  std::optional<std::string> same_leaf(const std::string& name) const {
    for (const auto& path : known_)
      if (leaf_of(path) == name) return path;
    return std::nullopt;
  }

  bool is_section(const std::string& path) const {
    for (const auto& known : known_)
      if (known.starts_with(path + ".")) return true;
    return false;
  }

  /// Names of the keys and sections right inside a section.
  std::vector<std::string> names_in(const std::string& section) const {
    std::vector<std::string> result;
    for (const auto& path : known_) {
      if (!section.empty() && !path.starts_with(section + ".")) continue;
      const size_t begin = section.empty() ? 0 : section.size() + 1;
      std::string name = path.substr(begin, path.find('.', begin) - begin);
      if (std::find(result.begin(), result.end(), name) == result.end()) result.push_back(std::move(name));
    }
    return result;
  }

  static std::vector<std::string> names_of(const std::vector<const Description*>& entries) {
    std::vector<std::string> result;
    for (const auto* entry : entries) result.push_back(entry->name);
    return result;
  }

  static std::string list(const std::vector<std::string>& names) {
    std::string result;
    for (const auto& name : names) result += (result.empty() ? "" : ", ") + name;
    return result;
  }

  const Chosen* chosen_in(const std::string& section) const {
    for (const Chosen& chosen : schema_.chosen)
      if (chosen.section == section) return &chosen;
    return nullptr;
  }

  /// A file is a model without saying its name.
  void choose_file(const Node& root) {
    auto& model = config_.training.model;
    const NodeMember* section = root.find("model");
    const bool named = section != nullptr && section->value.find("name") != nullptr;
    if (!named && !model.file.empty()) model.name = scripted_model;
    if (model.name == scripted_model && model.file.empty())
      problems_.add(place(root, {"model", "name"}), "model: found torchscript without a file, expected file: net.pt");
    if (model.name != scripted_model && !model.file.empty())
      problems_.add(place(root, {"model", "file"}),
                    "model.file: found a file beside name: " + model.name + ", expected one of the two");
  }

  /// What is said for all is said for those of whom nothing is.
  void share_gpus(const Node& root) {
    PlacementOptions& p = config_.training.placement;
    if (!says(root, {"cluster", "placement", "worker_gpus"})) p.workers.gpus = p.gpus;
    if (!says(root, {"cluster", "placement", "validator_gpus"})) p.validators.gpus = p.gpus;
    p.workers.gpu_memory = p.validators.gpu_memory = p.gpu_memory;
  }

  /// What holds between keys.
  void check(const Node& root) {
    const auto& cluster = config_.training.cluster;
    const std::string workers = "cluster.workers = " + std::to_string(cluster.workers);
    if (cluster.validators > cluster.workers)
      problems_.add(place(root, {"cluster", "validators"}),
                    "cluster.validators: found " + std::to_string(cluster.validators) + ", expected at most " +
                        workers + ": a validator without workers has nothing to judge");
    for (const auto& [node, indices] : liars_) {
      const uint32_t last = *std::max_element(indices.begin(), indices.end());
      if (last < cluster.workers) continue;
      const bool count = node.kind == Node::Kind::scalar;
      problems_.add(node.place, "attack.workers: found " + std::to_string(count ? last + 1 : last) + ", expected " +
                                    (count ? "at most " : "indices below ") + workers);
    }
    if (const auto& schedule = config_.training.train.optimizer.schedule;
        schedule.kind == ScheduleOptions::Kind::step && schedule.rounds.empty() && schedule.epochs.empty())
      problems_.add(place(root, {"train", "optimizer", "schedule"}),
                    "train.optimizer.schedule: found step without rounds, expected rounds like [60, 90], or epochs");
    if (const NodeMember* train = root.find("train");
        train && train->value.find("rounds") && config_.training.train.epochs > 0)
      problems_.add(place(root, {"train", "epochs"}), "train.epochs: found beside train.rounds, expected one of the two");
    check_contradictions(root);
    check_delays(root);
    check_reputation(root);
    check_placement(root);
    check_pins();
    const PlacementOptions& placed = config_.training.placement;
    if (placed.gpu_memory > 0 && !asks_for_gpus(placed))
      problems_.add(place(root, {"resources", "gpu_memory"}),
                    "resources.gpu_memory: found " + to_text(placed.gpu_memory) + ", expected resources.gpu beside it: nobody who trains is given a GPU");
    check_faults(root);
    check_attacks();
    const auto& rule = config_.training.rule;
    const uint32_t smallest_group = cluster.workers / std::min(cluster.validators, cluster.workers);
    const auto* entry = catalogue_.rules.find(rule.name);
    if (entry == nullptr) return;
    const Rules& rules = catalogue_.rules;
    if (entry->needs.losses && rule.granularity != Granularity::model)
      problems_.add(place(root, {"rule", "granularity"}),
                    "rule.granularity: found \"block\", expected \"model\": " + rule.name + " judges by the loss of the whole model");
    if (config_.training.train.mode == Mode::async)
      check_async(root, *entry, smallest_group);
    else if (entry->alone)
      problems_.add(place(root, {"rule", "name"}), "rule.name: found " + rule.name +
                                                       ", which judges each update as it comes, expected train.mode: async");
    else if (const auto why = objection(rules, rule.choice(), smallest_group))
      problems_.add(place(root, {"rule"}), "rule: " + *why + " (n: workers of a validator, " + workers +
                                               " over cluster.validators = " + std::to_string(cluster.validators) +
                                               ")");
  }

  void check_contradictions(const Node& root) {
    for (const auto& [key, sentence] : contradictions(config_.training, catalogue_.rules)) {
      const size_t dot = key.find('.');
      problems_.add(place(root, {key.substr(0, dot), key.substr(dot + 1)}), key + ": " + sentence);
    }
  }

  void check_reputation(const Node& root) {
    const ReputationOptions& r = config_.training.reputation;
    const auto wrong = [&](const char* key, const std::string& found, const std::string& expected) {
      problems_.add(place(root, {"reputation", key}),
                    std::string("reputation.") + key + ": found " + found + ", expected " + expected);
    };
    if (r.mode != ReputationOptions::Mode::off && config_.training.train.mode == Mode::async)
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
    const TrainOptions& train = config_.training.train;
    AttackSetting setting = attack_setting(config_.training);
    if (train.epochs > 0 || train.worker_epochs > 0) setting.rounds = 0;  // known when the data is
    for (const auto& [node, attack] : attacks_) {
      const AttackEntry& entry = *catalogue_.attacks.find(attack.name);
      if (config_.plumbing && entry.lie == Lie::collusion)
        problems_.add(node.place, "attack: found " + attack.name + " beside plumbing: true, expected one that needs no honest rows: nothing is trained");
      else if (const auto why = objection(entry, attack, setting))
        problems_.add(why->key.empty() ? node.place : place(node, {why->key}),
                      "attack" + (why->key.empty() ? "" : "." + why->key) + ": " + why->sentence);
    }
  }

  void check_placement(const Node& root) {
    const PlacementOptions& p = config_.training.placement;
    const auto check = [&](std::initializer_list<std::string_view> path, double gpus) {
      if (gpus <= 1 || gpus == std::floor(gpus) || !says(root, path)) return;
      std::string key;
      for (const auto name : path) key += (key.empty() ? "" : ".") + std::string(name);
      problems_.add(place(root, path), key + ": found " + to_text(gpus) + ", expected whole GPUs, or a part of a single one");
    };
    check({"cluster", "placement", "worker_gpus"}, p.workers.gpus);
    check({"cluster", "placement", "validator_gpus"}, p.validators.gpus);
    check({"resources", "gpu"}, p.gpus);
  }

  void check_delays(const Node& root) {
    const auto& training = config_.training;
    const NodeMember* delays = root.find("delays");
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

  void check_async(const Node& root, const RuleEntry& entry, uint32_t smallest_group) {
    const auto& training = config_.training;
    const uint32_t buffer = training.async.buffer;
    const std::string found = "rule.name: found " + entry.name;
    if (entry.needs.losses)
      problems_.add(place(root, {"rule", "name"}), found + ", which tries every row at the round's parameters, expected train.mode: sync");
    else if (entry.alone && buffer > 1)
      problems_.add(place(root, {"async", "buffer"}), "async.buffer: found " + std::to_string(buffer) + ", expected 1: " +
                                                          entry.name + " judges each update alone");
    else if (!entry.alone && buffer < 2)
      problems_.add(place(root, {"rule", "name"}), found + ", which judges updates together, expected async.buffer ≥ 2, or one of " +
                                                       list(names_of_those_alone()));
    else if (const auto why = objection(catalogue_.rules, training.rule.choice(), buffer))
      problems_.add(place(root, {"rule"}), "rule: " + *why + " (n: async.buffer)");
    if (training.rule.across != Across::average)
      problems_.add(place(root, {"rule", "across"}),
                    "rule.across: found median_of_validators, expected average: in asynchronous training validators judge "
                    "one after the other");
    if (buffer > smallest_group)
      problems_.add(place(root, {"async", "buffer"}), "async.buffer: found " + std::to_string(buffer) +
                                                          ", expected at most the workers of a validator, " +
                                                          std::to_string(smallest_group));
    if (training.train.mode == Mode::async && entry.name == "zenopp_paper" && training.rule.granularity != Granularity::model)
      problems_.add(place(root, {"rule", "granularity"}),
                    "rule.granularity: found \"block\", expected \"model\": " + entry.name + " judges the whole model");
    if (const Sight threat = training.adversary.threat_model; threat != Sight::nothing)
      problems_.add(place(root, {"adversary", "threat_model"}), "adversary.threat_model: found " + std::string(to_string(threat)) +
                                                                    ", expected nothing: train.mode: async has no rounds of all");
  }

  std::vector<std::string> names_of_those_alone() const {
    std::vector<std::string> result;
    for (const RuleEntry& rule : catalogue_.rules.entries())
      if (rule.alone) result.push_back(rule.name);
    return result;
  }

  /// Where the value at that path stands, or the last of its sections that is there.
  static Place place(const Node& root, std::initializer_list<std::string_view> path) { return reached(root, path).first->place; }

  static bool says(const Node& root, std::initializer_list<std::string_view> path) { return reached(root, path).second; }

  /// How far the file goes along a path, and whether that is to its end.
  static std::pair<const Node*, bool> reached(const Node& root, std::initializer_list<std::string_view> path) {
    const Node* node = &root;
    for (const auto name : path) {
      const NodeMember* member = node->find(name);
      if (member == nullptr) return {node, false};
      node = &member->value;
    }
    return {node, true};
  }

  struct Liars {
    Node node;
    std::vector<uint32_t> indices;
  };
  const Schema& schema_;
  const Catalogue& catalogue_;
  Problems& problems_;
  std::vector<std::string> known_;
  struct InjectedFault {
    Node node;
    Fault fault;
  };
  struct Attack {
    Node node;
    AttackOptions options;
  };
  std::vector<Attack> attacks_;
  std::vector<Liars> liars_;
  std::vector<NodeMember> pins_;
  std::vector<InjectedFault> faults_;
  Config config_;
};

}  // namespace

Config load_config(const std::filesystem::path& path, const std::vector<std::string>& overrides,
                   const Catalogue& catalogue) {
  return parse_config(read_config_file(path), path.string(), overrides, catalogue);
}

Config parse_config(const std::string& text, const std::string& source, const std::vector<std::string>& overrides,
                    const Catalogue& catalogue) {
  Problems problems;
  Node root = read_document(text, source, problems);
  if (root.kind != Node::Kind::map) problems.raise();
  for (const auto& assignment : overrides) override_value(root, assignment, problems);
  Config config = resolve_config(root, catalogue, problems);
  problems.raise();
  return config;
}

Config resolve_config(const Node& root, const Catalogue& catalogue, Problems& problems) {
  const Schema schema(catalogue);
  return Resolver(schema, catalogue, problems).resolve(root);
}

std::string read_config_file(const std::filesystem::path& path) {
  if (path.string().starts_with(preset_prefix)) return preset_yaml(path.string());
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    throw ConfigError(path.string() + ": is a folder, expected a YAML file");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad()) throw ConfigError(path.string() + ": cannot read: " + std::strerror(errno));
  return text;
}

}  // namespace zenops
