#include "aggregation/geometry.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace zenops {
namespace {

void add_to(std::vector<Products>& sums, const std::vector<Products>& next) {
  assert(sums.size() == next.size());
  for (size_t k = 0; k < sums.size(); ++k) sums[k].add(next[k]);
}

void add_to(std::vector<double>& sums, const std::vector<double>& next) {
  assert(sums.size() == next.size());
  for (size_t k = 0; k < sums.size(); ++k) sums[k] += next[k];
}

/// A sum, and how large the terms were that made it: what rounding takes is in proportion to that.
struct Sum {
  double value = 0, magnitude = 0;
  void add(double term) {
    value += term;
    magnitude += std::abs(term);
  }
};

double better(const Sum& a, const Sum& b) { return std::max(0.0, a.magnitude <= b.magnitude ? a.value : b.value); }

}  // namespace

Needs operator|(const Needs& a, const Needs& b) {
  return {.trusted = a.trusted != Trust::nobody ? a.trusted : b.trusted,
          .norms = a.norms || b.norms,
          .table = a.table || b.table,
          .losses = a.losses || b.losses,
          .rates = a.rates || b.rates,
          .bases = a.bases || b.bases,
          .signs = a.signs || b.signs,
          .gaps = a.gaps || b.gaps,
          .past_norms = a.past_norms || b.past_norms,
          .sums = a.sums || b.sums,
          .draws = a.draws.sets > 0 ? a.draws : b.draws};
}

void Products::add(const Products& next) {
  add_to(squared_norms, next.squared_norms);
  add_to(dots, next.dots);
  trusted_squared_norm += next.trusted_squared_norm;
  add_to(distances, next.distances);
  add_to(inner, next.inner);
  add_to(changes, next.changes);
  add_to(moves, next.moves);
  add_to(positives, next.positives);
  add_to(negatives, next.negatives);
  add_to(gaps, next.gaps);
  add_to(sums, next.sums);
  add_to(draws, next.draws);
}

Products Products::of(std::span<const size_t> chosen) const {
  Products out;
  out.trusted_squared_norm = trusted_squared_norm;
  const bool table = !distances.empty();
  for (size_t i = 0; i < chosen.size(); ++i) {
    if (!squared_norms.empty()) out.squared_norms.push_back(squared_norms[chosen[i]]);
    if (!dots.empty()) out.dots.push_back(dots[chosen[i]]);
    if (!changes.empty()) out.changes.push_back(changes[chosen[i]]);
    if (!moves.empty()) out.moves.push_back(moves[chosen[i]]);
    if (!positives.empty()) out.positives.push_back(positives[chosen[i]]);
    if (!negatives.empty()) out.negatives.push_back(negatives[chosen[i]]);
    if (!gaps.empty()) out.gaps.push_back(gaps[chosen[i]]);
    for (size_t j = 0; table && j < i; ++j) {
      out.distances.push_back(squared_distance(chosen[i], chosen[j]));
      out.inner.push_back(dot(chosen[i], chosen[j]));
    }
  }
  if (table && !dots.empty())
    for (const size_t k : chosen) out.distances.push_back(squared_distance(rows(), k));
  for (const Products& p : sums) out.sums.push_back(p.of(chosen));
  for (const Products& p : draws) out.draws.push_back(p.of(chosen));
  return out;
}

double Products::squared_distance(size_t i, size_t j) const {
  return i == j ? 0 : distances[triangle(std::max(i, j), std::min(i, j))];
}

double Products::dot(size_t i, size_t j) const {
  const size_t n = rows();
  if (i == j) return i == n ? trusted_squared_norm : squared_norms[i];
  if (std::max(i, j) == n) return dots[std::min(i, j)];
  return inner[triangle(std::max(i, j), std::min(i, j))];
}

double Products::squared_length(std::span<const double> a) const {
  std::vector<size_t> used;
  double rest = 0;  // the zero row's weight, so that all weights sum to zero
  for (size_t i = 0; i < a.size(); ++i)
    if (a[i] != 0) {
      used.push_back(i);
      rest -= a[i];
    }
  Sum by_distances, by_dots;
  for (size_t k = 0; k < used.size(); ++k) {
    const size_t i = used[k];
    by_distances.add(-a[i] * rest * dot(i, i));
    by_dots.add(a[i] * a[i] * dot(i, i));
    for (size_t l = 0; l < k; ++l) {
      const size_t j = used[l];
      by_distances.add(-a[i] * a[j] * squared_distance(i, j));
      by_dots.add(2 * a[i] * a[j] * dot(i, j));
    }
  }
  return better(by_distances, by_dots);
}

std::vector<double> Products::squared_distances_to(std::span<const double> z) const {
  const size_t p = points();
  std::vector<Sum> by_distances(p), by_dots(p);
  for (size_t i = 0; i < p; ++i)
    for (size_t k = 0; k < p; ++k)
      if (z[k] != 0) {
        by_distances[i].add(z[k] * squared_distance(i, k));
        by_dots[i].add(z[k] * dot(i, k));
      }
  Sum spread, square;  // ½ zᵀDz and zᵀGz
  for (size_t i = 0; i < p; ++i) {
    spread.value += z[i] * by_distances[i].value / 2;
    spread.magnitude += std::abs(z[i]) * by_distances[i].magnitude / 2;
    square.value += z[i] * by_dots[i].value;
    square.magnitude += std::abs(z[i]) * by_dots[i].magnitude;
  }
  std::vector<double> result(p);
  for (size_t i = 0; i < p; ++i)
    result[i] = better(
        {by_distances[i].value - spread.value, by_distances[i].magnitude + spread.magnitude},
        {dot(i, i) - 2 * by_dots[i].value + square.value, dot(i, i) + 2 * by_dots[i].magnitude + square.magnitude});
  return result;
}

}  // namespace zenops
