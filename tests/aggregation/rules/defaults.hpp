#pragma once
#include "aggregation/rule.hpp"

namespace zenops {

/// The values a configuration gets that names nothing but the rule, with `given` in place of their defaults.
inline Parameters defaults(const RuleEntry& entry, const Parameters& given = {}) {
  Parameters values = given;
  for (const Parameter& parameter : entry.parameters)
    if (!parameter.optional) values.emplace(parameter.name, parameter.default_value);
  return values;
}

/// `name` with its defaults, except for what is given.
inline std::unique_ptr<const Rule> rule(const std::string& name, const Parameters& given = {}) {
  const Rules rules = Rules::standard();
  return rules.find(name)->make(defaults(*rules.find(name), given));
}

/// What a rule sees that needs nothing: the number of rows.
inline Geometry only_rows(size_t rows, size_t blocks = 1) { return {.rows = rows, .blocks = std::vector<Products>(blocks)}; }

}  // namespace zenops
