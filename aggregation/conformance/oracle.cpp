#include "aggregation/conformance/oracle.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <stdexcept>

#include "base/philox.hpp"

namespace zenops {
namespace {

using Vector = std::vector<double>;
using Matrix = std::vector<Vector>;

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

double mean_of(const Vector& values, size_t first, size_t last) {
  double sum = 0;
  for (size_t k = first; k < last; ++k) sum += values[k];
  return sum / static_cast<double>(last - first);
}

/// `reduce(sorted values)` in every coordinate.
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

/// The mean of the `count` values nearest to the centre; of two at the same distance the smaller.
double mean_of_nearest(Vector sorted, double centre, size_t count) {
  std::ranges::stable_sort(sorted, {}, [centre](double x) { return std::abs(x - centre); });
  return mean_of(sorted, 0, count);
}

size_t liars(const Parameters& p, size_t caught, size_t most) {
  const auto f = p.find("f");
  if (f == p.end()) return most;
  const auto declared = static_cast<size_t>(f->second);
  return declared - std::min(declared, caught);
}

/// Indices of the rows in the order of their Krum scores among `left`.
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

Vector centered_clipping(const Matrix& rows, Vector v, const Parameters& p) {
  for (size_t l = 0; l < static_cast<size_t>(p.at("iterations")); ++l) {
    Vector next = v;
    for (const Vector& row : rows) {
      const double distance = std::sqrt(squared_distance(row, v));
      const double cut = distance > p.at("tau") ? p.at("tau") / distance : 1;
      for (size_t i = 0; i < v.size(); ++i) next[i] += cut * (row[i] - v[i]) / static_cast<double>(rows.size());
    }
    v = next;
  }
  return v;
}

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

}  // namespace

std::vector<double> Oracle::aggregate(const RuleChoice& choice) const {
  Matrix x = rows;
  for (const Choice& pre : choice.pre) {
    const size_t f = liars(pre.parameters, caught, (x.size() - 1) / 2);
    if (pre.name == "nnm")
      x = nnm(x, f);
    else if (pre.name == "bucketing")
      x = bucketing(x, pre.parameters, draw);
    else if (pre.name == "clipping")
      x = clipped(x, pre.parameters.at("c"));
    else if (pre.name == "arc")
      x = arc(x, f);
    else
      throw std::logic_error("no oracle for " + pre.name);
  }
  const size_t n = x.size();
  const std::string& name = choice.rule.name;
  const Parameters& p = choice.rule.parameters;
  const size_t third = liars(p, caught, n < 3 ? 0 : (n - 3) / 2), half = liars(p, caught, (n - 1) / 2);

  if (name == "average" || name == "fed_buff") return mean(x);
  if (name == "weighted_average") {
    if (counts.empty()) return mean(x);
    Vector out(x[0].size());
    double sum = 0;
    for (size_t k = 0; k < n; ++k) {
      add(out, counts[k], x[k]);
      sum += counts[k];
    }
    return scaled(1 / sum, out);
  }
  if (name == "median") return by_coordinate(x, median);
  if (name == "trimmed_mean") return by_coordinate(x, [&](const Vector& v) { return trimmed(v, half); });
  if (name == "phocas")
    return by_coordinate(x, [&](const Vector& v) { return mean_of_nearest(v, trimmed(v, half), n - half); });
  if (name == "meamed")
    return by_coordinate(x, [&](const Vector& v) { return mean_of_nearest(v, median(v), n - half); });
  if (name == "geometric_median") return geometric_median(x, p);
  if (name == "krum") return x[krum_order(x, everybody(n), third)[0]];
  if (name == "multi_krum") {
    const auto m = p.find("m");
    return mean(
        chosen(x, krum_order(x, everybody(n), third), m == p.end() ? n - third - 2 : static_cast<size_t>(m->second)));
  }
  if (name == "bulyan") return bulyan(x, liars(p, caught, (n - 3) / 4));
  if (name == "centered_clipping") return centered_clipping(x, trusted, p);
  if (name == "fltrust") return fltrust(x, trusted);
  if (name == "zeno") return zeno(x, trusted, p);
  if (name == "zeno_loss") {
    auto order = everybody(n);
    std::ranges::stable_sort(order, std::greater<>(),
                             [&](size_t k) { return descents[k] - p.at("rho") * dot(x[k], x[k]); });
    const auto b = static_cast<size_t>(p.at("b"));
    return mean(chosen(x, order, n - (b - std::min(b, caught))));
  }
  throw std::logic_error("no oracle for " + name);
}

double descent(std::span<const float> u, std::span<const float> v) {
  double sum = 0;
  for (size_t i = 0; i < u.size(); ++i) sum += double{u[i]} * v[i] - 0.5 * u[i] * u[i];
  return sum;
}

std::vector<double> descents(std::span<const std::vector<float>> rows, std::span<const float> v) {
  std::vector<double> out;
  for (const auto& row : rows) out.push_back(descent(row, v));
  return out;
}

}  // namespace zenops
