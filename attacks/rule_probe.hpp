#pragma once
#include <memory>
#include <span>
#include <vector>

#include "aggregation/aggregate.hpp"

namespace zenops {

/// What a rule makes of honest rows and of the lies beside them: for attacks that search against the rule and try many lies on the same
/// honest rows. What is known of these is measured once, and of each lie only how it lies to them.
class RuleProbe {
 public:
  /// honest: at least one row of the same d finite numbers; they and what `options` points to outlive this. Where the liars' rows stand
  /// among all n is `places`, ascending (what is no place is an honest row, in their order); empty: they are the last. With options as
  /// of aggregate(); counts and descents are of all n rows. Names in `choice` are in the catalogue. O(h² d) for rules that want distances.
  RuleProbe(const Rules& rules, const RuleChoice& choice, std::vector<std::span<const float>> honest,
            const AggregateOptions& options = {}, std::vector<size_t> places = {});
  ~RuleProbe();
  RuleProbe(const RuleProbe&) = delete;

  /// Why the rule does not aggregate with so many liars ("krum needs n ≥ 2f + 3 = 7, got n = 6"), or nothing: ask before the first lie.
  std::optional<std::string> objection(size_t liars) const;

  /// What aggregate() makes of all rows: (d), with the same bits (with lies that stand before honest rows: but for inner products of rows
  /// whose squares are no floats). lies: rows of (d), as many as there are places; one that holds NaN or
  /// Inf is refused. Of lies that are one and the same span it measures one. Total where there is no objection. O(h d) and what combining
  /// costs, for rules that know lengths, distances and dot products; for others what aggregate() costs; not from a thread of the pool, and not from two threads at once.
  std::vector<float> operator()(std::span<const std::span<const float>> lies);
  /// The plan behind the last answer, over the rows that entered it.
  const BlockPlan& plan() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zenops
