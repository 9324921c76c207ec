#include "aggregation/conformance/formulas/trust.hpp"

#include <algorithm>

namespace zenops::formulas {

Vector fltrust(const Matrix& rows, const Vector& v) {
  Vector out(v.size());
  double sum = 0;
  for (const Vector& row : rows) {
    if (!(norm(row) > 0 && norm(v) > 0)) continue;
    const double trust = std::max(0.0, dot(row, v) / norm(row) / norm(v));
    add(out, trust * norm(v) / norm(row), row);
    sum += trust;
  }
  return sum > 0 ? scaled(1 / sum, out) : Vector(v.size());
}

Vector zeno(const Matrix& rows, const Vector& v, const Parameters& p) {
  Matrix accepted;
  for (const Vector& row : rows)
    if (dot(row, v) > p.at("eta") * dot(v, v) && dot(row, row) < (1 + p.at("rho")) * dot(v, v)) accepted.push_back(row);
  return accepted.empty() ? Vector(v.size()) : mean(accepted);
}

}  // namespace zenops::formulas
