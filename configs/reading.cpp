#include "configs/reading.hpp"

#include <algorithm>
#include <optional>

#include "base/nearest.hpp"
#include "configs/delay.hpp"
#include "configs/schema.hpp"

namespace zenops {
namespace {

std::string joined(const std::string& section, const std::string& name) {
  return section.empty() ? name : section + "." + name;
}

class Reader {
 public:
  Reader(const Schema& schema, Problems& problems) : schema_(schema), problems_(problems) {
    for (const auto& key : schema.keys) known_.push_back(key.path);
    for (const auto& key : schema.attack) known_.push_back(key.path);
    known_.push_back("rule.pre");
    known_.push_back("delays");
    known_.push_back("faults.inject");
    known_.push_back("cluster.placement.pins");
  }

  Reading read(const Node& root) {
    read_section("", root);
    for (const Chosen& chosen : schema_.chosen) fill_defaults(chosen);
    choose_file(root);
    share_gpus(root);
    return std::move(reading_);
  }

 private:
  void read_section(const std::string& section, const Node& node) {
    if (node.kind == Node::Kind::nothing) return;
    if (node.kind != Node::Kind::map) {
      problems_.add(node.place, section + ": found " +
                                    (node.kind == Node::Kind::list ? "a list" : "\"" + legible(node.text) + "\"") +
                                    ", expected a map with " + join(names_in(section)));
      return;
    }
    const Chosen* chosen = chosen_in(section);
    const Description* entry = nullptr;
    if (chosen != nullptr) {
      // The name decides which other keys there are, wherever it stands.
      if (const NodeMember* name = node.find("name")) read_key(schema_.keys, section + ".name", name->value, reading_.config);
      entry = find(chosen->entries, chosen->name(reading_.config));
      if (const NodeMember* name = node.find("name"); name && name->value.text != chosen->name(reading_.config))
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
      else if (!read_key(schema_.keys, path, member.value, reading_.config) &&
               !read_parameter(section, entry, member, chosen ? &chosen->parameters(reading_.config) : nullptr))
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
    if (const auto* entry = find(chosen.entries, chosen.name(reading_.config)))
      fill_defaults(*entry, chosen.parameters(reading_.config));
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
    reading_.config.training.rule.pre.push_back(std::move(choice));
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
        reading_.config.training.delays.push_back(*delay);
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
      reading_.pins.push_back(member);
      reading_.config.training.placement.pins[member.name] = std::move(pin);
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
      reading_.faults.push_back({item, fault});
      reading_.config.training.faults.inject.push_back(std::move(fault));
    }
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
    if (name == nullptr) problems_.add(node.place, "attack: found no name, expected one of " + join(names_of(schema_.attacks)));
    const bool rate = node.find("rate") != nullptr, workers = node.find("workers") != nullptr;
    if (name != nullptr && name_read && attack.name != "none") {
      if (!rate && !workers)
        problems_.add(node.place,
                      "attack: found neither rate nor workers, expected \"rate: 0.2\" (the chance of each block "
                      "message to be poisoned) or \"workers: 3\" (three that always lie)");
      if (!rate) attack.rate = 1;
    }
    if (entry != nullptr) fill_defaults(*entry, attack.parameters);
    if (const NodeMember* member = node.find("workers")) reading_.liars.push_back({member->value, attack.workers});
    if (entry != nullptr) reading_.attacks.push_back({node, attack});
    reading_.config.training.attacks.push_back(std::move(attack));
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
      sentence += "; expected one of " + join(names);
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

  const Chosen* chosen_in(const std::string& section) const {
    for (const Chosen& chosen : schema_.chosen)
      if (chosen.section == section) return &chosen;
    return nullptr;
  }

  /// A file is a model without saying its name.
  void choose_file(const Node& root) {
    auto& model = reading_.config.training.model;
    const NodeMember* section = root.find("model");
    const bool named = section != nullptr && section->value.find("name") != nullptr;
    if (!named && !model.file.empty()) model.name = scripted_model;
    if (model.name == scripted_model && model.file.empty())
      problems_.add(place_of(root, {"model", "name"}), "model: found torchscript without a file, expected file: net.pt");
    if (model.name != scripted_model && !model.file.empty())
      problems_.add(place_of(root, {"model", "file"}),
                    "model.file: found a file beside name: " + model.name + ", expected one of the two");
  }

  /// What is said for all is said for those of whom nothing is.
  void share_gpus(const Node& root) {
    PlacementOptions& p = reading_.config.training.placement;
    if (!says(root, {"cluster", "placement", "worker_gpus"})) p.workers.gpus = p.gpus;
    if (!says(root, {"cluster", "placement", "validator_gpus"})) p.validators.gpus = p.gpus;
    p.workers.gpu_memory = p.validators.gpu_memory = p.gpu_memory;
  }

  const Schema& schema_;
  Problems& problems_;
  std::vector<std::string> known_;
  Reading reading_;
};

}  // namespace

Reading read_config(const Node& root, const Schema& schema, Problems& problems) { return Reader(schema, problems).read(root); }

}  // namespace zenops
