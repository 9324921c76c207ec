#pragma once
#include <cstddef>

namespace zenops {

/// The same as trimmed_mean() and nearest_mean(), and the same bits, for few rows, none of which is null: nothing leaves the registers
/// between reading the rows and writing the mean. Only for the usual means: false, and nothing is done, for another, as for n above
/// kFewRows. It is compiled once for each n and trim, which pays where the arithmetic takes as long as reading the rows.
bool few_rows_mean(const float* const* rows, size_t n, size_t trim, size_t drop, size_t size, float* out);

inline constexpr size_t kFewRows = 16;

}  // namespace zenops
