#pragma once
#include "aggregation/rule.hpp"

namespace zenops {

RuleEntry average_entry();
RuleEntry trimmed_mean_entry();
RuleEntry phocas_entry();
RuleEntry zeno_entry();

}  // namespace zenops
