#include "aggregation/pipeline.hpp"

#include <algorithm>

#include "aggregation/mix.hpp"

namespace zenops {
namespace {

bool takes_f(const Description& description) {
  return std::ranges::find(description.parameters, "f", &Parameter::name) != description.parameters.end();
}

/// Pre-aggregators, then a rule: mixes are decided from what is known of the rows, and the plan speaks of the rows
/// again.
class Pipeline final : public Rule {
 public:
  struct Stage {
    std::unique_ptr<const PreAggregator> pre;
    bool scales;
  };
  Pipeline(std::vector<Stage> stages, std::unique_ptr<const Rule> rule)
      : stages_(std::move(stages)), rule_(std::move(rule)) {
    needs_ = rule_->needs();
    // To know how long rows are that are made of several, one has to know how those lie to each other; drawn coordinates have their own
    // tables.
    for (size_t s = stages_.size(); s-- > 0;) {
      if (!stages_[s].scales && needs_.lengths()) needs_.table = true;
      needs_ = needs_ | stages_[s].pre->needs();
    }
  }
  Needs needs() const override { return needs_; }

  Plan decide(const Geometry& geometry) const override {
    if (geometry.rows == 0) return rule_->decide(geometry);
    Geometry seen = geometry;
    std::vector<Mix> mixes;
    for (Products& products : seen.blocks) {
      seen.rows = geometry.rows;
      seen.counts = geometry.counts;
      Mix mix = identity(geometry.rows);
      for (const Stage& stage : stages_) {
        const Mix next = stage.pre->decide(products, seen);
        products = mixed(products, next);
        mix = composed(mix, next);
        seen.rows = next.size();
        mix_counts(seen.counts, next);
      }
      mixes.push_back(std::move(mix));
    }
    Plan plan = rule_->decide(seen);
    for (size_t b = 0; b < plan.blocks.size(); ++b)
      plan.blocks[b] = of_the_rows(std::move(plan.blocks[b]), mixes[b], geometry.rows);
    return plan;
  }

 private:
  /// The samples behind a mean of rows.
  static void mix_counts(std::vector<double>& counts, const Mix& mix) {
    if (counts.empty()) return;
    std::vector<double> out;
    for (const auto& terms : mix) {
      double sum = 0;
      for (const Term& t : terms) sum += counts[t.row];
      out.push_back(sum);
    }
    counts = std::move(out);
  }

  BlockPlan of_the_rows(BlockPlan plan, const Mix& mix, size_t rows) const {
    const bool same_rows = std::ranges::all_of(stages_, &Stage::scales);
    if (plan.combine == Combine::weighted_sum) {
      plan.weights = unmixed(mix, plan.weights, rows);
      if (!same_rows) {
        plan.verdicts.clear();
        for (const float w : plan.weights) plan.verdicts.push_back(w != 0 ? Verdict::accepted : Verdict::outlier);
      }
      return plan;
    }
    plan.mix = plan.mix.empty() ? mix : composed(mix, plan.mix);
    if (!same_rows) plan.verdicts.assign(rows, Verdict::outlier);
    for (const auto& terms : plan.mix)
      for (const Term& t : terms)
        if (!same_rows) plan.verdicts[t.row] = Verdict::accepted;
    return plan;
  }

  std::vector<Stage> stages_;
  std::unique_ptr<const Rule> rule_;
  Needs needs_;
};

}  // namespace

namespace {

/// Why `pre` cannot stand before that rule: of what it makes nothing is known that the rule has to know.
std::optional<std::string> why_not_before(const RuleEntry& entry, const PreAggregatorEntry& pre) {
  const Needs& needs = entry.needs;
  if (needs.losses) return entry.name + " judges rows by the loss they cause and takes no pre-aggregator before it";
  if (needs.past_norms)
    return entry.name + " remembers how long rows were as they were sent and takes no pre-aggregator before it";
  if (needs.trusted == Trust::median)
    return entry.name + " believes the median of the rows as they were sent and takes no pre-aggregator before it";
  if (needs.signs && !pre.scales)
    return entry.name + " counts signs in the rows as they were sent and takes no " + pre.name +
           " before it, which makes new ones";
  if (needs.sums && !pre.scales)
    return entry.name + " follows each sender's rows and takes no " + pre.name + " before it, which makes new ones";
  return std::nullopt;
}

}  // namespace

RuleChoice with_defaults(const Rules& rules, RuleChoice choice) {
  choice.rule.parameters = with_defaults(*rules.find(choice.rule.name), std::move(choice.rule.parameters));
  const auto f = choice.rule.parameters.find("f");
  for (Choice& pre : choice.pre) {
    const PreAggregatorEntry& entry = *rules.find_pre_aggregator(pre.name);
    pre.parameters = with_defaults(entry, std::move(pre.parameters));
    if (takes_f(entry) && f != choice.rule.parameters.end()) pre.parameters.insert(*f);
  }
  return choice;
}

std::unique_ptr<const Rule> make_rule(const Rules& rules, const RuleChoice& given) {
  const RuleChoice choice = with_defaults(rules, given);
  auto rule = rules.find(choice.rule.name)->make(choice.rule.parameters);
  if (choice.pre.empty()) return rule;
  std::vector<Pipeline::Stage> stages;
  for (const Choice& pre : choice.pre) {
    const PreAggregatorEntry& entry = *rules.find_pre_aggregator(pre.name);
    stages.push_back({entry.make(pre.parameters), entry.scales});
  }
  return std::make_unique<const Pipeline>(std::move(stages), std::move(rule));
}

std::optional<std::string> objection(const Rules& rules, const RuleChoice& given, size_t rows, size_t caught) {
  const RuleChoice choice = with_defaults(rules, given);
  const auto with_less = [caught](Parameters values) {
    if (const auto f = values.find("f"); f != values.end())
      f->second = std::max(0.0, f->second - static_cast<double>(caught));
    return values;
  };
  for (const Choice& pre : choice.pre) {
    const PreAggregatorEntry& entry = *rules.find_pre_aggregator(pre.name);
    const Parameters values = with_less(pre.parameters);
    if (auto why = objection(entry, values, rows)) return why;
    if (entry.rows_after) rows = entry.rows_after(values, rows);
  }
  const RuleEntry& entry = *rules.find(choice.rule.name);
  for (const Choice& pre : choice.pre)
    if (const auto why = why_not_before(entry, *rules.find_pre_aggregator(pre.name))) return why;
  auto why = objection(entry, with_less(choice.rule.parameters), rows);
  if (why && !choice.pre.empty()) *why += " rows after " + choice.pre.back().name;
  return why;
}

int passes(const Rules& rules, const RuleChoice& choice) {
  const RuleEntry& entry = *rules.find(choice.rule.name);
  return std::max(entry.passes, make_rule(rules, choice)->needs().reads() + 1);
}

}  // namespace zenops
