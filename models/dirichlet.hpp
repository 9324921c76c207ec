#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "base/philox.hpp"

namespace zenops {

/// `n` shares that add up to 1, drawn from the symmetric Dirichlet distribution: gamma variates of shape `alpha` (Marsaglia
/// and Tsang 2000) over their sum. They are kept as logarithms until then, so that for a small alpha, where every variate is
/// too small for a double, one share is 1 as it should be. Requires alpha > 0 and n ≥ 1; O(n).
std::vector<double> dirichlet(Stream& stream, double alpha, size_t n);

/// Cuts `count` things by shares that add up to 1: n + 1 places from 0 to count, each the nearest to where the shares before
/// it end. O(n).
std::vector<size_t> cut(std::span<const double> shares, size_t count);

}  // namespace zenops
