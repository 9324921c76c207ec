#include "attacks/attack.hpp"

namespace zenops {
namespace {

AttackEntry entry(std::string name, std::string sentence, std::vector<Parameter> parameters, Lie lie) {
  AttackEntry made;
  made.name = std::move(name);
  made.sentence = std::move(sentence);
  made.parameters = std::move(parameters);
  made.lie = lie;
  return made;
}

}  // namespace

std::vector<AttackEntry> attacks_by_conduct() {
  std::vector<AttackEntry> out;
  out.push_back(entry("silent", "does not answer; the chance is per round", {}, Lie::silence));
  out.push_back(entry("crash", "crashes in its local steps; the chance is per round", {}, Lie::crash));
  out.push_back(entry("delayed", "takes `seconds` longer, so that what it sends is stale; the chance is per update",
                    {{.name = "seconds", .default_value = 10, .min = 0, .max = 1e6, .sentence = "by which it is late"}}, Lie::delay));
  out.push_back(entry("stale_copy", "sends again what it made `age` updates ago, as if it were new; the chance is per update",
                    {{.name = "age", .default_value = 5, .min = 1, .max = 100, .integer = true, .sentence = "how old its copy is"}},
                    Lie::repetition));
  return out;
}

}  // namespace zenops
