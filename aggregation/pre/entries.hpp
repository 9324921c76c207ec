#pragma once
#include "aggregation/rule.hpp"

namespace zenops {

PreAggregatorEntry nnm_entry();
PreAggregatorEntry bucketing_entry();
PreAggregatorEntry clipping_entry();
PreAggregatorEntry arc_entry();

}  // namespace zenops
