#pragma once
#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace zenops::bench {

/// What implementations without networks do: trimmed means a column at a time. order(column, trim) puts the values that
/// count at [trim, n − trim); trim is n / 5.
template <class Order>
void trimmed_mean_by_column(std::span<const float* const> rows, size_t size, float* out, Order order) {
  const size_t n = rows.size(), trim = n / 5;
  std::vector<float> column(n);
  for (size_t i = 0; i < size; ++i) {
    for (size_t k = 0; k < n; ++k) column[k] = rows[k][i];
    order(column, trim);
    float sum = 0;
    for (size_t r = trim; r < n - trim; ++r) sum += column[r];
    out[i] = sum / static_cast<float>(n - 2 * trim);
  }
}

inline void sorted(std::vector<float>& column, size_t) { std::ranges::sort(column); }

inline void selected(std::vector<float>& column, size_t trim) {
  const auto first = column.begin() + static_cast<ptrdiff_t>(trim), last = column.end() - static_cast<ptrdiff_t>(trim);
  std::nth_element(column.begin(), first, column.end());
  std::nth_element(first, last - 1, column.end());
}

}  // namespace zenops::bench
