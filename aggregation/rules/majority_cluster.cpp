#include "aggregation/rules/majority_cluster.hpp"

#include <algorithm>
#include <numeric>

#include "aggregation/rules/cosine_distance.hpp"

namespace zenops {

std::vector<size_t> majority_cluster(const Products& products) {
  const size_t n = products.rows(), enough = n / 2 + 1;
  struct Pair {
    double distance;
    size_t i, j;
  };
  std::vector<Pair> pairs;
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < i; ++j) pairs.push_back({cosine_distance(products, i, j), i, j});
  std::ranges::sort(pairs, {}, &Pair::distance);

  std::vector<size_t> component(n), sizes(n, 1);
  std::iota(component.begin(), component.end(), size_t{0});
  size_t major = n == 1 ? 0 : n;  // none yet
  for (size_t p = 0; p < pairs.size(); ++p) {
    // A threshold joins all pairs at that distance.
    if (major < n && pairs[p].distance > pairs[p - 1].distance) break;
    const size_t into = component[pairs[p].i], from = component[pairs[p].j];
    if (into == from) continue;
    std::ranges::replace(component, from, into);
    sizes[into] += sizes[from];
    if (sizes[into] >= enough) major = into;
  }
  std::vector<size_t> out;
  for (size_t k = 0; k < n; ++k)
    if (component[k] == major) out.push_back(k);
  return out;
}

}  // namespace zenops
