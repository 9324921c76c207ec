#include "configs/resolved.hpp"

#include <nlohmann/json.hpp>

#include "configs/delay.hpp"
#include "configs/schema.hpp"

namespace zenops {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Value& value) {
  if (const auto* workers = std::get_if<std::vector<uint32_t>>(&value)) return Json::parse(to_text(*workers));
  return std::visit([](const auto& v) { return Json(v); }, value);
}

Json to_json(const Parameters& parameters) {
  Json result = Json::object();
  for (const auto& [name, value] : parameters) result[name] = value;
  return result;
}

Json to_json(const std::vector<Choice>& choices) {
  Json result = Json::array();
  for (const Choice& choice : choices) {
    Json item{{"name", choice.name}};
    item.update(to_json(choice.parameters));
    result.push_back(std::move(item));
  }
  return result;
}

Json to_json(const Pin& pin) {
  Json result;
  if (!pin.node.empty()) result["node"] = pin.node;
  if (pin.gpu) result["gpu"] = *pin.gpu;
  return result;
}

Json attack_to_json(const AttackOptions& attack, const Schema& schema) {
  Json result;
  bool after_workers = false;
  for (const auto& key : schema.attack) {
    const bool workers = key.path == "attack.workers";
    // Everybody, and in all rounds: said by saying nothing.
    if ((workers || after_workers) && key.get(attack) == key.get(AttackOptions{})) {
      after_workers = true;
      continue;
    }
    after_workers = after_workers || workers;
    result[leaf_of(key.path)] = to_json(key.get(attack));
    if (key.path == "attack.name") result.update(to_json(attack.parameters));
  }
  return result;
}

Json attacks_to_json(const std::vector<AttackOptions>& attacks, const Schema& schema) {
  if (attacks.size() == 1) return attack_to_json(attacks[0], schema);
  Json result = Json::array();
  for (const auto& attack : attacks) result.push_back(attack_to_json(attack, schema));
  return result;
}

Json resolved(const Config& config, const Catalogue& catalogue) {
  const Schema schema(catalogue);
  auto copy = config;  // Chosen hands out parameters to be written
  Json result;
  for (const auto& key : schema.keys) {
    if (key.path == "snapshots.every") result["attack"] = attacks_to_json(config.training.attacks, schema);
    if (key.path == "cluster.workers")
      for (const DelayOptions& delay : config.training.delays) result["delays"][delay.who] = to_text(delay);
    if (key.path == "resources.gpu")
      for (const auto& [name, pin] : config.training.placement.pins) result["cluster"]["placement"]["pins"][name] = to_json(pin);
    if (key.path == "train.rounds" && config.training.train.epochs > 0) continue;  // they are not what counts
    Json* map = &result;
    for (size_t begin = 0, dot; (dot = key.path.find('.', begin)) != std::string::npos; begin = dot + 1)
      map = &(*map)[key.path.substr(begin, dot - begin)];
    (*map)[leaf_of(key.path)] = to_json(key.get(config));
  }
  for (const Chosen& chosen : schema.chosen) result[chosen.section].update(to_json(chosen.parameters(copy)));
  for (const Fault& fault : config.training.faults.inject) {
    Json item;
    for (const auto& key : schema.fault) item[leaf_of(key.path)] = to_json(key.get(fault));
    result["faults"]["inject"].push_back(std::move(item));
  }
  if (!config.training.rule.pre.empty()) result["rule"]["pre"] = to_json(config.training.rule.pre);
  return result;
}

std::string scalar(const Json& json) {
  if (json.is_string()) return to_text(Value{json.get<std::string>()});
  if (json.is_number_float()) return to_text(json.get<double>());
  if (json.is_array()) {
    std::string items;
    for (const Json& item : json) items += (items.empty() ? "" : ", ") + scalar(item);
    return "[" + items + "]";
  }
  return json.dump();
}

void write(const Json& json, const std::string& indent, std::string& out) {
  for (const auto& [name, value] : json.items()) {
    out += (name.find_first_of("/*") == name.npos ? name : scalar(name)) + ":";
    if (value.is_object()) {
      out += "\n" + indent + "  ";
      write(value, indent + "  ", out);
    } else if (value.is_array() && !value.empty() && value[0].is_object()) {
      for (const Json& item : value) {
        out += "\n" + indent + "  - ";
        write(item, indent + "    ", out);
      }
    } else {
      out += " " + scalar(value);
    }
    if (&value != &json.back()) out += "\n" + indent;
  }
}

}  // namespace

std::string to_yaml(const Config& config, const Catalogue& catalogue) {
  std::string result;
  write(resolved(config, catalogue), "", result);
  return result + "\n";
}

std::string to_json(const Config& config, const Catalogue& catalogue) {
  return resolved(config, catalogue).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace zenops
