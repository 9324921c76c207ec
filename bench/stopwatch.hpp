#pragma once
#include <functional>
#include <vector>

#include "base/pool.hpp"

namespace zenops::bench {

/// Seconds that this thread has computed.
double thread_seconds();

/// Runs body(0) … body(count − 1) on the pool and gives the seconds that the busiest thread computed: what others run
/// on the machine does not count, except for the memory they use.
double busiest_seconds(Pool& pool, size_t count, const std::function<void(size_t)>& body);

double median(std::vector<double> values);
/// Interquartile range over median.
double spread(std::vector<double> values);

}  // namespace zenops::bench
