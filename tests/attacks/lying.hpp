#pragma once
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "attacks/honest_rows.hpp"
#include "attacks/rule_probe.hpp"

namespace zenops {

using Rows = std::vector<std::vector<float>>;

inline std::vector<std::span<const float>> spans(const Rows& rows) { return {rows.begin(), rows.end()}; }

/// h rows of d normal numbers around 0.3 · (1, −1, 1, …), coordinate i with deviation 0.1 + 0.1 (i mod 4).
inline Rows honest_rows(size_t h, size_t d, uint64_t seed = 1) {
  Stream stream({.seed = seed, .role = Role::data, .purpose = Purpose::noise});
  Rows rows(h, std::vector<float>(d));
  for (auto& row : rows)
    for (size_t i = 0; i < d; ++i)
      row[i] = (i % 2 == 0 ? 0.3f : -0.3f) + (0.1f + 0.1f * static_cast<float>(i % 4)) * stream.normal();
  return rows;
}

/// What `liars` liars agree on, by the catalogue's attack of that name; the rule is for those who need to know it.
inline std::vector<float> lie_of(const std::string& name, Parameters parameters, const Rows& honest, size_t liars,
                                 const RuleChoice& rule = {.rule = {.name = "median"}}, AttackMemory* memory = nullptr, uint32_t round = 1) {
  static const Attacks attacks = Attacks::standard();
  static const Rules rules = Rules::standard();
  const AttackEntry& attack = *attacks.find(name);
  const HonestRows rows(spans(honest));
  RuleProbe probe(rules, rule, spans(honest));
  AttackMemory empty;
  Stream stream({1, Role::worker, UINT32_MAX, Purpose::noise, round});
  const auto aggregate = [&](std::span<const std::span<const float>> lies) { return probe(lies); };
  return lie(attack, with_defaults(attack, std::move(parameters)), rows.known(attack.sees, liars, round, aggregate), memory ? *memory : empty,
             stream);
}

/// What the rule makes of honest rows and that lie, `liars` times.
inline std::vector<float> made_of(const RuleChoice& rule, const Rows& honest, const std::vector<float>& lie, size_t liars) {
  auto all = spans(honest);
  all.insert(all.end(), liars, std::span<const float>(lie));
  return aggregate(Rules::standard(), rule, all).value().row;
}

/// The plain formulae, in double and one number after the other.
inline double plain_mean(const Rows& rows, size_t i) {
  double sum = 0;
  for (const auto& row : rows) sum += row[i];
  return sum / static_cast<double>(rows.size());
}

inline double plain_deviation(const Rows& rows, size_t i) {
  double sum = 0;
  for (const auto& row : rows) sum += (row[i] - plain_mean(rows, i)) * (row[i] - plain_mean(rows, i));
  return rows.size() == 1 ? 0 : std::sqrt(sum / static_cast<double>(rows.size() - 1));
}

inline double plain_distance(const std::vector<float>& x, const std::vector<float>& y) {
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) sum += (double{x[i]} - y[i]) * (double{x[i]} - y[i]);
  return std::sqrt(sum);
}

inline std::vector<float> mean_row(const Rows& rows) {
  std::vector<float> out;
  for (size_t i = 0; i < rows[0].size(); ++i) out.push_back(static_cast<float>(plain_mean(rows, i)));
  return out;
}

/// How far the rule's result is from the honest mean.
inline double harm(const RuleChoice& rule, const Rows& honest, const std::vector<float>& lie, size_t liars) {
  return plain_distance(made_of(rule, honest, lie, liars), mean_row(honest));
}

}  // namespace zenops
