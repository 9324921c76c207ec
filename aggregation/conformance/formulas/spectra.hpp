#pragma once
#include <limits>
#include <utility>

#include "aggregation/conformance/formulas/vectors.hpp"
#include "base/parameter.hpp"

/// Rules that ask in which direction the rows are spread most.
namespace zenops::formulas {

/// The largest eigenvalue of a positive semidefinite matrix and its vector, by the power method from two starts. It
/// grows from step to step: beyond `enough` it ends.
std::pair<double, Vector> top(const Matrix& a, double enough = std::numeric_limits<double>::infinity());
/// (n, n): √(w_i w_j) ⟨x_i − μ, x_j − μ⟩, w summing to 1 and μ being the mean by them.
Matrix weighted_gram(const Matrix& rows, const Vector& w);

Vector caf(const Matrix& rows, size_t f);
Vector dnc(const Matrix& rows, const Parameters& p, size_t f, uint64_t draw);

}  // namespace zenops::formulas
