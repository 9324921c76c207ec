#include "cli/repl/choices.hpp"

#include <algorithm>
#include <cmath>

#include "base/nearest.hpp"
#include "configs/shape.hpp"

namespace zenops::repl {
namespace {

template <class Entries>
std::vector<std::string> names_of(const Entries& entries) {
  std::vector<std::string> names;
  for (const Description& entry : entries) names.push_back(entry.name);
  return names;
}

[[noreturn]] void unknown(const Arguments& arguments, const Word& word, const std::string& what,
                          const std::string& name, const std::vector<std::string>& known) {
  std::string all;
  for (const auto& one : known) all += (all.empty() ? "" : ", ") + one;
  const auto near = nearest(name, known);
  arguments.refuse(word, "unknown " + what + " \"" + name + "\"; " +
                             (near          ? "did you mean \"" + *near + "\"?"
                              : all.empty() ? "there is none"
                                            : "expected one of " + all));
}

bool fits(const Parameter& p, double value) {
  return value >= p.min && (p.open_max ? value < p.max : value <= p.max) && (!p.integer || value == std::floor(value));
}

double value_of(const Arguments& arguments, const Word& word, const Parameter& p, const std::string& text) {
  const auto value = to_number(text);
  if (!value || !fits(p, *value))
    arguments.refuse(word, p.name + ": expected " + expected(Shape::of(p), true) + ", found \"" + text + "\"");
  return *value;
}

/// The settings "scale=200" that follow, each of which is one of `known`.
Parameters take_settings(Arguments& arguments, const std::string& of, const std::vector<Parameter>& known) {
  Parameters out;
  while (arguments.more() && arguments.peek().text != "+") {
    const Word& word = arguments.take("a setting");
    const size_t equals = word.text.find('=');
    const std::string name = word.text.substr(0, equals);
    if (equals == std::string::npos)
      arguments.refuse(word, "expected NAME=VALUE, a setting of " + of + ", found \"" + word.text + "\"");
    const auto p = std::ranges::find(known, name, &Parameter::name);
    if (p == known.end()) {
      std::vector<std::string> names;
      for (const auto& one : known) names.push_back(one.name);
      unknown(arguments, word, "setting of " + of, name, names);
    }
    if (!out.emplace(name, value_of(arguments, word, *p, word.text.substr(equals + 1))).second)
      arguments.refuse(word, name + " is given twice");
  }
  return out;
}

}  // namespace

AttackOptions take_attack(Arguments& arguments, const Catalogue& catalogue) {
  const Word& name = arguments.take("an attack, or none");
  const AttackEntry* entry = catalogue.attacks.find(name.text);
  if (entry == nullptr) unknown(arguments, name, "attack", name.text, names_of(catalogue.attacks.entries()));
  auto known = entry->parameters;
  known.push_back({.name = "rate",
                   .default_value = 1,
                   .min = 0,
                   .max = 1,
                   .sentence = "chance of each block message to be poisoned"});
  for (const auto& [setting, least] : {std::pair("start", 1), {"stop", 0}, {"ramp", 0}, {"on", 0}, {"off", 0}})
    known.push_back({.name = setting,
                     .default_value = static_cast<double>(least),
                     .min = static_cast<double>(least),
                     .max = UINT32_MAX,
                     .integer = true,
                     .sentence = "as in a config"});
  AttackOptions out;
  out.name = name.text;
  out.parameters = take_settings(arguments, name.text, known);
  const auto rate = out.parameters.extract("rate");
  out.rate = name.text == "none" ? 0 : rate ? rate.mapped() : 1;
  for (const auto& [setting, field] : {std::pair("start", &Times::start), {"stop", &Times::stop}, {"ramp", &Times::ramp},
                                       {"on", &Times::on}, {"off", &Times::off}})
    if (const auto value = out.parameters.extract(setting)) out.times.*field = static_cast<uint32_t>(value.mapped());
  arguments.end();
  return out;
}

RuleChoice take_rule(Arguments& arguments, const Catalogue& catalogue) {
  const auto describe = [&](const Word& word) -> const Description& {
    if (const auto* rule = catalogue.rules.find(word.text)) return *rule;
    if (const auto* pre = catalogue.rules.find_pre_aggregator(word.text)) return *pre;
    auto known = names_of(catalogue.rules.entries());
    for (const auto& name : names_of(catalogue.rules.pre_aggregators())) known.push_back(name);
    unknown(arguments, word, "rule", word.text, known);
  };
  RuleChoice out;
  for (bool last = false; !last;) {
    const Word& word = arguments.take("a rule");
    const Description& description = describe(word);
    Choice choice{word.text, take_settings(arguments, word.text, description.parameters)};
    last = !arguments.take_if("+");
    const bool is_rule = catalogue.rules.find(word.text) != nullptr;
    if (last && !is_rule)
      arguments.refuse(word, "\"" + word.text + "\" stands before a rule: expected " + word.text + " + RULE");
    if (!last && catalogue.rules.find_pre_aggregator(word.text) == nullptr)
      arguments.refuse(word, "\"" + word.text + "\" is a rule, and nothing follows a rule: expected it at the end");
    if (last)
      out.rule = std::move(choice);
    else
      out.pre.push_back(std::move(choice));
  }
  return out;
}

}  // namespace zenops::repl
