#include "actors/in_words.hpp"

#include <charconv>
#include <cmath>
#include <tuple>

namespace zenops {
namespace {

template <class T>
std::string shortest(T number) {
  if (std::isnan(number)) return "nan";  // of whatever sign
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

std::string assigned(const std::string& name, double value) { return " " + name + "=" + in_words(value); }

}  // namespace

std::string in_words(double number) { return shortest(number); }

std::string in_words(float number) { return shortest(number); }

std::string in_words(const AttackOptions& attack) {
  std::string out = attack.name;
  for (const auto& [name, value] : attack.parameters) out += assigned(name, value);
  if (attack.name != "none" && attack.rate != 1) out += assigned("rate", attack.rate);
  const Times& t = attack.times;
  for (const auto& [name, value, usual] :
       {std::tuple("start", t.start, 1u), {"stop", t.stop, 0u}, {"ramp", t.ramp, 0u}, {"on", t.on, 0u}, {"off", t.off, 0u}})
    if (value != usual) out += assigned(name, value);
  return out;
}

std::string in_words(const RuleChoice& choice) {
  std::string out;
  const auto f = choice.rule.parameters.find("f");
  for (const Choice& pre : choice.pre) {
    out += pre.name;
    for (const auto& [name, value] : pre.parameters)
      if (name != "f" || f == choice.rule.parameters.end() || f->second != value) out += assigned(name, value);
    out += " + ";
  }
  out += choice.rule.name;
  for (const auto& [name, value] : choice.rule.parameters) out += assigned(name, value);
  return out;
}

}  // namespace zenops
