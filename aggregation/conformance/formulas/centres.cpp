#include "aggregation/conformance/formulas/centres.hpp"

#include <algorithm>
#include <cmath>

namespace zenops::formulas {

Vector geometric_median(const Matrix& rows, const Parameters& p) {
  const auto weighted = [&](const Vector& weights) {
    double sum = 0;
    for (const double w : weights) sum += w;
    Vector out(rows[0].size());
    for (size_t k = 0; k < rows.size(); ++k) add(out, weights[k] / sum, rows[k]);
    return out;
  };
  Vector weights;
  for (const Vector& a : rows) {
    Vector distances;
    for (const Vector& b : rows) distances.push_back(std::sqrt(squared_distance(a, b)));
    std::ranges::sort(distances);
    weights.push_back(1 / std::max(p.at("nu"), distances[rows.size() / 2]));
  }
  Vector z = weighted(weights);
  for (size_t t = 0; t < static_cast<size_t>(p.at("iterations")); ++t) {
    for (size_t k = 0; k < rows.size(); ++k)
      weights[k] = 1 / std::max(p.at("nu"), std::sqrt(squared_distance(rows[k], z)));
    z = weighted(weights);
  }
  return z;
}

Vector rfa(const Matrix& rows, const Vector& shares, const Parameters& p) {
  Vector z = weighted_mean(rows, shares);
  for (size_t t = 0; t < static_cast<size_t>(p.at("iterations")); ++t) {
    Vector weights;
    for (size_t k = 0; k < rows.size(); ++k)
      weights.push_back(shares[k] / std::max(p.at("nu"), std::sqrt(squared_distance(rows[k], z))));
    z = weighted_mean(rows, weights);
  }
  return z;
}

Vector norm_clipping(const Matrix& rows, const Vector& shares, const Parameters& p) {
  Vector norms;
  for (const Vector& row : rows) norms.push_back(norm(row));
  Vector sorted = norms;
  std::ranges::sort(sorted);
  const double rank = std::ceil(p.at("quantile") * static_cast<double>(rows.size()));
  const double tau = p.contains("tau") ? p.at("tau") : sorted[static_cast<size_t>(std::max(rank, 1.0)) - 1];
  Matrix cut;
  for (size_t k = 0; k < rows.size(); ++k) cut.push_back(norms[k] > tau ? scaled(tau / norms[k], rows[k]) : rows[k]);
  return weighted_mean(cut, shares);
}

Vector centered_clipping(const Matrix& rows, Vector v, const Vector& shares, const Parameters& p) {
  double sum = 0;
  for (const double share : shares) sum += share;
  for (size_t l = 0; l < static_cast<size_t>(p.at("iterations")); ++l) {
    Vector next = v;
    for (size_t k = 0; k < rows.size(); ++k) {
      const double distance = std::sqrt(squared_distance(rows[k], v));
      const double cut = distance > p.at("tau") ? p.at("tau") / distance : 1;
      for (size_t i = 0; i < v.size(); ++i) next[i] += cut * (rows[k][i] - v[i]) * shares[k] / sum;
    }
    v = next;
  }
  return v;
}

}  // namespace zenops::formulas
