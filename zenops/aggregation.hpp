#pragma once
/// Robust aggregation without a training around it: component `aggregation`.
#include "aggregation/aggregate.hpp"
#include "aggregation/rules/mean.hpp"
