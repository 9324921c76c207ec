#include "aggregation/conformance/formulas/vectors.hpp"

#include <algorithm>
#include <cmath>

namespace zenops::formulas {
namespace {

double mean_of(const Vector& values, size_t first, size_t last) {
  double sum = 0;
  for (size_t k = first; k < last; ++k) sum += values[k];
  return sum / static_cast<double>(last - first);
}

}  // namespace

double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double squared_distance(const Vector& a, const Vector& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

double norm(const Vector& a) { return std::sqrt(dot(a, a)); }

void add(Vector& sum, double weight, const Vector& a) {
  for (size_t i = 0; i < a.size(); ++i) sum[i] += weight * a[i];
}

Vector scaled(double weight, const Vector& a) {
  Vector out(a.size());
  add(out, weight, a);
  return out;
}

Vector mean(const Matrix& rows) {
  Vector out(rows[0].size());
  for (const Vector& row : rows) add(out, 1 / static_cast<double>(rows.size()), row);
  return out;
}

Vector by_coordinate(const Matrix& rows, const std::function<double(Vector)>& reduce) {
  Vector out;
  for (size_t i = 0; i < rows[0].size(); ++i) {
    Vector values;
    for (const Vector& row : rows) values.push_back(row[i]);
    std::ranges::sort(values);
    out.push_back(reduce(values));
  }
  return out;
}

double trimmed(const Vector& sorted, size_t b) { return mean_of(sorted, b, sorted.size() - b); }
double median(const Vector& sorted) { return trimmed(sorted, (sorted.size() - 1) / 2); }

double mean_of_nearest(Vector sorted, double centre, size_t count) {
  std::ranges::stable_sort(sorted, {}, [centre](double x) { return std::abs(x - centre); });
  return mean_of(sorted, 0, count);
}

std::vector<size_t> everybody(size_t n) {
  std::vector<size_t> all;
  for (size_t k = 0; k < n; ++k) all.push_back(k);
  return all;
}

Matrix chosen(const Matrix& rows, const std::vector<size_t>& indices, size_t count) {
  Matrix out;
  for (size_t k = 0; k < count; ++k) out.push_back(rows[indices[k]]);
  return out;
}

Vector weighted_mean(const Matrix& rows, const Vector& weights) {
  Vector out(rows[0].size());
  double sum = 0;
  for (const double w : weights) sum += w;
  for (size_t k = 0; k < rows.size(); ++k)
    if (weights[k] != 0) add(out, weights[k] / sum, rows[k]);
  return out;
}

Vector mean_of_first(const Matrix& rows, const std::vector<size_t>& order, size_t count, const Vector& shares) {
  Vector weights(rows.size());
  for (size_t k = 0; k < count; ++k) weights[order[k]] = shares[order[k]];
  return weighted_mean(rows, weights);
}

Vector norms(const Matrix& rows) {
  Vector out;
  for (const Vector& row : rows) out.push_back(norm(row));
  return out;
}

double median_of(Vector values) {
  std::ranges::sort(values);
  return median(values);
}

}  // namespace zenops::formulas
