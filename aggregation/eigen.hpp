#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace zenops {

/// The largest eigenvalue of a symmetric matrix, and a vector of length 1 that belongs to it.
struct Eigenpair {
  double value = 0;
  std::vector<double> vector = {};  // (n)
};

/// Of `matrix`, (n, n) row by row, finite and symmetric: only the lower triangle is read. Householder's tridiagonal
/// form, its largest eigenvalue by bisection to the last bit that rounding leaves, and inverse iteration for the vector
/// (Golub, Van Loan, Matrix Computations, sections 8.2 to 8.4); where several vectors belong to the value it is one of
/// them. The same bits for the same matrix. n = 0 gives the value 0. O(n³).
Eigenpair top_eigenpair(std::span<const double> matrix, size_t n);

}  // namespace zenops
