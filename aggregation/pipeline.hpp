#pragma once
#include "aggregation/rule.hpp"

namespace zenops {

/// Something chosen from the catalogue by name.
struct Choice {
  std::string name;
  Parameters parameters = {};
  bool operator==(const Choice&) const = default;
};

/// A rule and what stands before it: pre-aggregators in their order, then the rule.
struct RuleChoice {
  Choice rule;
  std::vector<Choice> pre = {};
  bool operator==(const RuleChoice&) const = default;
};

/// The choice with every default filled in; a pre-aggregator that takes f and was given none has the rule's. Every name
/// is in the catalogue.
RuleChoice with_defaults(const Rules& rules, RuleChoice choice);

/// The rule of that choice, pre-aggregators and all.
std::unique_ptr<const Rule> make_rule(const Rules& rules, const RuleChoice& choice);

/// Why `rows` rows are too few for one line of the catalogue, or nothing; also where the line has no objection of its
/// own.
template <class Entry>
std::optional<std::string> objection(const Entry& entry, const Parameters& values, size_t rows) {
  return entry.objection ? entry.objection(values, rows) : std::nullopt;
}

/// Why `rows` rows, after `caught` liars among those who were to send one were refused, are too few for that choice, or
/// nothing.
std::optional<std::string> objection(const Rules& rules, const RuleChoice& choice, size_t rows, size_t caught = 0);

/// Reads of the rows that the choice takes, measuring included.
int passes(const Rules& rules, const RuleChoice& choice);

}  // namespace zenops
