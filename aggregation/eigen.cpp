#include "aggregation/eigen.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace zenops {
namespace {

/// A tridiagonal matrix: `diagonal` and, one shorter, `beside` it.
struct Tridiagonal {
  std::vector<double> diagonal, beside;
};

/// H_k = I − 2 v vᵀ, v with 1 / ‖v‖ in it, for the columns 0 … n − 3; the k-th v is zero up to and including k.
using Reflections = std::vector<std::vector<double>>;

/// Reduces `a` (n, n; both triangles) in place of itself.
Tridiagonal tridiagonal(std::vector<double>& a, size_t n, Reflections& reflections) {
  Tridiagonal t;
  for (size_t k = 0; k + 2 < n; ++k) {
    double square = 0;
    for (size_t i = k + 1; i < n; ++i) square += a[i * n + k] * a[i * n + k];
    const double length = std::sqrt(square);
    const double alpha = a[(k + 1) * n + k] > 0 ? -length : length;
    std::vector<double> v(n);
    double rest = 0;
    for (size_t i = k + 1; i < n; ++i) v[i] = a[i * n + k] - (i == k + 1 ? alpha : 0);
    for (size_t i = k + 1; i < n; ++i) rest += v[i] * v[i];
    // Squares of less than 1e-280 of the scale have lost digits, and v would not have length 1: such a column is zero.
    if (rest < 1e-280) rest = 0;
    t.beside.push_back(rest > 0 ? alpha : a[(k + 1) * n + k]);
    if (rest > 0) {
      for (double& x : v) x /= std::sqrt(rest);
      // A ← H A H with H = I − 2 v vᵀ: A − 2 v wᵀ − 2 w vᵀ, w = A v − (vᵀ A v) v.
      std::vector<double> w(n);
      double both = 0;
      for (size_t i = k + 1; i < n; ++i) {
        for (size_t j = k + 1; j < n; ++j) w[i] += a[i * n + j] * v[j];
        both += v[i] * w[i];
      }
      for (size_t i = k + 1; i < n; ++i) w[i] -= both * v[i];
      for (size_t i = k + 1; i < n; ++i)
        for (size_t j = k + 1; j < n; ++j) a[i * n + j] -= 2 * (v[i] * w[j] + w[i] * v[j]);
    }
    reflections.push_back(std::move(v));
  }
  for (size_t k = 0; k < n; ++k) t.diagonal.push_back(a[k * n + k]);
  if (n >= 2) t.beside.push_back(a[(n - 1) * n + n - 2]);
  return t;
}

/// Whether an eigenvalue lies above x (Sturm's count: a pivot of T − x I is positive).
bool any_above(const Tridiagonal& t, double x, double tiny) {
  double pivot = 1;
  for (size_t k = 0; k < t.diagonal.size(); ++k) {
    const double b = k == 0 ? 0 : t.beside[k - 1];
    pivot = t.diagonal[k] - x - b * b / pivot;
    if (std::abs(pivot) < tiny) pivot = -tiny;
    if (pivot > 0) return true;
  }
  return false;
}

double largest_eigenvalue(const Tridiagonal& t, double tiny) {
  double low = -std::numeric_limits<double>::infinity(), high = low;
  const size_t n = t.diagonal.size();
  for (size_t k = 0; k < n; ++k) {  // Gershgorin's circles; no diagonal entry exceeds the largest eigenvalue
    const double radius = (k > 0 ? std::abs(t.beside[k - 1]) : 0) + (k + 1 < n ? std::abs(t.beside[k]) : 0);
    low = std::max(low, t.diagonal[k]);
    high = std::max(high, t.diagonal[k] + radius);
  }
  for (int step = 0; step < 200; ++step) {
    const double middle = low + (high - low) / 2;
    if (!(middle > low && middle < high)) break;
    (any_above(t, middle, tiny) ? low : high) = middle;
  }
  return high;
}

/// x ← (T − λ I)⁻¹ x by elimination with row exchanges; a pivot of zero is `tiny`.
void solve(const Tridiagonal& t, double lambda, double tiny, std::vector<double>& x) {
  const size_t n = x.size();
  std::vector<double> first(n), second(n), third(n);  // of the upper triangle: the pivot and the two beside it
  double pivot = t.diagonal[0] - lambda, next = n > 1 ? t.beside[0] : 0;
  for (size_t k = 0; k + 1 < n; ++k) {
    const double below = t.beside[k], across = t.diagonal[k + 1] - lambda, beyond = k + 2 < n ? t.beside[k + 1] : 0;
    if (std::abs(pivot) >= std::abs(below)) {
      if (std::abs(pivot) < tiny) pivot = tiny;
      const double factor = below / pivot;
      first[k] = pivot, second[k] = next, third[k] = 0;
      x[k + 1] -= factor * x[k];
      pivot = across - factor * next;
      next = beyond;
    } else {
      const double factor = pivot / below;
      first[k] = below, second[k] = across, third[k] = beyond;
      std::swap(x[k], x[k + 1]);
      x[k + 1] -= factor * x[k];
      pivot = next - factor * across;
      next = -factor * beyond;
    }
  }
  first[n - 1] = std::abs(pivot) < tiny ? tiny : pivot;
  for (size_t k = n; k-- > 0;) {
    double rest = x[k];
    if (k + 1 < n) rest -= second[k] * x[k + 1];
    if (k + 2 < n) rest -= third[k] * x[k + 2];
    x[k] = rest / first[k];
  }
}

void normalise(std::vector<double>& x) {
  double largest = 0, square = 0;
  for (const double v : x) largest = std::max(largest, std::abs(v));
  for (double& v : x) {
    v /= largest;
    square += v * v;
  }
  for (double& v : x) v /= std::sqrt(square);
}

}  // namespace

Eigenpair top_eigenpair(std::span<const double> matrix, size_t n) {
  assert(matrix.size() == n * n);
  if (n == 0) return {};
  double scale = 0;
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j <= i; ++j) scale = std::max(scale, std::abs(matrix[i * n + j]));
  // A start that no eigenvector is at a right angle to, short of intent.
  std::vector<double> x(n);
  for (size_t k = 0; k < n; ++k) x[k] = 1 + 0.25 * std::sin(static_cast<double>(k + 1));
  if (!(scale > 0)) {
    normalise(x);
    return {.value = 0, .vector = std::move(x)};
  }
  std::vector<double> a(n * n);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j <= i; ++j) a[i * n + j] = a[j * n + i] = matrix[i * n + j] / scale;
  Reflections reflections;
  const Tridiagonal t = tridiagonal(a, n, reflections);
  constexpr double tiny = 1e-18;  // far below the rounding of entries up to 1
  const double value = largest_eigenvalue(t, tiny);
  for (int step = 0; step < 3; ++step) {
    solve(t, value, tiny, x);
    normalise(x);
  }
  for (size_t k = reflections.size(); k-- > 0;) {
    const auto& v = reflections[k];
    double dot = 0;
    for (size_t i = 0; i < n; ++i) dot += v[i] * x[i];
    for (size_t i = 0; i < n; ++i) x[i] -= 2 * dot * v[i];
  }
  return {.value = value * scale, .vector = std::move(x)};
}

}  // namespace zenops
