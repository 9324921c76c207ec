#include "aggregation/conformance/formulas/subsets.hpp"

#include <algorithm>
#include <functional>
#include <limits>

#include "aggregation/conformance/formulas/spectra.hpp"

namespace zenops::formulas {
namespace {

/// Calls `visit` with every set of `size` of n rows, in lexicographic order.
void for_each_subset(size_t n, size_t size, const std::function<void(const std::vector<size_t>&)>& visit) {
  auto subset = everybody(size);
  while (true) {
    visit(subset);
    size_t k = size;
    while (k > 0 && subset[k - 1] == n - size + k - 1) --k;
    if (k == 0) return;
    ++subset[k - 1];
    for (; k < size; ++k) subset[k] = subset[k - 1] + 1;
  }
}

}  // namespace

std::vector<size_t> smallest_diameter(const Matrix& rows, size_t f) {
  const size_t n = rows.size();
  std::vector<std::pair<size_t, size_t>> pairs;
  Matrix distances(n, Vector(n));
  for (size_t i = 0; i < n; ++i)
    for (size_t j = i + 1; j < n; ++j) {
      pairs.emplace_back(i, j);
      distances[i][j] = squared_distance(rows[i], rows[j]);
    }
  std::ranges::stable_sort(pairs, std::greater<>(), [&](const auto& p) { return distances[p.first][p.second]; });
  std::vector<size_t> best;
  std::vector<bool> of_best;
  for_each_subset(n, n - f, [&](const std::vector<size_t>& subset) {
    std::vector<bool> in(n), holds;
    for (const size_t k : subset) in[k] = true;
    for (const auto& [i, j] : pairs) {
      holds.push_back(in[i] && in[j]);
      if (of_best.empty() || holds.back() == of_best[holds.size() - 1]) continue;
      if (holds.back()) return;  // farther than the best
      break;
    }
    if (!of_best.empty() && holds == of_best) return;
    holds.clear();
    for (const auto& [i, j] : pairs) holds.push_back(in[i] && in[j]);
    best = subset;
    of_best = holds;
  });
  return best;
}

std::vector<size_t> smallest_eigenvalue(const Matrix& rows, size_t f) {
  double smallest = std::numeric_limits<double>::infinity();
  std::vector<size_t> best;
  for_each_subset(rows.size(), rows.size() - f, [&](const std::vector<size_t>& subset) {
    const Matrix x = chosen(rows, subset, subset.size());
    const double value = top(weighted_gram(x, Vector(x.size(), 1 / static_cast<double>(x.size()))), smallest).first;
    if (!best.empty() && value >= smallest * (1 - 1e-12)) return;
    smallest = value;
    best = subset;
  });
  return best;
}

}  // namespace zenops::formulas
