#pragma once
#include "aggregation/rule.hpp"

namespace zenops {

RuleEntry average_entry();
RuleEntry weighted_average_entry();
RuleEntry median_entry();
RuleEntry trimmed_mean_entry();
RuleEntry phocas_entry();
RuleEntry meamed_entry();
RuleEntry geometric_median_entry();
RuleEntry krum_entry();
RuleEntry multi_krum_entry();
RuleEntry bulyan_entry();
RuleEntry centered_clipping_entry();
RuleEntry fltrust_entry();
RuleEntry zeno_entry();
RuleEntry zeno_loss_entry();
RuleEntry naive_async_entry();
RuleEntry zenopp_entry();
RuleEntry zenopp_paper_entry();
RuleEntry kardam_entry();
RuleEntry fed_async_entry();
RuleEntry fed_buff_entry();
RuleEntry async_centered_clipping_entry();

}  // namespace zenops
