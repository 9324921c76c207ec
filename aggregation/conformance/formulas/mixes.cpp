#include "aggregation/conformance/formulas/mixes.hpp"

#include <algorithm>

#include "base/philox.hpp"

namespace zenops::formulas {

Matrix nnm(const Matrix& rows, size_t f) {
  Matrix out;
  for (size_t i = 0; i < rows.size(); ++i) {
    auto order = everybody(rows.size());
    std::swap(order[0], order[i]);
    std::ranges::stable_sort(order, {}, [&](size_t k) { return squared_distance(rows[i], rows[k]); });
    out.push_back(mean(chosen(rows, order, rows.size() - f)));
  }
  return out;
}

Matrix bucketing(const Matrix& rows, const Parameters& p, uint64_t draw) {
  auto order = everybody(rows.size());
  Stream stream({.seed = draw, .role = Role::validator, .purpose = Purpose::partition});
  for (size_t k = rows.size(); k > 1; --k) std::swap(order[k - 1], order[stream.below(static_cast<uint32_t>(k))]);
  const auto f = p.find("f"), s = p.find("s");
  const size_t size = s != p.end()   ? static_cast<size_t>(s->second)
                      : f == p.end() ? 2
                                     : std::max<size_t>(1, rows.size() / (2 * static_cast<size_t>(f->second)));
  Matrix out;
  for (size_t first = 0; first < rows.size(); first += size) {
    Matrix bucket;
    for (size_t k = first; k < std::min(first + size, rows.size()); ++k) bucket.push_back(rows[order[k]]);
    out.push_back(mean(bucket));
  }
  return out;
}

Matrix clipped(const Matrix& rows, double radius) {
  Matrix out;
  for (const Vector& row : rows) out.push_back(norm(row) > radius ? scaled(radius / norm(row), row) : row);
  return out;
}

Matrix arc(const Matrix& rows, size_t f) {
  const size_t n = rows.size(), k = 2 * f * (n - f) / n;
  if (k == 0) return rows;
  Vector norms;
  for (const Vector& row : rows) norms.push_back(norm(row));
  std::ranges::sort(norms);
  return clipped(rows, norms[n - k - 1]);
}

}  // namespace zenops::formulas
