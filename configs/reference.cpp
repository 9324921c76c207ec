#include "configs/reference.hpp"

#include <nlohmann/json.hpp>

#include "configs/schema.hpp"

namespace zenops {
namespace {

/// A cell of a table: a bar would end it.
std::string cell(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

std::string row(std::initializer_list<std::string> cells) {
  std::string result = "|";
  for (const auto& text : cells) result += " " + cell(text) + " |";
  return result + "\n";
}

std::string code(const std::string& text) { return "`" + text + "`"; }

/// What a key has when nothing is said; empty when that is nothing.
template <class Target>
std::string usual(const Key<Target>& key) {
  const Value value = key.get(Target{});
  return std::holds_alternative<std::vector<uint32_t>>(value) ? "" : to_text(value);
}

template <class Target>
std::string key_row(const Key<Target>& key) {
  const std::string value = usual(key);
  return row({code(key.path), expected(key.shape, true), value.empty() ? "" : code(value), key.sentence});
}

std::string parameter_rows(const std::vector<Parameter>& parameters) {
  std::string result = row({"parameter", "value", "default", "meaning"}) + "|---|---|---|---|\n";
  for (const auto& p : parameters)
    result +=
        row({code(p.name), expected(Shape::of(p), true), p.optional ? "" : code(to_text(p.default_value)), p.sentence});
  return result;
}

template <class Entries>
std::string lines_of(const std::string& title, const Entries& entries) {
  std::string result = "\n## " + title + "\n";
  for (const auto& entry : entries) {
    result += "\n### " + code(entry.name) + "\n" + entry.sentence + ".";
    if constexpr (requires { entry.when; }) result += " Use it " + entry.when + ".";
    if (!entry.source.empty()) result += " Source: " + entry.source + ".";
    result += "\n";
    if (!entry.parameters.empty()) result += "\n" + parameter_rows(entry.parameters);
  }
  return result;
}

constexpr const char* introduction = R"(# Configuration

This page is what `zenops-cli config --reference` prints: every key that a config may have, from the schema that checks it.

A config is a YAML file with a map of maps. What it does not say has the default. `zenops-cli check FILE` prints the resolved
config, or every mistake as `FILE:LINE:COLUMN: key: what was found, expected what`, and exits with 2. `--set KEY=VALUE` changes
one key, the value being YAML; a value that is a map replaces the whole map:

```
zenops-cli run configs/fashion_mnist_zeno.yaml --set train.rounds=20 --set 'rule={name: average}'
```

Before the rule may stand pre-aggregators. Their f is the rule's, unless it is given:

```yaml
rule: {pre: [arc, nnm], name: trimmed_mean, f: 3}
rule: {pre: [{name: nnm, f: 3}], name: geometric_median}
```

`rule`, `attack`, `data` and `model` choose by `name` a line of a catalogue, which brings parameters of its own: they stand
beside the name. `attack` may also be a list of such maps: the first that names a worker and covers the round is its own, and an entry
without `workers` is for all the rest.

```yaml
attack:
  - {name: negative, scale: 200, workers: 3}    # the first three always lie
  - {name: random, scale: 10, workers: [7, 9], rate: 0.5, start: 20, stop: 40}    # from round 20 to round 39
```
)";

}  // namespace

std::string configuration_reference(const Catalogue& catalogue) {
  const Schema schema(catalogue);
  std::string result = introduction;
  result += "\n## Keys\n\n" + row({"key", "value", "default", "meaning"}) + "|---|---|---|---|\n";
  for (const auto& key : schema.keys) {
    if (key.path == "snapshots.every")
      for (const auto& attack : schema.attack) result += key_row(attack);
    if (key.path == "cluster.workers")
      result += row({code("delays"), "a map like `{worker/3: \"uniform(0, 1 s)\", worker/*: 20 ms}`", "",
                     "seconds that somebody's local steps take longer, drawn anew each time (also: exponential(0.5 s)); the first "
                     "that fits a name counts"});
    if (key.path == "resources.gpu")
      result += row({code("cluster.placement.pins"), "a map like `{worker/3: {node: b, gpu: 1}}`", "",
                     "where somebody is to be: on that node, with that GPU of its node (all of it, or the part that its role is given), "
                     "or both; who shares its process is there too"});
    result += key_row(key);
    if (key.path == "faults.mode")
      for (const auto& fault : schema.fault) result += key_row(fault);
    if (key.path == "rule.below_minimum")
      result += row({code("rule.pre"), "a list of names, or of maps with a name and parameters", "",
                     "what makes new rows of the rows before the rule sees them, in this order; `zenops-cli rules` lists them"});
  }
  result += lines_of("Rules", catalogue.rules.entries());
  result += lines_of("Pre-aggregators", catalogue.rules.pre_aggregators());
  result += lines_of("Attacks", catalogue.attacks.entries());
  result += lines_of("Data sets", catalogue.datasets.entries());
  result += lines_of("Models", catalogue.models.entries());
  return result;
}

std::string configuration_json(const Catalogue& catalogue) {
  const Schema schema(catalogue);
  auto keys = nlohmann::ordered_json::array();
  const auto add = [&](const auto& key) {
    keys.push_back(
        {{"key", key.path}, {"value", expected(key.shape, true)}, {"default", usual(key)}, {"sentence", key.sentence}});
  };
  for (const auto& key : schema.keys) {
    if (key.path == "snapshots.every")
      for (const auto& attack : schema.attack) add(attack);
    add(key);
    if (key.path == "faults.mode")
      for (const auto& fault : schema.fault) add(fault);
  }
  return keys.dump();
}

}  // namespace zenops
