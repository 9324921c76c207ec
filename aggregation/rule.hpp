#pragma once
#include <functional>
#include <memory>
#include <optional>

#include "aggregation/geometry.hpp"
#include "aggregation/plan.hpp"
#include "base/parameter.hpp"

namespace zenops {

/// How many rows become one, and which of them count. Immutable; usable from any thread.
class Rule {
 public:
  virtual ~Rule() = default;
  virtual Needs needs() const = 0;
  /// Total: any number of rows (0 included) and any finite geometry have a defined plan.
  virtual Plan decide(const Geometry& geometry) const = 0;
};

/// A line of the catalogue.
struct RuleEntry : Description {
  std::string tolerates;  // how many liars, in a few words
  int passes = 1;         // reads of the rows, measuring included
  Needs needs = Needs::nothing;
  /// The inequality that `rows` rows violate, with the numbers in it ("trimmed_mean needs n > 2f = 6, got n = 5"), or nothing.
  std::function<std::optional<std::string>(const Parameters&, size_t rows)> objection;
  std::function<std::unique_ptr<const Rule>(const Parameters&)> make;
};

/// The rules there are, in the order in which they are listed. A program adds its own.
class Rules {
 public:
  static Rules standard();
  void add(RuleEntry entry) { entries_.push_back(std::move(entry)); }
  const std::vector<RuleEntry>& entries() const { return entries_; }
  const RuleEntry* find(std::string_view name) const;

 private:
  std::vector<RuleEntry> entries_;
};

}  // namespace zenops
