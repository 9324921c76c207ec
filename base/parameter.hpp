#pragma once
#include <map>
#include <string>
#include <vector>

namespace zenops {

/// A number that a rule, an attack, … takes: data, so that checks, help and reference pages come from one place.
struct Parameter {
  std::string name;
  double default_value, min, max;  // min and max are allowed unless open_max
  bool open_max = false;
  bool integer = false;
  bool optional = false;  // without a default: absent unless given
  std::string sentence;
};

/// Values by name; a parameter that is absent was optional and not given.
using Parameters = std::map<std::string, double>;

/// Something chosen by name: the part of a catalogue line that all of them share.
struct Description {
  std::string name, sentence, source;  // source: paper, equation
  std::vector<Parameter> parameters;
};

/// The given values, and the defaults of those that were not given.
inline Parameters with_defaults(const Description& description, Parameters given) {
  for (const Parameter& p : description.parameters)
    if (!p.optional) given.try_emplace(p.name, p.default_value);
  return given;
}

}  // namespace zenops
