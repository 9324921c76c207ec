#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace zenops {

/// Rows are sorted in registers up to this many; more are sorted in that many or fewer strided groups, which are then merged.
inline constexpr size_t kGroup = 16;

/// The stride of those groups: the smallest power of two that keeps a group within kGroup rows.
constexpr size_t group_stride(size_t rows) {
  size_t stride = 1;
  while ((rows + stride - 1) / stride > kGroup) stride *= 2;
  return stride;
}

/// out (size) = per coordinate the mean of the n values without the `trim` smallest and largest. n ≥ 1, 2 trim < n; null rows
/// are rows of zeros.
void trimmed_mean(std::span<const float* const> rows, size_t trim, size_t size, float* out);

/// out (size) = per coordinate the mean of the n − drop values nearest to that trimmed mean; of two at the same distance the
/// smaller. drop < n.
void nearest_mean(std::span<const float* const> rows, size_t trim, size_t drop, size_t size, float* out);

}  // namespace zenops
