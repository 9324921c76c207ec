#include "aggregation/mix.hpp"

#include <algorithm>

namespace zenops {

Mix identity(size_t rows) {
  Mix mix(rows);
  for (uint32_t k = 0; k < rows; ++k) mix[k] = {{k, 1}};
  return mix;
}

Products mixed(const Products& products, const Mix& mix) {
  Products out;
  // Scaled rows keep their signs and their senders' pasts; before new ones no rule that asks for those may stand.
  out.positives = products.positives;
  out.negatives = products.negatives;
  out.sums = products.sums;
  for (const Products& set : products.draws) out.draws.push_back(mixed(set, mix));
  if (products.rows() == 0) return out;
  const size_t m = mix.size();
  const bool table = !products.distances.empty() || products.points() == 1;
  std::vector<double> a(products.points());
  const auto put = [&](const std::vector<Term>& terms, double sign) {
    for (const Term& t : terms) a[t.row] += sign * t.weight;
  };
  const auto clear = [&] { std::ranges::fill(a, 0.0); };
  out.trusted_squared_norm = products.trusted_squared_norm;
  for (const auto& terms : mix) {
    // Without a table rows are only scaled.
    if (table) {
      put(terms, 1);
      out.squared_norms.push_back(products.squared_length(a));
      clear();
    } else {
      out.squared_norms.push_back(double{terms[0].weight} * terms[0].weight * products.squared_norms[terms[0].row]);
    }
    if (products.dots.empty()) continue;
    double dot = 0;
    for (const Term& t : terms) dot += t.weight * products.dots[t.row];
    out.dots.push_back(dot);
  }
  if (!table) return out;
  const auto distance = [&](const std::vector<Term>& x, const std::vector<Term>& y) {
    put(x, 1);
    put(y, -1);
    const double result = products.squared_length(a);
    clear();
    return result;
  };
  for (size_t i = 0; i < m; ++i)
    for (size_t j = 0; j < i; ++j) {
      out.distances.push_back(distance(mix[i], mix[j]));
      double dot = 0;
      for (const Term& s : mix[i])
        for (const Term& t : mix[j]) dot += double{s.weight} * t.weight * products.dot(s.row, t.row);
      out.inner.push_back(dot);
    }
  if (!products.dots.empty()) {
    const std::vector<Term> trusted = {{static_cast<uint32_t>(products.rows()), 1}};
    for (const auto& terms : mix) out.distances.push_back(distance(terms, trusted));
  }
  return out;
}

Mix composed(const Mix& first, const Mix& then) {
  Mix out;
  for (const auto& terms : then) {
    if (terms.size() == 1 && terms[0].weight == 1) {
      out.push_back(first[terms[0].row]);
      continue;
    }
    std::vector<std::pair<uint32_t, double>> sums;
    for (const Term& outer : terms)
      for (const Term& inner : first[outer.row]) {
        const auto at = std::ranges::find(sums, inner.row, &std::pair<uint32_t, double>::first);
        const double weight = double{outer.weight} * inner.weight;
        if (at == sums.end())
          sums.emplace_back(inner.row, weight);
        else
          at->second += weight;
      }
    std::ranges::sort(sums);
    auto& row = out.emplace_back();
    for (const auto& [k, weight] : sums) row.push_back({k, static_cast<float>(weight)});
  }
  return out;
}

std::vector<float> unmixed(const Mix& mix, std::span<const float> weights, size_t rows) {
  std::vector<double> sums(rows);
  for (size_t i = 0; i < mix.size(); ++i)
    for (const Term& t : mix[i]) sums[t.row] += double{weights[i]} * t.weight;
  return {sums.begin(), sums.end()};
}

}  // namespace zenops
