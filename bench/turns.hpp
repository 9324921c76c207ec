#pragma once
#include <functional>
#include <vector>

namespace zenops::bench {

struct Quartiles {
  double low = 0, median = 0, high = 0;
};
Quartiles quartiles(std::vector<double> values);
/// The value that this share of them does not exceed.
double quantile(std::vector<double> values, double share);

/// Seconds of an operation of ours and of the bound's, and what was measured in turn divided by it.
struct Beside {
  double ours = 0, bound = 0;  // medians
  Quartiles ratio;             // ours ÷ bound
  double bound_varies = 0;     // interquartile range over median
};

/// Seconds that one operation takes.
using Side = std::function<double()>;
/// bound, ours, bound, ours, …, bound: each of ours is divided by the mean of the bounds before and after it.
Beside take_turns(int repeats, const Side& bound, const Side& ours);

double wall_seconds();
/// Runs `batch`, which makes so many operations, until that time has passed; seconds of one.
double seconds_of_one(double at_least, size_t operations, const std::function<void()>& batch);

}  // namespace zenops::bench
