#include "aggregation/rules/centred_products.hpp"

namespace zenops {

std::vector<double> centred_products(const Products& products, std::span<const size_t> rows) {
  const size_t m = rows.size();
  std::vector<double> means(m), out(m * m);
  double mean = 0;
  for (size_t i = 0; i < m; ++i) {
    for (const size_t k : rows) means[i] += products.squared_distance(rows[i], k) / static_cast<double>(m);
    mean += means[i] / static_cast<double>(m);
  }
  for (size_t i = 0; i < m; ++i)
    for (size_t j = 0; j < m; ++j)
      out[i * m + j] = (means[i] + means[j] - mean - products.squared_distance(rows[i], rows[j])) / 2;
  return out;
}

}  // namespace zenops
