#include "aggregation/rules/krum_scores.hpp"

#include <algorithm>
#include <numeric>

namespace zenops {

std::vector<double> krum_scores(const Products& products, std::span<const size_t> left, size_t f) {
  const size_t n = left.size(), neighbours = std::min(n > f + 3 ? n - f - 2 : 1, n - 1);
  std::vector<double> scores, distances;
  for (const size_t i : left) {
    distances.clear();
    for (const size_t j : left)
      if (j != i) distances.push_back(products.squared_distance(i, j));
    std::ranges::sort(distances);
    scores.push_back(std::accumulate(distances.begin(), distances.begin() + static_cast<ptrdiff_t>(neighbours), 0.0));
  }
  return scores;
}

std::vector<size_t> best_by_krum(const Products& products, std::span<const size_t> left, size_t f, size_t m) {
  const auto scores = krum_scores(products, left, f);
  auto order = all_rows(left.size());
  std::ranges::stable_sort(order, {}, [&](size_t k) { return scores[k]; });
  std::vector<size_t> best;
  for (size_t k = 0; k < m; ++k) best.push_back(left[order[k]]);
  return best;
}

std::vector<size_t> all_rows(size_t n) {
  std::vector<size_t> rows(n);
  std::iota(rows.begin(), rows.end(), size_t{0});
  return rows;
}

}  // namespace zenops
