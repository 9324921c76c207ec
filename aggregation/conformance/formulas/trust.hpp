#pragma once
#include "aggregation/conformance/formulas/vectors.hpp"
#include "base/parameter.hpp"

/// Rules that measure every row by a row v that is trusted.
namespace zenops::formulas {

Vector fltrust(const Matrix& rows, const Vector& v);
Vector zeno(const Matrix& rows, const Vector& v, const Parameters& p);

}  // namespace zenops::formulas
