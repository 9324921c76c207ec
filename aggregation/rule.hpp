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
  virtual Needs needs() const = 0;  // of the rows, before decide()
  /// Total: any number of rows (0 included) and any finite geometry have a defined plan.
  virtual Plan decide(const Geometry& geometry) const = 0;
};

/// A line of the catalogue.
struct RuleEntry : Description {
  std::string tolerates;  // how many liars, in a few words
  std::string when;  // to use it: the end of a sentence that begins so
  int passes = 1;         // reads of the rows, measuring included
  Needs needs = {};  // those of the rule it makes
  /// The inequality that `rows` rows violate, with the numbers in it ("trimmed_mean needs n > 2f = 6, got n = 5"), or
  /// nothing.
  std::function<std::optional<std::string>(const Parameters&, size_t rows)> objection;
  std::function<std::unique_ptr<const Rule>(const Parameters&)> make;  // of parameters with their defaults
  bool alone = false;  // it judges each row by itself, as it comes: for asynchronous training
};

/// What makes new rows of the rows, before a rule sees them. Immutable; usable from any thread.
class PreAggregator {
 public:
  virtual ~PreAggregator() = default;
  virtual Needs needs() const = 0;  // likewise
  /// Total. `geometry` is that of the group, whose rows `products` are known of one block. Each list of terms has one
  /// at least.
  virtual Mix decide(const Products& products, const Geometry& geometry) const = 0;
};

/// A line of the catalogue of pre-aggregators.
struct PreAggregatorEntry : Description {
  std::string tolerates;  // as a rule's
  std::string when;  // likewise
  bool scales = false;  // it makes each row shorter or longer, and no new ones
  /// As a rule's. Parameter f is that of the rule unless it is given.
  std::function<std::optional<std::string>(const Parameters&, size_t rows)> objection;
  /// How many rows it makes of `rows`; empty: as many.
  std::function<size_t(const Parameters&, size_t rows)> rows_after;
  std::function<std::unique_ptr<const PreAggregator>(const Parameters&)> make;  // of parameters with their defaults
};

/// The rules and pre-aggregators there are, in the order in which they are listed. A program adds its own.
class Rules {
 public:
  static Rules standard();  // ours
  void add(RuleEntry entry) { entries_.push_back(std::move(entry)); }  // its name is new
  void add(PreAggregatorEntry entry) { pre_aggregators_.push_back(std::move(entry)); }  // its name is new
  const std::vector<RuleEntry>& entries() const { return entries_; }  // the rules
  const std::vector<PreAggregatorEntry>& pre_aggregators() const { return pre_aggregators_; }  // and what may stand before them
  const RuleEntry* find(std::string_view name) const;  // null: there is none
  const PreAggregatorEntry* find_pre_aggregator(std::string_view name) const;  // null: there is none

 private:
  std::vector<RuleEntry> entries_;
  std::vector<PreAggregatorEntry> pre_aggregators_;
};

}  // namespace zenops
