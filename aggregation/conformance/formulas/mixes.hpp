#pragma once
#include "aggregation/conformance/formulas/vectors.hpp"
#include "base/parameter.hpp"

/// What makes other rows of the rows before a rule sees them.
namespace zenops::formulas {

/// Each row becomes the mean of the n − f nearest to it, itself among them.
Matrix nnm(const Matrix& rows, size_t f);
/// Means of s rows each, in an order that is drawn; of n / 2f where no s is set.
Matrix bucketing(const Matrix& rows, const Parameters& p, uint64_t draw);
/// Rows longer than the radius are cut to it.
Matrix clipped(const Matrix& rows, double radius);
/// Clipped to the longest but the ⌊2f (n − f) / n⌋ longest.
Matrix arc(const Matrix& rows, size_t f);

}  // namespace zenops::formulas
