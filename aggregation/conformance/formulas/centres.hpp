#pragma once
#include "aggregation/conformance/formulas/vectors.hpp"
#include "base/parameter.hpp"

/// Rules that let every row count, the farther away the less; `shares` says how much each counts besides.
namespace zenops::formulas {

Vector geometric_median(const Matrix& rows, const Parameters& p);
Vector rfa(const Matrix& rows, const Vector& shares, const Parameters& p);
Vector norm_clipping(const Matrix& rows, const Vector& shares, const Parameters& p);
/// Around v at first.
Vector centered_clipping(const Matrix& rows, Vector v, const Vector& shares, const Parameters& p);

}  // namespace zenops::formulas
