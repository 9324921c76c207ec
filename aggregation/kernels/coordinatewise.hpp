#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace zenops {

/// out (size) = per coordinate the mean of the n values without the `trim` smallest and largest. n ≥ 1, 2 trim < n; null rows
/// are rows of zeros.
void trimmed_mean(std::span<const float* const> rows, size_t trim, size_t size, float* out);

/// out (size) = per coordinate the mean of the n − drop values nearest to that trimmed mean; of two at the same distance the
/// smaller. drop < n.
void nearest_mean(std::span<const float* const> rows, size_t trim, size_t drop, size_t size, float* out);

}  // namespace zenops
