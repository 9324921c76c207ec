#pragma once
#include "aggregation/conformance/formulas/vectors.hpp"
#include "base/parameter.hpp"

/// Rules that look at signs and angles: who points where the others point.
namespace zenops::formulas {

Vector signsgd(const Matrix& rows, const Parameters& p);
Vector signguard(const Matrix& rows, const Parameters& p);
/// At the smallest threshold at which one of the graph's components has a majority, that component.
Vector flame(const Matrix& rows, const Parameters& p, uint64_t draw);
Vector clipped_clustering(const Matrix& rows);
Vector foolsgold(const Matrix& rows, const Parameters& p);

}  // namespace zenops::formulas
