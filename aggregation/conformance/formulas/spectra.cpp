#include "aggregation/conformance/formulas/spectra.hpp"

#include <algorithm>
#include <cmath>

#include "aggregation/draws.hpp"

namespace zenops::formulas {
namespace {

/// The right singular vector of the rows for their largest singular value, by powers.
Vector top_direction(const Matrix& rows) {
  Vector v(rows[0].size());
  for (size_t i = 0; i < v.size(); ++i) v[i] = std::cos(static_cast<double>(i));
  for (int t = 0; t < 20'000; ++t) {
    Vector next(v.size());
    for (const Vector& row : rows) add(next, dot(row, v), row);
    if (!(norm(next) > 0)) return v;
    next = scaled(1 / norm(next), next);
    const bool same = squared_distance(next, v) < 1e-28;
    v = next;
    if (same) break;
  }
  return v;
}

}  // namespace

std::pair<double, Vector> top(const Matrix& a, double enough) {
  std::pair<double, Vector> best{0, Vector(a.size())};
  double scale = 0;
  for (const Vector& row : a)
    for (const double x : row) scale = std::max(scale, std::abs(x));
  if (!(scale > 0)) return best;
  Matrix unit;
  for (const Vector& row : a) unit.push_back(scaled(1 / scale, row));
  for (const double turn : {0.7, 2.3}) {
    Vector v;
    for (size_t k = 0; k < a.size(); ++k) v.push_back(1 + 0.9 * std::sin(turn * static_cast<double>(k * k + 1)));
    double before = 0;
    for (size_t step = 0; step < 100'000; ++step) {
      Vector next;
      const double length = norm(v);
      for (const Vector& row : unit) next.push_back(dot(row, v) / length);
      const double value = norm(next);
      const bool done = value <= 0 || (step > 50 && value - before <= 1e-16 * value) || value * scale > enough;
      before = value;
      v = next;
      if (done) break;
    }
    if (before * scale > best.first) best = {before * scale, norm(v) > 0 ? scaled(1 / norm(v), v) : v};
  }
  return best;
}

Matrix weighted_gram(const Matrix& rows, const Vector& w) {
  const Vector mu = weighted_mean(rows, w);
  Matrix off, out(rows.size(), Vector(rows.size()));
  for (size_t k = 0; k < rows.size(); ++k) {
    off.push_back(Vector(mu.size()));
    if (w[k] == 0) continue;
    add(off[k], std::sqrt(w[k]), rows[k]);
    add(off[k], -std::sqrt(w[k]), mu);
  }
  for (size_t i = 0; i < rows.size(); ++i)
    for (size_t j = 0; j < rows.size(); ++j) out[i][j] = dot(off[i], off[j]);
  return out;
}

Vector caf(const Matrix& rows, size_t f) {
  Vector c(rows.size(), 1.0), best;
  double smallest = std::numeric_limits<double>::infinity();
  while (true) {
    double sum = 0;
    for (const double x : c) sum += x;
    if (!(sum > static_cast<double>(rows.size() - 2 * f))) break;
    const auto [value, vector] = top(weighted_gram(rows, scaled(1 / sum, c)));
    if (best.empty() || value < smallest) {
      smallest = value;
      best = c;
    }
    // The direction is Σ √c_k v_k (x_k − μ), and what a row has of it √λ v_k / √c_k.
    Vector tau(rows.size());
    double most = 0;
    for (size_t k = 0; k < rows.size(); ++k)
      if (c[k] > 0) most = std::max(most, tau[k] = vector[k] * vector[k] / c[k]);
    if (!(value > 0 && most > 0)) break;
    for (size_t k = 0; k < rows.size(); ++k) c[k] *= 1 - tau[k] / most;
  }
  return best.empty() ? mean(rows) : weighted_mean(rows, best);
}

Vector dnc(const Matrix& rows, const Parameters& p, size_t f, uint64_t draw) {
  const size_t n = rows.size(), d = rows[0].size();
  const size_t good = n - std::min(static_cast<size_t>(p.at("c") * static_cast<double>(f)), n - 1);
  std::vector<size_t> left = everybody(n);
  for (uint32_t set = 0; set < static_cast<uint32_t>(p.at("iterations")); ++set) {
    const auto coordinates = drawn({.draw = draw, .whole = d}, d, set, static_cast<size_t>(p.at("r")));
    Matrix part;
    for (const Vector& row : rows) {
      Vector& numbers = part.emplace_back();
      for (const size_t i : coordinates) numbers.push_back(row[i]);
    }
    const Vector centre = mean(part);
    double largest = 0;
    for (Vector& row : part) {
      add(row, -1, centre);
      largest = std::max(largest, norm(row));
    }
    for (Vector& row : part) row = scaled(largest > 0 ? 1 / largest : 0, row);
    const Vector v = top_direction(part);
    auto order = everybody(n);
    std::ranges::stable_sort(order, {}, [&](size_t k) { return dot(part[k], v) * dot(part[k], v); });
    std::erase_if(left, [&](size_t k) {
      return std::find(order.begin(), order.begin() + static_cast<ptrdiff_t>(good), k) ==
             order.begin() + static_cast<ptrdiff_t>(good);
    });
  }
  return left.empty() ? Vector(d) : mean(chosen(rows, left, left.size()));
}

}  // namespace zenops::formulas
