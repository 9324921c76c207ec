#include <algorithm>

#include "aggregation/rule.hpp"

namespace zenops {

// Declared here and nowhere else, so that a new one costs the others no compile time.
RuleEntry average_entry();
RuleEntry weighted_average_entry();
RuleEntry median_entry();
RuleEntry trimmed_mean_entry();
RuleEntry phocas_entry();
RuleEntry meamed_entry();
RuleEntry geometric_median_entry();
RuleEntry rfa_entry();
RuleEntry krum_entry();
RuleEntry multi_krum_entry();
RuleEntry bulyan_entry();
RuleEntry mda_entry();
RuleEntry smea_entry();
RuleEntry caf_entry();
RuleEntry cge_entry();
RuleEntry norm_clipping_entry();
RuleEntry centered_clipping_entry();
RuleEntry fltrust_entry();
RuleEntry monna_entry();
RuleEntry zeno_entry();
RuleEntry zeno_loss_entry();
RuleEntry naive_async_entry();
RuleEntry zenopp_entry();
RuleEntry zenopp_paper_entry();
RuleEntry kardam_entry();
RuleEntry fed_async_entry();
RuleEntry fed_buff_entry();
RuleEntry async_centered_clipping_entry();
RuleEntry signsgd_majority_entry();
RuleEntry signguard_entry();
RuleEntry aksel_entry();
RuleEntry flame_entry();
RuleEntry dnc_entry();
RuleEntry clipped_clustering_entry();
RuleEntry foolsgold_entry();

PreAggregatorEntry nnm_entry();
PreAggregatorEntry bucketing_entry();
PreAggregatorEntry clipping_entry();
PreAggregatorEntry arc_entry();

Rules Rules::standard() {
  Rules rules;
  rules.add(average_entry());
  rules.add(weighted_average_entry());
  rules.add(median_entry());
  rules.add(trimmed_mean_entry());
  rules.add(phocas_entry());
  rules.add(meamed_entry());
  rules.add(geometric_median_entry());
  rules.add(rfa_entry());
  rules.add(krum_entry());
  rules.add(multi_krum_entry());
  rules.add(bulyan_entry());
  rules.add(mda_entry());
  rules.add(smea_entry());
  rules.add(caf_entry());
  rules.add(cge_entry());
  rules.add(norm_clipping_entry());
  rules.add(aksel_entry());
  rules.add(dnc_entry());
  rules.add(signsgd_majority_entry());
  rules.add(signguard_entry());
  rules.add(clipped_clustering_entry());
  rules.add(foolsgold_entry());
  rules.add(flame_entry());
  rules.add(centered_clipping_entry());
  rules.add(fltrust_entry());
  rules.add(monna_entry());
  rules.add(zeno_entry());
  rules.add(zeno_loss_entry());
  rules.add(naive_async_entry());
  rules.add(zenopp_entry());
  rules.add(zenopp_paper_entry());
  rules.add(kardam_entry());
  rules.add(fed_async_entry());
  rules.add(fed_buff_entry());
  rules.add(async_centered_clipping_entry());
  rules.add(nnm_entry());
  rules.add(bucketing_entry());
  rules.add(clipping_entry());
  rules.add(arc_entry());
  return rules;
}

const RuleEntry* Rules::find(std::string_view name) const {
  const auto entry = std::ranges::find(entries_, name, &RuleEntry::name);
  return entry == entries_.end() ? nullptr : &*entry;
}

const PreAggregatorEntry* Rules::find_pre_aggregator(std::string_view name) const {
  const auto entry = std::ranges::find(pre_aggregators_, name, &PreAggregatorEntry::name);
  return entry == pre_aggregators_.end() ? nullptr : &*entry;
}

}  // namespace zenops
