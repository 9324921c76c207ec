#pragma once
#include <array>
#include <cstddef>
#include <span>

namespace zenops {

/// Σ term(i) over i < size in double, over eight lanes that a compiler makes vectors of; the order depends on `size` alone. No squares
/// of floats overflow or vanish in it.
template <class Term>
double sum_of(size_t size, const Term& term) {
  constexpr size_t lanes = 8;
  std::array<double, lanes> sums{};
  size_t i = 0;
  for (; i + lanes <= size; i += lanes)
    for (size_t lane = 0; lane < lanes; ++lane) sums[lane] += term(i + lane);
  for (; i < size; ++i) sums[i % lanes] += term(i);
  double sum = 0;
  for (const double part : sums) sum += part;
  return sum;
}

/// ⟨x, y⟩ of two rows of the same size.
inline double dot(std::span<const float> x, std::span<const float> y) {
  return sum_of(x.size(), [&](size_t i) { return double{x[i]} * y[i]; });
}

/// ‖x − y‖² of two rows of the same size.
inline double squared_distance(std::span<const float> x, std::span<const float> y) {
  return sum_of(x.size(), [&](size_t i) {
    const double difference = double{x[i]} - y[i];
    return difference * difference;
  });
}

}  // namespace zenops
