#include "cli/chosen.hpp"

#include "base/expected.hpp"
#include "base/nearest.hpp"
#include "configs/shape.hpp"

namespace zenops {
namespace {

[[noreturn]] void bad_usage(const std::string& sentence) { throw UserError(UserError::bad_config, sentence); }

const Parameter* parameter(const Description& entry, const std::string& name) {
  const auto at = std::ranges::find(entry.parameters, name, &Parameter::name);
  return at == entry.parameters.end() ? nullptr : &*at;
}

}  // namespace

void unknown(const std::string& kind, const std::string& name, const std::vector<std::string>& names, const std::string& command) {
  const auto near = nearest(name, names);
  bad_usage("unknown " + kind + " \"" + name + "\"; " +
            (near ? "did you mean \"" + *near + "\"?" : "`zenops-cli " + command + "` lists them"));
}

void assign(const std::vector<Taker>& takers, const std::string& assignment) {
  const size_t equals = assignment.find('=');
  const std::string name = assignment.substr(0, equals),
                    text = equals == std::string::npos ? "" : assignment.substr(equals + 1);
  if (text.empty()) bad_usage("found \"" + assignment + "\", expected a parameter and its value: NAME=NUMBER");
  Node node;
  node.kind = Node::Kind::scalar;
  node.text = text;
  bool taken = false;
  std::string list;
  for (const Taker& taker : takers) {
    for (const Parameter& p : taker.entry->parameters) list += (list.empty() ? "" : ", ") + p.name;
    const Parameter* p = parameter(*taker.entry, name);
    if (p == nullptr || (taken && name != "f")) continue;
    const auto value = read_value(Shape::of(*p), node);
    if (!value) bad_usage(name + ": " + value.error());
    (*taker.parameters)[name] = std::get<double>(*value);
    taken = true;
  }
  if (!taken)
    bad_usage(takers[0].entry->name + " takes no parameter " + name + "; " + (list.empty() ? "it takes none" : "there are " + list));
}

RuleChoice choice_of(const RuleArguments& arguments, const Rules& rules, bool f_is_needed) {
  const RuleEntry& entry = chosen(rules.entries(), arguments.name, "rule", "rules");
  if (entry.alone) bad_usage(entry.name + " judges updates as they come, in asynchronous training; it does not aggregate rows");
  RuleChoice choice{.rule = {.name = entry.name}};
  for (const auto& name : arguments.pre)
    choice.pre.push_back({.name = chosen(rules.pre_aggregators(), name, "pre-aggregator", "rules").name});
  std::vector<Taker> takers = {{&entry, &choice.rule.parameters}};
  for (Choice& pre : choice.pre) takers.push_back({rules.find_pre_aggregator(pre.name), &pre.parameters});
  const bool takes_f = std::ranges::any_of(takers, [](const Taker& t) { return parameter(*t.entry, "f") != nullptr; });
  if (arguments.f && (f_is_needed || takes_f)) assign(takers, "f=" + std::to_string(*arguments.f));
  for (const auto& assignment : arguments.parameters) assign(takers, assignment);
  return choice;
}

}  // namespace zenops
