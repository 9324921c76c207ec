#pragma once
#include "aggregation/conformance/formulas/vectors.hpp"

/// Rules that choose the rows that lie near each other, or near the middle.
namespace zenops::formulas {

/// Indices of the rows in the order of their Krum scores among `left`.
std::vector<size_t> krum_order(const Matrix& rows, const std::vector<size_t>& left, size_t f);
Vector bulyan(const Matrix& rows, size_t f);
/// The mean of those `kept` that are nearest to the median of every coordinate.
Vector aksel(const Matrix& rows, size_t kept);

}  // namespace zenops::formulas
