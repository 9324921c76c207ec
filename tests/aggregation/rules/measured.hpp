#pragma once
#include "tests/aggregation/rules/defaults.hpp"

namespace zenops {

using Floats = std::vector<float>;

inline std::vector<const float*> pointers(const std::vector<Floats>& rows) {
  std::vector<const float*> out;
  for (const Floats& row : rows) out.push_back(row.data());
  return out;
}

/// All that can be known of one block of these rows.
inline Geometry measured(const std::vector<Floats>& rows, const Floats& trusted = {}) {
  const size_t d = rows.empty() ? 0 : rows[0].size();
  return {.rows = rows.size(),
          .blocks = {measure(pointers(rows), trusted.empty() ? nullptr : trusted.data(), d, true)}};
}

/// What the rule makes of them.
inline Floats made(const Rule& rule, const std::vector<Floats>& rows, Geometry geometry) {
  Floats out(rows[0].size());
  combine(rule.decide(geometry).blocks[0], pointers(rows), out.size(), out.data());
  return out;
}

inline Floats made(const Rule& rule, const std::vector<Floats>& rows) { return made(rule, rows, measured(rows)); }

}  // namespace zenops
