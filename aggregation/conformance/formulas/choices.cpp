#include "aggregation/conformance/formulas/choices.hpp"

#include <algorithm>
#include <map>

namespace zenops::formulas {

std::vector<size_t> krum_order(const Matrix& rows, const std::vector<size_t>& left, size_t f) {
  std::map<size_t, double> score;
  for (const size_t i : left) {
    Vector distances;
    for (const size_t j : left)
      if (j != i) distances.push_back(squared_distance(rows[i], rows[j]));
    std::ranges::sort(distances);
    const size_t neighbours = std::min(left.size() > f + 3 ? left.size() - f - 2 : 1, left.size() - 1);
    for (size_t k = 0; k < neighbours; ++k) score[i] += distances[k];
  }
  auto order = left;
  std::ranges::stable_sort(order, {}, [&](size_t i) { return score[i]; });
  return order;
}

Vector bulyan(const Matrix& rows, size_t f) {
  auto left = everybody(rows.size());
  Matrix selected;
  while (selected.size() < rows.size() - 2 * f) {
    const size_t best = krum_order(rows, left, f)[0];
    selected.push_back(rows[best]);
    std::erase(left, best);
  }
  return by_coordinate(selected, [&](const Vector& v) { return mean_of_nearest(v, median(v), v.size() - 2 * f); });
}

Vector aksel(const Matrix& rows, size_t kept) {
  const Vector centre = by_coordinate(rows, median);
  auto order = everybody(rows.size());
  std::ranges::stable_sort(order, {}, [&](size_t k) { return squared_distance(rows[k], centre); });
  return mean(chosen(rows, order, kept));
}

}  // namespace zenops::formulas
